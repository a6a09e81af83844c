#include "emulator/services/logs/arrivals.h"

#include <algorithm>

#include "emulator/base/log.h"
#include "emulator/services/logs/embedded_metrics.h"
#include "emulator/services/logs/event_keys.h"
#include "emulator/services/logs/live_tail.h"
#include "emulator/services/logs/logs.h"
#include "emulator/services/logs/metric_filters.h"
#include "emulator/services/logs/subscriptions.h"
#include "emulator/storage/documents.h"

namespace millrace::logs {

using storage::Family;

namespace {

std::string arrivals_prefix(const std::string& account) {
  return "a" + account;
}
std::string arrival_key(const std::string& account, uint64_t number) {
  std::string key = arrivals_prefix(account);
  storage::append_u64(key, number);
  return key;
}

std::string encode(const Arrival& arrival) {
  return to_text(Json{{"account", arrival.place.account},
                      {"region", arrival.place.region},
                      {"group", arrival.group},
                      {"stream", arrival.stream},
                      {"stream_id", arrival.stream_id},
                      {"first_ms", arrival.first_ms},
                      {"last_ms", arrival.last_ms},
                      {"count", arrival.count},
                      {"writer", arrival.writer}});
}

Arrival decode(std::string_view key, std::string_view value) {
  Json document = parse_json(value).value_or(Json::object());
  Arrival out;
  out.place = {text_of(document, "account"), text_of(document, "region")};
  out.group = text_of(document, "group");
  out.stream = text_of(document, "stream");
  out.stream_id = static_cast<uint64_t>(int_of(document, "stream_id"));
  out.first_ms = int_of(document, "first_ms");
  out.last_ms = int_of(document, "last_ms");
  out.count = static_cast<uint64_t>(int_of(document, "count"));
  out.writer = text_of(document, "writer");
  out.key = key;
  key.remove_prefix(key.size() - std::min<size_t>(key.size(), 8));
  out.first_number = storage::take_u64(key).value_or(0);
  return out;
}

/// The first that waits at or behind `from`.
std::optional<Arrival> next_arrival(const storage::Reader& reader, const std::string& from) {
  std::optional<Arrival> found;
  reader.scan(Family::logs, from, "b", [&](std::string_view key, std::string_view value) {
    found = decode(key, value);
    return false;
  });
  return found;
}

void show_to_live_tails(Logs& logs, storage::Txn& txn, const Place& place, const LogGroup& group,
                        const std::string& stream, const std::vector<NewEvent>& events, Millis now) {
  std::string arn = group_arn(place, group.name);
  if (!logs.live_tails->watched(arn)) return;
  txn.after_commit(
      [logs = logs.shared_from_this(), arn, stream, events, now] { logs->live_tails->show(arn, stream, events, now); });
}

/// AWS/Logs' own metrics, and those that the events themselves carry.
void tell_metrics(Logs& logs, storage::Txn& txn, const Place& place, const std::string& group,
                  const std::vector<NewEvent>& events) {
  ports::Metrics* metrics = logs.metrics;
  if (!metrics) return;
  constexpr size_t kOverheadBytes = 26;  // AWS counts so many more for each event
  size_t bytes = events.size() * kOverheadBytes;
  for (const NewEvent& event : events) bytes += event.message.size();
  txn.after_commit([metrics, place, group, count = events.size(), bytes] {
    ports::MetricName name{place.account, place.region, "AWS/Logs", "IncomingLogEvents", {{"LogGroupName", group}}};
    metrics->count(name, static_cast<double>(count));
    name.name = "IncomingBytes";
    name.unit = "Bytes";
    metrics->count(name, static_cast<double>(bytes));
  });
  for (const NewEvent& event : events) {
    if (!may_embed_metrics(event.message)) continue;
    txn.after_commit([metrics, place, text = event.message] { publish_embedded_metrics(*metrics, place, text); });
  }
}

}  // namespace

ArrivalCounts::ArrivalCounts(const storage::Reader& reader) {
  reader.scan(Family::logs, "a", "b", [&](std::string_view key, std::string_view value) {
    MutexLock lock(mutex_);
    ++waiting_[decode(key, value).place.account];
    return true;
  });
}

bool ArrivalCounts::add(const std::string& account) {
  MutexLock lock(mutex_);
  size_t& waiting = waiting_[account];
  if (waiting < kWaitingMax) {
    ++waiting;
    return true;
  }
  if (full_.insert(account).second)
    log::warning("account " + account + " has " + std::to_string(kWaitingMax) +
                 " batches of log events waiting for its filters: more are not passed on");
  return false;
}

void ArrivalCounts::remove(const std::string& account) {
  MutexLock lock(mutex_);
  auto waiting = waiting_.find(account);
  if (waiting == waiting_.end()) return;
  if (--waiting->second == 0) waiting_.erase(waiting);
  full_.erase(account);
}

namespace {

/// The events as they are to lie, where the group is under a KMS key; empty for other groups, nullopt if the key isn't to be had.
std::optional<std::vector<NewEvent>> sealed_events(Logs& logs, storage::Txn& txn, const LogGroup& group,
                                                   const std::vector<NewEvent>& events) {
  std::vector<NewEvent> out;
  const uint64_t number = group.data_key.value_or(0);
  if (!number) return out;
  const std::string key = logs.event_keys->key(txn, number);
  if (key.empty()) return std::nullopt;
  out.reserve(events.size());
  for (const NewEvent& event : events) out.push_back({event.timestamp_ms, sealed_message(number, key, event.message)});
  return out;
}

}  // namespace

void accept_events(Logs& logs, storage::Txn& txn, const Place& place, const LogGroup& group, LogStream stream,
                   const std::vector<NewEvent>& events, Millis now, const std::string& writer) {
  if (events.empty()) return;
  const std::string group_name = group.name, stream_name = stream.name;
  const uint64_t stream_id = stream.id;
  const auto stored = sealed_events(logs, txn, group, events);
  if (!stored) return log::info("log events of " + group_name + " are dropped: its KMS key can't be used");
  uint64_t number = append_events(txn, group, stream_key(place, group_name, stream_name), std::move(stream),
                                  stored->empty() ? events : *stored, now);
  show_to_live_tails(logs, txn, place, group, stream_name, events, now);
  tell_metrics(logs, txn, place, group_name, events);
  if (group.metric_filters + group.subscriptions == 0) return;
  auto [first, last] = std::minmax_element(events.begin(), events.end(), [](const NewEvent& a, const NewEvent& b) {
    return a.timestamp_ms < b.timestamp_ms;
  });
  if (!logs.waiting->add(place.account)) return;
  Arrival arrival{place,  group_name,    stream_name, stream_id, first->timestamp_ms, last->timestamp_ms,
                  number, events.size(), writer};
  txn.put(Family::logs, arrival_key(place.account, number), encode(arrival));
  txn.after_commit([logs = logs.shared_from_this()] { logs->deliveries->wake(); });
}

std::vector<Event> events_of(Logs& logs, const Arrival& arrival) {
  std::vector<Event> out;
  uint64_t end = arrival.first_number + arrival.count;
  auto take = [&](const Event& event) {
    if (event.number >= arrival.first_number && event.number < end) out.push_back(event);
    return true;
  };
  each_stream_event(logs.context.store, arrival.stream_id, {arrival.first_ms, 0}, {arrival.last_ms, end}, false,
                    logs.event_keys->opening(take));
  return out;
}

void work_off_arrivals(Logs& logs) {
  storage::Store& store = logs.context.store;
  std::string from = "a";
  while (!logs.deliveries->stopping()) {
    auto arrival = next_arrival(store, from);
    if (!arrival && from == "a") return;
    if (!arrival) {
      from = "a";  // every account had its turn
      continue;
    }
    from = storage::prefix_end(arrivals_prefix(arrival->place.account));
    std::vector<Event> events = events_of(logs, *arrival);
    deliver_to_subscriptions(logs, *arrival, events);
    auto counted = count_metrics(store, *arrival, events);
    auto erased = store.transact([&](storage::Txn& txn) -> Result<void> {
      add_metric_points(txn, arrival->place, counted);
      txn.erase(Family::logs, arrival->key);
      return {};
    });
    if (erased.has_error()) return;
    logs.waiting->remove(arrival->place.account);
    if (ports::Metrics* metrics = logs.metrics) publish_metric_points(*metrics, arrival->place, counted);
  }
}

}  // namespace millrace::logs
