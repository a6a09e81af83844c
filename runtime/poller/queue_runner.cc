#include "runtime/poller/queue_runner.h"

#include <algorithm>
#include <iterator>

#include "emulator/base/lineage.h"
#include "emulator/base/log.h"
#include "emulator/base/trace.h"
#include "runtime/poller/batch_response.h"
#include "runtime/poller/retry_policy.h"

namespace millrace::poller {

namespace {

constexpr size_t payload_bytes_max = 6 * 1024 * 1024 - 1024;
// As on AWS: five calls at once at first, and 300 a minute more while that doesn't empty the queue. AWS goes to 1,250;
// here each is a process.
constexpr size_t concurrency_at_first = 5;
constexpr size_t concurrency_step = 5;
constexpr Millis concurrency_step_ms = 1000;
constexpr size_t concurrency_limit = 100;
constexpr size_t receive_max = 10;  // per ReceiveMessage

std::vector<std::string> handles_of(const std::vector<ports::QueueMessage>& messages) {
  std::vector<std::string> handles;
  for (const auto& message : messages) handles.push_back(message.receipt_handle);
  return handles;
}

std::string trace_of(const ports::QueueMessage& message) {
  const auto found = message.attributes.find("AWSTraceHeader");
  return found == message.attributes.end() ? std::string() : found->second;
}

/// Where the chains of a batch's messages have come to; without the messages' traces: a batch begins its own.
/// unverified: what AWS does where several chains meet; the longest is the one that may be a loop.
std::string longest_lineage(const std::vector<ports::QueueMessage>& batch, const std::string& function_arn) {
  std::string longest;
  for (const auto& message : batch) {
    const std::string trace = trace_of(message);
    const size_t at = trace.find("Lineage=");
    if (at == std::string::npos) continue;
    if (longest.empty() || times_through(trace, function_arn) > times_through(longest, function_arn))
      longest = trace.substr(at, trace.find(';', at) - at);
  }
  return longest;
}

}  // namespace

QueueRunner::QueueRunner(const PollerContext& context, ProgressSink& sink, SettingsPtr settings)
    : context_(context), sink_(sink), settings_(std::move(settings)), scaled_to_(concurrency_at_first) {}

void QueueRunner::begin() {
  enabled_ = settings_->config.enabled;
  if (!enabled_) return;
  subscribe();
  look_for_work();
}

void QueueRunner::subscribe() {
  subscription_ = context_.queues->subscribe(settings_->config.event_source_arn,
                                             [gate = context_.gate, woken = woken_, weak = weak_from_this()] {
                                               if (woken->exchange(true)) return;
                                               gate->post([woken, weak] {
                                                 woken->store(false);
                                                 if (auto self = weak.lock()) self->look_for_work();
                                               });
                                             });
}

void QueueRunner::look_for_work() {
  if (!enabled_ || removed_) return;
  caught_up_ = false;
  schedule();
}

void QueueRunner::schedule() {
  if (scheduled_ || removed_) return;
  scheduled_ = true;
  context_.gate->post([weak = weak_from_this()] {
    if (auto self = weak.lock()) self->pump();
  });
}

void QueueRunner::change(SettingsPtr settings) {
  release_waiting();
  settings_ = std::move(settings);
  enabled_ = settings_->config.enabled;
  if (!enabled_) {
    subscription_.reset();
    return sink_.progressed();
  }
  if (!subscription_) subscribe();
  look_for_work();
}

void QueueRunner::remove() {
  release_waiting();
  removed_ = true;
  subscription_.reset();
  if (timer_ != 0) context_.timers.cancel(timer_);
  context_.checkpoints.erase_all(settings_->config.uuid);
}

void QueueRunner::release_waiting() {
  if (waiting_.empty()) return;
  context_.queues->release(settings_->config.event_source_arn, handles_of(waiting_));
  waiting_.clear();
  waiting_bytes_ = 0;
}

size_t QueueRunner::concurrency_max() const {
  auto configured = static_cast<size_t>(settings_->config.maximum_concurrency);
  return std::min(scaled_to_, configured > 0 ? configured : concurrency_limit);
}

/// Raises the number of calls at once by what the time of saturation allows, and looks again when it allows more.
void QueueRunner::scale() {
  Millis now = context_.clock.now_ms();
  bool saturated = in_flight_.size() >= concurrency_max() && !caught_up_;
  if (!saturated) {
    saturated_since_ms_ = 0;
    if (in_flight_.empty() && caught_up_) scaled_to_ = concurrency_at_first;
    return;
  }
  if (saturated_since_ms_ == 0) saturated_since_ms_ = now;
  Millis steps = (now - saturated_since_ms_) / concurrency_step_ms;
  saturated_since_ms_ += steps * concurrency_step_ms;
  scaled_to_ = std::min(concurrency_limit, scaled_to_ + static_cast<size_t>(steps) * concurrency_step);
  if (in_flight_.size() >= concurrency_max() && scaled_to_ < concurrency_limit)
    arm(saturated_since_ms_ + concurrency_step_ms);
}

/// One turn: receives while a batch has room and a call may start, then starts it.
void QueueRunner::pump() {
  scheduled_ = false;
  if (!enabled_ || removed_) return sink_.progressed();
  if (retry_at_ms_ > context_.clock.now_ms()) {
    arm(retry_at_ms_);
    if (denied_) caught_up_ = true;  // until then there is nothing that it could receive
    return sink_.progressed();
  }
  if (denied_) denied_ = caught_up_ = false;
  scale();
  if (in_flight_.size() < concurrency_max()) {
    bool more = receive();
    if (batch_ready()) {
      invoke(take_batch());
      more = true;
    }
    if (more) schedule();
    scale();
  }
  sink_.progressed();
}

/// Receives once; true if there may be more.
bool QueueRunner::receive() {
  size_t room = settings_->config.batch_size - std::min<size_t>(settings_->config.batch_size, waiting_.size());
  if (caught_up_ || room == 0 || waiting_bytes_ >= payload_bytes_max) return false;
  if (!context_.role_may(settings_->config, "sqs:ReceiveMessage")) {  // the role was deleted or lost its permission
    log::warning("event source mapping " + settings_->config.uuid + ": " + settings_->config.role_arn +
                 " may not perform sqs:ReceiveMessage");
    denied_ = caught_up_ = true;
    retry_at_ms_ = context_.clock.now_ms() + refusal_delay_ms(++refused_in_a_row_);
    arm(retry_at_ms_);
    return false;
  }
  auto messages = context_.queues->receive(settings_->config.event_source_arn, std::min(room, receive_max),
                                           settings_->config.role_arn);
  if (messages.has_error()) {
    log::warning("event source mapping " + settings_->config.uuid + ": " + messages.error().message);
    caught_up_ = true;
    if (!std::string_view(messages.error().kind->code).starts_with("KMS.")) return false;
    denied_ = true;
    retry_at_ms_ = context_.clock.now_ms() + refusal_delay_ms(++refused_in_a_row_);
    arm(retry_at_ms_);
    return false;
  }
  caught_up_ = messages->empty();
  Messages filtered;
  for (auto& message : *messages) {
    std::string json = render(message);
    if (!passes(message, json)) {
      filtered.push_back(std::move(message));
      continue;
    }
    if (waiting_.empty()) waiting_since_ms_ = context_.clock.now_ms();
    waiting_bytes_ += json.size() + 1;
    waiting_.push_back(std::move(message));
  }
  if (!filtered.empty()) {  // as on AWS, what no filter lets through is deleted
    sink_.add(&ports::MappingStatus::filtered, filtered.size());
    note("filtered out", filtered, "", why_filtered(filtered.front()));
    if (trace::on())
      for (const auto& message : filtered) note_filtered(message);
    remove_messages(filtered);
  }
  return !caught_up_;
}

void QueueRunner::note_filtered(const ports::QueueMessage& message) const {
  trace::note({.kind = "verdict",
               .causes = {message.message_id},
               .subject = settings_->config.function_arn,
               .text = settings_->config.function_name + " doesn't get it: no filter of mapping " +
                       settings_->config.uuid + " lets it through; it is deleted, as on AWS",
               .reason = why_in_full(*settings_, filter_view(message, render(message)), why_filtered(message))});
}

void QueueRunner::note_batch(const Messages& batch, const std::string& request_id) const {
  if (!trace::on()) return;
  trace::Step step{.kind = "batch", .key = request_id, .subject = settings_->config.function_arn};
  for (const auto& message : batch) step.causes.push_back(message.message_id);
  step.text = std::to_string(batch.size()) + (batch.size() == 1 ? " message for " : " messages for ") +
              settings_->config.function_name + " by mapping " + settings_->config.uuid;
  auto received = batch.front().attributes.find("ApproximateReceiveCount");
  if (received != batch.front().attributes.end() && received->second != "1")
    step.text += ", received for the " + received->second + ". time";
  trace::note(std::move(step));
}

bool QueueRunner::batch_ready() {
  if (waiting_.empty()) return false;
  if (waiting_.size() >= static_cast<size_t>(settings_->config.batch_size) || waiting_bytes_ >= payload_bytes_max) {
    return true;
  }
  if (!caught_up_) return false;
  Millis due = waiting_since_ms_ + settings_->config.batching_window_s * 1000LL;
  if (context_.clock.now_ms() >= due) return true;
  arm(due);
  return false;
}

/// What fits into one event, from the front of what waits; at least one message.
QueueRunner::Messages QueueRunner::take_batch() {
  size_t bytes = 0, count = 0;
  for (; count < waiting_.size(); ++count) {
    size_t more = render(waiting_[count]).size() + 1;
    if (count > 0 && bytes + more > payload_bytes_max) break;
    bytes += more;
  }
  auto end = waiting_.begin() + static_cast<ptrdiff_t>(count);
  Messages batch(std::make_move_iterator(waiting_.begin()), std::make_move_iterator(end));
  waiting_.erase(waiting_.begin(), end);
  waiting_bytes_ -= std::min(waiting_bytes_, bytes);
  return batch;
}

/// What the filter sees: the record, with a JSON body as the object that it is; a plain text stays a string.
std::string QueueRunner::filter_view(const ports::QueueMessage& message, const std::string& record) {
  auto body = parse_json(message.body);
  if (!body || !(body->is_object() || body->is_array())) return record;
  auto json = parse_json(record);
  if (!json) return record;
  (*json)["body"] = std::move(*body);
  return to_text(*json);
}

bool QueueRunner::passes(const ports::QueueMessage& message, const std::string& record) const {
  return settings_->criteria.empty() || settings_->criteria.passes_json(filter_view(message, record));
}

std::string QueueRunner::why_filtered(const ports::QueueMessage& message) const {
  return settings_->criteria.why_not_json(filter_view(message, render(message)));
}

void QueueRunner::note(const char* what, const Messages& messages, const std::string& request_id, std::string reason) {
  sink_.note({.what = what,
              .records = messages.size(),
              .first_record = "message " + messages.front().message_id,
              .request_id = request_id,
              .reason = std::move(reason)});
}

/// The message's element of `Records`.
std::string QueueRunner::render(const ports::QueueMessage& message) const {
  Json json = {{"messageId", message.message_id}, {"receiptHandle", message.receipt_handle}, {"body", message.body}};
  Json& attributes = json["attributes"] = Json::object();
  for (const auto& [name, value] : message.attributes) attributes[name] = value;
  auto own = parse_json(message.message_attributes);
  json["messageAttributes"] = own ? std::move(*own) : Json::object();
  json["md5OfMessageAttributes"] =
      message.md5_of_message_attributes.empty() ? Json() : Json(message.md5_of_message_attributes);
  json["md5OfBody"] = message.md5_of_body;
  json["eventSource"] = "aws:sqs";
  json["eventSourceARN"] = settings_->config.event_source_arn;
  json["awsRegion"] = settings_->config.region;
  return to_text(json);
}

void QueueRunner::invoke(Messages batch) {
  const auto& config = settings_->config;
  auto function = context_.functions.resolve(config.account, config.region, config.function_name, config.qualifier);
  if (function.has_error()) {
    sink_.result(kCallFailed);
    return try_later(batch, function.error().message);
  }
  // What a loop has sent stands alone, so that it holds up nothing else.
  auto looped = std::stable_partition(batch.begin(), batch.end(), [&](const ports::QueueMessage& message) {
    return (*function)->may_loop || times_through(trace_of(message), (*function)->function_arn) < ports::kLoopMax;
  });
  Messages stopped(std::make_move_iterator(looped), std::make_move_iterator(batch.end()));
  batch.erase(looped, batch.end());
  if (!stopped.empty()) invoke(std::move(stopped), *function);
  if (!batch.empty()) invoke(std::move(batch), *function);
}

void QueueRunner::invoke(Messages batch, std::shared_ptr<const ports::FunctionVersion> function) {
  const auto& config = settings_->config;
  ports::Invocation invocation;
  invocation.trace_header = longest_lineage(batch, function->function_arn);
  invocation.function = std::move(function);
  invocation.request_id = context_.random.uuid();
  invocation.invoked_function_arn = config.function_arn;
  invocation.payload = R"({"Records":[)";
  for (const auto& message : batch) {
    if (&message != &batch.front()) invocation.payload += ',';
    invocation.payload += render(message);
  }
  invocation.payload += "]}";
  note_batch(batch, invocation.request_id);
  uint64_t id = ++last_id_;
  in_flight_[id] = {settings_, std::move(batch), invocation.request_id};
  sink_.add(&ports::MappingStatus::invocations, 1);
  context_.invoker.invoke(std::move(invocation), [gate = context_.gate, weak = weak_from_this(), id](auto result) {
    gate->post([weak, id, result = std::move(result)] {
      if (auto self = weak.lock()) self->completed(id, result);
    });
  });
}

void QueueRunner::remove_messages(const Messages& messages) {
  context_.queues->remove(settings_->config.event_source_arn, handles_of(messages));
}

/// The call was refused before the function saw the messages: they go back, and receiving pauses.
void QueueRunner::try_later(const Messages& batch, std::string reason) {
  note("not called", batch, "", std::move(reason));
  context_.queues->release(settings_->config.event_source_arn, handles_of(batch));
  retry_at_ms_ = context_.clock.now_ms() + refusal_delay_ms(++refused_in_a_row_);
  caught_up_ = false;
}

void QueueRunner::completed(uint64_t id, const ports::InvocationResult& result) {
  InFlight call = std::move(in_flight_.at(id));
  in_flight_.erase(id);
  if (removed_) return;
  if (result.status == ports::InvocationStatus::recursive) {
    // As after an error: they are received again until the queue's own redrive policy takes them away.
    note("not called", call.messages, call.request_id, "the function has run 16 times in this chain of events");
    sink_.result(kCallFailed);
    return schedule();
  }
  if (result.status == ports::InvocationStatus::throttled) {
    sink_.add(&ports::MappingStatus::throttles, 1);
    try_later(call.messages, with_fault(result.throttle_reason, result.fault));
    return schedule();
  }
  refused_in_a_row_ = 0;
  PartialFailures failures;
  failures.all = result.status == ports::InvocationStatus::function_error;
  if (!failures.all && call.settings->config.report_batch_item_failures) {
    std::vector<std::string> ids;
    for (const auto& message : call.messages) ids.push_back(message.message_id);
    failures = read_partial_failures(result.payload, ids);
  }
  bool good = !failures.all && failures.failed.empty();
  if (!good) sink_.add(&ports::MappingStatus::errors, 1);
  bool raised = result.status == ports::InvocationStatus::function_error;
  if (failures.all) {
    note_back(call.request_id);
    note("failed", call.messages, call.request_id,
         raised ? with_fault(error_text(result.payload), result.fault)
                : "the answer's batchItemFailures names all of them, or isn't valid");
  } else {
    Messages failed;
    for (size_t index : failures.failed) failed.push_back(call.messages[index]);
    if (!failed.empty()) {
      note_back(call.request_id);
      note("failed", failed, call.request_id, "the answer's batchItemFailures names them");
    }
    for (auto it = failures.failed.rbegin(); it != failures.failed.rend(); ++it) {
      call.messages.erase(call.messages.begin() + static_cast<ptrdiff_t>(*it));
    }
    if (!call.messages.empty()) {
      remove_messages(call.messages);
      note("delivered", call.messages, call.request_id, with_fault("", result.fault));
    }
    sink_.add(&ports::MappingStatus::delivered, call.messages.size());
  }
  sink_.result(good ? kProcessed : kCallFailed);
  schedule();
}

void QueueRunner::note_back(const std::string& request_id) const {
  if (!trace::on()) return;
  trace::note({.kind = "retry",
               .causes = {request_id},
               .subject = settings_->config.event_source_arn,
               .text =
                   "what failed is seen again when the queue's visibility timeout is over, and goes to the dead-letter "
                   "queue after its maxReceiveCount",
               .failed = true});
}

void QueueRunner::arm(Millis at) {
  if (timer_ != 0 && timer_at_ms_ == at) return;
  if (timer_ != 0) context_.timers.cancel(timer_);
  timer_at_ms_ = at;
  timer_ = context_.timers.at(at, [gate = context_.gate, weak = weak_from_this(), at] {
    gate->post([weak, at] {
      auto self = weak.lock();
      if (!self) return;
      if (self->timer_at_ms_ == at) self->timer_ = 0;
      self->schedule();
    });
  });
}

bool QueueRunner::quiet() const {
  if (removed_) return true;
  return !scheduled_ && in_flight_.empty() && (!enabled_ || (caught_up_ && waiting_.empty()));
}

SourceRunner::Pending QueueRunner::pending() const {
  Pending out{.records = waiting_.size()};
  for (const auto& [id, call] : in_flight_) out.records += call.messages.size();
  if (retry_at_ms_ > context_.clock.now_ms()) out.next_try_ms = retry_at_ms_;
  return out;
}

bool QueueRunner::busy() const {
  return !in_flight_.empty() || !waiting_.empty();
}

std::shared_ptr<SourceRunner> make_queue_runner(const PollerContext& context, ProgressSink& sink,
                                                SettingsPtr settings) {
  auto runner = std::make_shared<QueueRunner>(context, sink, std::move(settings));
  runner->begin();
  return runner;
}

}  // namespace millrace::poller
