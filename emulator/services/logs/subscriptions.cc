#include "emulator/services/logs/subscriptions.h"

#include "emulator/base/arn.h"
#include "emulator/base/compression.h"
#include "emulator/base/encoding.h"
#include "emulator/base/log.h"
#include "emulator/services/logs/filter_pattern.h"
#include "emulator/services/logs/logs.h"
#include "emulator/services/logs/subscription_loops.h"
#include "emulator/storage/document_form.h"

namespace millrace::logs {

namespace {

// Lambda takes asynchronous events of 256 KB (1 MB since October 2025); CloudWatch Logs splits what is larger.
constexpr size_t kPayloadBytesMax = 250'000;

Result<void> send(Logs& logs, const Arrival& arrival, const std::string& destination, const std::string& payload) {
  ports::Message message;
  message.body = payload;
  Result<void> sent;
  for (const std::string& principal : logs_principals(arrival.place.region)) {
    sent = logs.others.destination->send(
        destination, message, {"", principal, group_arn(arrival.place, arrival.group) + ":*", arrival.place.account});
    if (!sent.has_error()) break;
  }
  return sent;
}

/// The function that a destination is, without a qualifier; empty for another kind.
std::string function_in(const std::string& destination) {
  auto arn = Arn::parse(destination);
  if (!arn || arn->service != "lambda" || !arn->resource.starts_with("function:")) return "";
  arn->resource.resize(std::min(arn->resource.size(), arn->resource.find(':', 9)));
  return make_arn("lambda", arn->region, arn->account, arn->resource);
}

/// False where the subscriptions go in circles.
bool may_deliver(Logs& logs, const Arrival& arrival, const std::string& destination) {
  const std::string function = function_in(destination);
  if (function.empty()) return true;
  auto verdict = logs.loops->judge(function, arrival.writer, logs.context.clock.now_ms());
  if (verdict == SubscriptionLoops::Verdict::stop)
    log::warning("the subscription of " + arrival.group + " hands " + destination +
                 " what its own deliveries caused: no more of that for a minute");
  return verdict == SubscriptionLoops::Verdict::deliver;
}

}  // namespace

std::string subscription_key(const Place& place, std::string_view group, std::string_view name) {
  return storage::document_key({"logs", place.account, place.region, "subscription", group, name});
}
std::string subscription_prefix(const Place& place, std::string_view group) {
  return storage::document_key({"logs", place.account, place.region, "subscription", group});
}

std::vector<std::string> subscription_payloads(const Arrival& arrival, const std::string& filter,
                                               const std::vector<Event>& events) {
  Json list = Json::array();
  for (const Event& event : events)
    list.push_back({{"id", event_id(event)}, {"timestamp", event.timestamp_ms}, {"message", event.message}});
  Json document{{"messageType", "DATA_MESSAGE"},
                {"owner", arrival.place.account},
                {"logGroup", arrival.group},
                {"logStream", arrival.stream},
                {"subscriptionFilters", Json::array({filter})},
                {"logEvents", std::move(list)}};
  std::string payload = to_text(Json{{"awslogs", {{"data", to_base64(gzip(to_text(document)))}}}});
  if (payload.size() <= kPayloadBytesMax || events.size() == 1) return {payload};
  auto middle = events.begin() + static_cast<std::ptrdiff_t>(events.size() / 2);
  std::vector<std::string> out = subscription_payloads(arrival, filter, {events.begin(), middle});
  for (std::string& more : subscription_payloads(arrival, filter, {middle, events.end()}))
    out.push_back(std::move(more));
  return out;
}

void deliver_to_subscriptions(Logs& logs, const Arrival& arrival, const std::vector<Event>& events) {
  if (!logs.others.destination) return;
  for (const SubscriptionFilter& filter : storage::list_models<SubscriptionFilter>(
           logs.context.store, subscription_prefix(arrival.place, arrival.group))) {
    auto pattern = FilterPattern::compile(filter.pattern);
    if (pattern.has_error()) continue;
    std::vector<Event> matching;
    for (const Event& event : events) {
      if ((*pattern)->matches(event.message)) matching.push_back(event);
    }
    const std::string& destination = filter.destination_arn;
    if (matching.empty() || !may_deliver(logs, arrival, destination)) continue;
    for (const std::string& payload : subscription_payloads(arrival, filter.name, matching)) {
      auto sent = send(logs, arrival, destination, payload);
      if (sent.has_error())
        log::warning("log events of " + arrival.group + " were not delivered to " + destination + ": " +
                     sent.error().message);
    }
  }
}

}  // namespace millrace::logs
