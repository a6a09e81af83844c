#include "emulator/services/lambda/async_invocations.h"

#include <fmt/format.h>

#include <algorithm>
#include <future>

#include "emulator/base/arn.h"
#include "emulator/base/log.h"
#include "emulator/base/trace.h"
#include "emulator/services/lambda/errors.h"
#include "emulator/services/lambda/state.h"
#include "emulator/services/lambda/tenants.h"

namespace millrace::lambda {

namespace {

constexpr int64_t kRetriesDefault = 2;                  // [model]
constexpr int64_t kEventAgeDefaultS = 21600;            // six hours [model]
constexpr Millis kRetryDelaysMs[] = {60'000, 120'000};  // after the first and the second failure [doc]
constexpr Millis kPendingDelayMs = 1000;                // until a function that is being created is tried again

std::string event_key(const std::string& id) {
  return storage::document_key({"lambda-async", id});
}

FunctionRef ref_of(const Json& event) {
  return {text_of(event, "account"), text_of(event, "region"), text_of(event, "name"), text_of(event, "qualifier")};
}

std::string lanes_prefix(const FunctionRef& ref) {
  return ref.account + "/" + ref.region + "/" + ref.name + "/";
}

std::string lane_key_of(const FunctionRef& ref) {
  return lanes_prefix(ref) + ref.qualifier;
}

std::string qualified(const Json& event) {
  FunctionRef ref = ref_of(event);
  return ref.arn() + ":" + (ref.qualifier.empty() ? kLatest : ref.qualifier);
}

Json as_json(const std::string& text) {
  auto parsed = parse_json(text);
  return parsed ? std::move(*parsed) : Json(text);
}

/// The record that destinations get.
std::string destination_body(const Json& event, const ports::FunctionVersion& version, const char* condition,
                             Millis now, const ports::InvocationResult* result) {
  Json body = {{"version", "1.0"}, {"timestamp", iso_millis(now)}};
  body["requestContext"] = {{"requestId", text_of(event, "request_id")},
                            {"functionArn", qualified(event)},
                            {"condition", condition},
                            {"approximateInvokeCount", int_of(event, "attempts")}};
  body["requestPayload"] = as_json(text_of(event, "payload"));
  if (result) {
    body["responseContext"] = {{"statusCode", 200}, {"executedVersion", version.version}};
    if (result->status == ports::InvocationStatus::function_error)
      body["responseContext"]["functionError"] = "Unhandled";
    body["responsePayload"] = as_json(result->payload);
  }
  return to_text(body);
}

/// aws/lambda/async/<function>/2024/01/31/2024-01-31T09.05.07-<uuid> [doc]
std::string bucket_key(const std::string& function, Millis now, Random& random) {
  CalendarTime t = calendar(now);
  return fmt::format("aws/lambda/async/{}/{:04}/{:02}/{:02}/{:04}-{:02}-{:02}T{:02}.{:02}.{:02}-{}", function, t.year,
                     t.month, t.day, t.year, t.month, t.day, t.hour, t.minute, t.second, random.uuid());
}

Millis event_age_max_ms(const Json& settings) {
  return int_of(settings, "MaximumEventAgeInSeconds", kEventAgeDefaultS) * 1000;
}

std::string destination_of(const Json& settings, const char* which) {
  const Json* config = find(settings, "DestinationConfig");
  const Json* target = config ? find(*config, which) : nullptr;
  return target ? text_of(*target, "Destination") : "";
}

}  // namespace

Result<void> AsyncInvocations::accept(AsyncEvent event) {
  std::promise<Result<void>> stored;
  accept(std::move(event), [&stored](Result<void> result) { stored.set_value(std::move(result)); });
  return stored.get_future().get();
}

void AsyncInvocations::accept(AsyncEvent given, std::function<void(Result<void>)> done) {
  std::string id = lambda_.context.random.uuid();
  const FunctionRef& ref = given.ref;
  Json event = {{"account", ref.account}, {"region", ref.region}, {"name", ref.name}, {"qualifier", ref.qualifier}};
  if (trace::on() && trace::current_key() != given.request_id) {  // Invoke's own request is the event
    std::string text = "asynchronous, for function " + ref.name;
    trace::note({.kind = "event", .key = given.request_id, .subject = ref.arn(), .text = std::move(text)});
  }
  event["request_id"] = std::move(given.request_id);
  event["payload"] = std::move(given.payload);
  if (!given.trace_header.empty()) event["trace"] = std::move(given.trace_header);
  if (!given.tenant_id.empty()) event["tenant"] = std::move(given.tenant_id);
  event["attempts"] = 0;
  Entry entry{id, ref, lambda_.now()};
  event["accepted_ms"] = entry.accepted_ms;
  event["due_ms"] = entry.accepted_ms;
  events_->begin(id, {ref.account, ref.name, entry.accepted_ms});
  count(ref, "AsyncEventsReceived");
  auto put = [id, event = std::move(event)](storage::Txn& txn) {
    storage::put_document(txn, event_key(id), event);
    return true;
  };
  lambda_.context.store.submit(std::move(put),
                               [this, background = lambda_.functions.background_handle(), events = events_, entry,
                                done = std::move(done)](storage::Outcome outcome) {
                                 if (outcome != storage::Outcome::committed) {
                                   events->end(entry.id);
                                   return done(AwsError(errors::service_exception, "The event can't be stored."));
                                 }
                                 if (auto thread = background.lock()) thread->post([this, entry] { enter(entry); });
                                 done(Result<void>());
                               });
}

void AsyncInvocations::start() {
  storage::each_document(lambda_.context.store, storage::document_key({"lambda-async"}), "",
                         [&](std::string_view key, Json event) {
                           key.remove_prefix(storage::document_key({"lambda-async"}).size());
                           auto id = storage::take_part(key);
                           if (!id) return true;
                           const FunctionRef ref = ref_of(event);
                           const Millis accepted_ms = int_of(event, "accepted_ms");
                           events_->begin(*id, {ref.account, ref.name, accepted_ms});
                           enter_at(int_of(event, "due_ms"), {*id, ref, accepted_ms});
                           return true;
                         });
}

void AsyncInvocations::enter(const Entry& entry) {
  std::string key = lane_key_of(entry.ref);
  Lane& lane = lanes_[key];
  bool first = lane.line.empty();
  lane.line.emplace(entry.accepted_ms, entry.id);
  run_next(key);
  if (first && lanes_.contains(key) && lanes_[key].waits_for_capacity) await_expiry(key);
}

void AsyncInvocations::run_next(const std::string& lane_key) {
  while (true) {
    auto lane = lanes_.find(lane_key);
    if (lane == lanes_.end()) return;
    if (lane->second.line.empty()) {
      if (lane->second.running == 0 && !lane->second.waits_for_capacity) lanes_.erase(lane);
      return;
    }
    if (lane->second.running >= lane->second.limit) return;
    std::string id = std::move(lane->second.line.begin()->second);
    lane->second.line.erase(lane->second.line.begin());
    ++lane->second.running;
    run(id, lane_key);
  }
}

/// The event goes back to its place in line, and waits there for capacity.
void AsyncInvocations::throttled(const std::string& id, const std::string& lane_key, const Json& event,
                                 std::shared_ptr<const ports::FunctionVersion> version) {
  Lane& lane = lanes_[lane_key];
  lane.line.emplace(int_of(event, "accepted_ms"), id);
  lane.limit = lane.running;
  await_capacity(lane_key, std::move(version));
  await_expiry(lane_key);
}

void AsyncInvocations::await_capacity(const std::string& lane_key,
                                      std::shared_ptr<const ports::FunctionVersion> version) {
  Lane& lane = lanes_[lane_key];
  if (lane.waits_for_capacity) return;
  lane.waits_for_capacity = true;
  auto freed = [this, lane_key, version] {
    auto found = lanes_.find(lane_key);
    if (found == lanes_.end() || !found->second.waits_for_capacity) return;
    found->second.waits_for_capacity = false;
    found->second.limit = std::min(found->second.running + 1, kRunningMax);
    run_next(lane_key);
    found = lanes_.find(lane_key);
    if (found != lanes_.end() && !found->second.line.empty() && found->second.limit < kRunningMax)
      await_capacity(lane_key, version);
  };
  lambda_.ports.invoker.when_free(version, [background = lambda_.functions.background_handle(), freed] {
    if (auto thread = background.lock()) thread->post(freed);
  });
}

void AsyncInvocations::capacity_changed(const FunctionRef& ref) {
  if (auto thread = lambda_.functions.background_handle().lock()) {
    thread->post([this, prefix = lanes_prefix(ref)] {
      std::vector<std::string> keys;
      for (auto lane = lanes_.lower_bound(prefix); lane != lanes_.end() && lane->first.starts_with(prefix); ++lane)
        keys.push_back(lane->first);
      for (const std::string& key : keys) {
        lanes_[key].waits_for_capacity = false;
        lanes_[key].limit = kRunningMax;
        run_next(key);
      }
    });
  }
}

/// Events become too old in line: a timer for the first of them.
void AsyncInvocations::await_expiry(const std::string& lane_key) {
  Lane& lane = lanes_[lane_key];
  if (lane.line.empty() || lane.expiry_ms > lambda_.now()) return;
  auto event = storage::get_document(lambda_.context.store, event_key(lane.line.begin()->second));
  if (!event) return;
  lane.expiry_ms = int_of(*event, "accepted_ms") + event_age_max_ms(settings_of(*event)) + 1;
  lambda_.context.timers.at(lane.expiry_ms, [this, background = lambda_.functions.background_handle(), lane_key] {
    if (auto thread = background.lock()) thread->post([this, lane_key] { drop_expired(lane_key); });
  });
}

void AsyncInvocations::drop_expired(const std::string& lane_key) {
  auto lane = lanes_.find(lane_key);
  if (lane == lanes_.end()) return;
  lane->second.expiry_ms = 0;
  while (!lane->second.line.empty()) {
    auto first = lane->second.line.begin();
    auto event = storage::get_document(lambda_.context.store, event_key(first->second));
    if (event && lambda_.now() - first->first <= event_age_max_ms(settings_of(*event))) break;
    std::string id = std::move(first->second);
    lane->second.line.erase(first);
    ++lane->second.running;
    run(id, lane_key);  // gives it up
  }
  await_expiry(lane_key);
}

void AsyncInvocations::run(const std::string& id, const std::string& lane_key) {
  auto event = storage::get_document(lambda_.context.store, event_key(id));
  auto leave = [&] { --lanes_[lane_key].running; };
  if (!event) return leave();
  FunctionRef ref = ref_of(*event);
  auto resolved = lambda_.functions.resolve(ref);
  if (resolved.has_value()) resolved = for_tenant(std::move(*resolved), text_of(*event, "tenant"));
  if (resolved.has_error()) {
    leave();
    // Being created: soon. Deleted meanwhile: the event is lost, as on AWS.
    if (resolved.error().is(errors::resource_conflict)) return later(id, std::move(*event), kPendingDelayMs);
    log::warning("async event for " + ref.qualified_arn() + " dropped: " + resolved.error().message);
    note(*event, "given up", "the function is gone", resolved.error().message);
    return end(id);
  }
  auto version = *resolved;
  Json settings = settings_of(*event);
  bool too_old = lambda_.now() - int_of(*event, "accepted_ms") > event_age_max_ms(settings);
  if (too_old || version->reserved_concurrency == 0) {
    leave();
    give_up(*event, *version, too_old ? "EventAgeExceeded" : "ZeroReservedConcurrency", nullptr);
    return end(id);
  }
  ports::Invocation invocation;
  invocation.function = version;
  invocation.request_id = text_of(*event, "request_id");
  invocation.payload = text_of(*event, "payload");
  invocation.trace_header = text_of(*event, "trace");
  invocation.invoked_function_arn = ref.qualified_arn();
  count(ref, "AsyncEventAge", static_cast<double>(lambda_.now() - int_of(*event, "accepted_ms")), "Milliseconds");
  auto background = lambda_.functions.background_handle().lock();
  lambda_.ports.invoker.invoke(std::move(invocation),
                               [this, background, id, lane_key, version](ports::InvocationResult result) {
                                 background->post([this, id, lane_key, version, result = std::move(result)]() mutable {
                                   finish(id, lane_key, version, std::move(result));
                                 });
                               });
}

void AsyncInvocations::finish(const std::string& id, const std::string& lane_key,
                              std::shared_ptr<const ports::FunctionVersion> version, ports::InvocationResult result) {
  --lanes_[lane_key].running;
  auto event = storage::get_document(lambda_.context.store, event_key(id));
  if (!event) return run_next(lane_key);
  if (result.status == ports::InvocationStatus::throttled) {
    note(*event, "throttled", version->name + " is not called; its event waits for capacity", result.throttle_reason);
    throttled(id, lane_key, *event, std::move(version));
    return run_next(lane_key);
  }
  if (result.status == ports::InvocationStatus::recursive) {
    stop_loop(*event, *version);
    end(id);
    return run_next(lane_key);
  }
  int64_t attempts = int_of(*event, "attempts") + 1;
  (*event)["attempts"] = attempts;
  if (result.status == ports::InvocationStatus::ok) {
    succeed(*event, *version, result);
    end(id);
  } else if (attempts > int_of(settings_of(*event), "MaximumRetryAttempts", kRetriesDefault)) {
    give_up(*event, *version, "RetriesExhausted", &result);
    end(id);
  } else {
    const Millis delay = kRetryDelaysMs[std::min<int64_t>(attempts - 1, 1)];
    note(*event, "retry",
         "attempt " + std::to_string(attempts) + " failed; the next is at " + iso_millis(lambda_.now() + delay));
    events_->failed(id, lambda_.now() + delay, text_of(as_json(result.payload), "errorMessage"));
    later(id, std::move(*event), delay);
  }
  run_next(lane_key);
}

void AsyncInvocations::later(const std::string& id, Json event, Millis delay_ms) {
  Millis due = lambda_.now() + delay_ms;
  event["due_ms"] = due;
  FunctionRef ref = ref_of(event);
  auto stored = lambda_.context.store.transact([&](storage::Txn& txn) -> Result<void> {
    storage::put_document(txn, event_key(id), event);
    return {};
  });
  if (stored.has_error()) log::error("async event " + id + ": " + stored.error().message);
  enter_at(due, {id, ref, int_of(event, "accepted_ms")});
}

void AsyncInvocations::enter_at(Millis due, const Entry& entry) {
  // The thread is stopped before this object goes, so work that it runs may use it.
  lambda_.context.timers.at(due, [this, background = lambda_.functions.background_handle(), entry] {
    if (auto thread = background.lock()) thread->post([this, entry] { enter(entry); });
  });
}

void AsyncInvocations::end(const std::string& id) {
  auto erased = lambda_.context.store.transact([&](storage::Txn& txn) -> Result<void> {
    txn.erase(storage::Family::meta, event_key(id));
    return {};
  });
  if (erased.has_error()) log::error("async event " + id + ": " + erased.error().message);
  events_->end(id);
}

/// AWS/Lambda's metrics of asynchronous events: of the function, and of all.
void AsyncInvocations::count(const FunctionRef& ref, const char* metric, double value, const char* unit) {
  ports::Metrics* metrics = lambda_.ports.metrics;
  if (!metrics) return;
  ports::MetricName name{ref.account, ref.region, "AWS/Lambda", metric, {}, unit};
  metrics->count(name, value);
  name.dimensions["FunctionName"] = ref.name;
  metrics->count(name, value);
}

Json AsyncInvocations::settings_of(const Json& event) const {
  FunctionRef ref = ref_of(event);
  auto settings = storage::get_document(lambda_.context.store,
                                        part_key(ref, "event-invoke", ref.qualifier.empty() ? kLatest : ref.qualifier));
  return settings ? std::move(*settings) : Json::object();
}

void AsyncInvocations::succeed(const Json& event, const ports::FunctionVersion& version,
                               const ports::InvocationResult& result) {
  std::string target = destination_of(settings_of(event), "OnSuccess");
  if (!target.empty())
    send(target, destination_body(event, version, "Success", lambda_.now(), &result), true, event, version);
}

void AsyncInvocations::give_up(const Json& event, const ports::FunctionVersion& version, const char* condition,
                               const ports::InvocationResult* result) {
  std::string target = destination_of(settings_of(event), "OnFailure");
  const bool old = std::string_view(condition) == "EventAgeExceeded";
  note(event, "given up",
       std::string(old      ? "older than MaximumEventAgeInSeconds"
                   : result ? "the retries are used up"
                            : "the function's reserved concurrency is 0") +
           (target.empty() ? "; no on-failure destination is set" : "; sent to " + target));
  if (target.empty())
    count(ref_of(event), "AsyncEventsDropped");  // unverified: whether a DeadLetterConfig makes a difference
  if (!target.empty())
    send(target, destination_body(event, version, condition, lambda_.now(), result), false, event, version);
  send_dead_letter(event, version, 200, result ? text_of(as_json(result->payload), "errorMessage") : "");
}

/// unverified: the record's condition, and the dead letter's code and message; that both are told is documented.
void AsyncInvocations::stop_loop(const Json& event, const ports::FunctionVersion& version) {
  note(event, "given up", "it went round in a loop of functions and queues, which is stopped", kStoppedLoop);
  std::string target = destination_of(settings_of(event), "OnFailure");
  if (!target.empty())
    send(target, destination_body(event, version, "RecursiveInvocation", lambda_.now(), nullptr), false, event,
         version);
  send_dead_letter(event, version, 400, kStoppedLoop);
}

void AsyncInvocations::send_dead_letter(const Json& event, const ports::FunctionVersion& version, int error_code,
                                        const std::string& error) {
  FunctionRef ref = ref_of(event);
  auto document = load_qualified(lambda_.context.store, ref, lambda_.now());
  if (document.has_error()) return;
  const Json* dead_letter = find(document->at("config"), "DeadLetterConfig");
  if (!dead_letter) return;
  ports::Message message;
  message.body = text_of(event, "payload");
  message.attributes["RequestID"] = {"String", text_of(event, "request_id")};
  message.attributes["ErrorCode"] = {"Number", std::to_string(error_code)};
  if (!error.empty()) message.attributes["ErrorMessage"] = {"String", error.substr(0, 1024)};
  std::string queue = text_of(*dead_letter, "TargetArn");
  trace::Scope scope(text_of(event, "request_id"));
  auto sent =
      lambda_.ports.destinations.send(queue, message, {version.role_arn, "", "", version.account, version.region});
  if (sent.has_error()) count(ref, "DeadLetterErrors");
  if (sent.has_error())
    log::warning("dead-letter message of " + ref.arn() + " to " + queue + " failed: " + sent.error().message);
}

/// For `millrace trace`, as what came of the event.
void AsyncInvocations::note(const Json& event, const char* what, std::string text, std::string reason) const {
  log::warning(ref_of(event).name + ", event " + text_of(event, "request_id") + ": " + what + ": " + text);
  if (!trace::on()) return;
  trace::note({.kind = what,
               .causes = {text_of(event, "request_id")},
               .subject = ref_of(event).arn(),
               .text = std::move(text),
               .reason = std::move(reason),
               .failed = true});
}

void AsyncInvocations::send(const std::string& target, const std::string& body, bool succeeded, const Json& event,
                            const ports::FunctionVersion& version) {
  trace::Scope scope(text_of(event, "request_id"));
  ports::Message message;
  message.body = body;
  message.s3_key = bucket_key(version.name, lambda_.now(), lambda_.context.random);
  if (Arn::parse(target).value_or(Arn()).service == "events") {
    message.parameters["DetailType"] =
        succeeded ? "Lambda Function Invocation Result - Success" : "Lambda Function Invocation Result - Failure";
    message.parameters["Source"] = "lambda";
    message.parameters["Resources"] = to_text(Json::array({target, qualified(event)}));
  }
  auto sent =
      lambda_.ports.destinations.send(target, message, {version.role_arn, "", "", version.account, version.region});
  if (sent.has_error()) count(ref_of(event), "DestinationDeliveryFailures");
  if (sent.has_error())
    log::warning("destination record of " + qualified(event) + " to " + target + " failed: " + sent.error().message);
}

}  // namespace millrace::lambda
