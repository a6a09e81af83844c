// From waiting records to invocations.

#include <algorithm>

#include "emulator/base/log.h"
#include "emulator/base/trace.h"
#include "runtime/poller/retry_policy.h"
#include "runtime/poller/shard_runner.h"

namespace millrace::poller {

namespace {

// The synchronous invocation's limit, less what surrounds the records.
constexpr size_t payload_bytes_max = 6 * 1024 * 1024 - 1024;
// A tumbling window's state beyond this ends the window early.
constexpr size_t window_state_bytes_max = 1024 * 1024;

}  // namespace

/// Does for the lane whatever can be done now, and sets its timer for what can be done later.
void ShardRunner::advance(Lane& lane) {
  while (!lane.in_flight) {
    if (lane.work.empty() && !form_batch(lane)) return;
    drop_overaged(lane);
    if (lane.work.empty()) continue;
    Batch& batch = lane.work.front();
    if (batch.given_up) {
      if (batch.retry_at_ms > now()) return arm(lane, batch.retry_at_ms);
      if (!let_go(lane)) return arm(lane, batch.retry_at_ms);
      continue;
    }
    if (batch.retry_at_ms > now()) {
      Millis expires = batch.records.empty()
                           ? batch.retry_at_ms
                           : batch.records.front().created_ms + record_age_max_ms(settings_->config) + 1;
      return arm(lane, std::min(batch.retry_at_ms, expires));
    }
    invoke(lane);
  }
}

bool ShardRunner::form_batch(Lane& lane) {
  if (tumbling() && checkpoint_.window) {
    if (checkpoint_.window->state.size() > window_state_bytes_max) return form_final_call(lane, true);
    if (lane.waiting.empty()) {
      if (reader_.at_end() || (reader_.caught_up() && now() >= window_end_ms())) return form_final_call(lane, false);
      if (now() < window_end_ms()) arm(lane, window_end_ms());
      return false;
    }
    if (lane.waiting.front().created_ms >= window_end_ms()) return form_final_call(lane, false);
  }
  size_t count = ready_count(lane);
  if (count == 0) return false;
  if (tumbling() && !checkpoint_.window) {
    Millis length = settings_->config.tumbling_window_s * 1000LL;
    checkpoint_.window = WindowState{lane.waiting.front().created_ms / length * length};
  }
  Batch& batch = lane.work.emplace_back();
  batch.records.assign(std::make_move_iterator(lane.waiting.begin()),
                       std::make_move_iterator(lane.waiting.begin() + static_cast<ptrdiff_t>(count)));
  lane.waiting.erase(lane.waiting.begin(), lane.waiting.begin() + static_cast<ptrdiff_t>(count));
  lane.waiting_since_ms = now();
  return true;
}

/// How many of the waiting records make a batch now; 0: wait on.
size_t ShardRunner::ready_count(Lane& lane) {
  if (lane.waiting.empty()) return 0;
  const auto& config = settings_->config;
  Millis length = config.tumbling_window_s * 1000LL;
  Millis window_start = 0;
  if (tumbling()) {
    window_start =
        checkpoint_.window ? checkpoint_.window->start_ms : lane.waiting.front().created_ms / length * length;
  }
  size_t count = 0, bytes = tumbling() && checkpoint_.window ? checkpoint_.window->state.size() : 0;
  bool closed = false;
  while (count < lane.waiting.size() && !closed) {
    const PendingRecord& record = lane.waiting[count];
    bool fits = count == 0 || bytes + record.json.size() + 1 <= payload_bytes_max;
    bool same_window = !tumbling() || record.created_ms < window_start + length;
    if (!fits || !same_window) {
      closed = true;
    } else {
      bytes += record.json.size() + 1;
      closed = ++count == static_cast<size_t>(config.batch_size);
    }
  }
  if (closed) return count;
  if (config.batching_window_s > 0) {
    Millis due = lane.waiting_since_ms + config.batching_window_s * 1000LL;
    if (now() < due) {
      arm(lane, due);
      return 0;
    }
    return count;
  }
  bool more_at_hand = can_read() && !reader_.near_present();
  return more_at_hand ? 0 : count;
}

bool ShardRunner::form_final_call(Lane& lane, bool early) {
  Batch& batch = lane.work.emplace_back();
  batch.final_for_window = true;
  batch.terminated_early = early;
  return true;
}

/// Records beyond the age limit go without a (further) try; those before a younger one are given up as one
/// unit.
void ShardRunner::drop_overaged(Lane& lane) {
  Batch& batch = lane.work.front();
  if (batch.given_up) return;
  Millis oldest = now() - record_age_max_ms(settings_->config);
  auto young = std::find_if(batch.records.begin(), batch.records.end(),
                            [&](const PendingRecord& record) { return record.created_ms >= oldest; });
  if (young == batch.records.begin()) return;
  if (young == batch.records.end()) {
    batch.given_up = GivenUp::record_age_exceeded;
    batch.failures = 0;
    batch.retry_at_ms = 0;
    return;
  }
  Batch old;
  old.given_up = GivenUp::record_age_exceeded;
  old.attempts = batch.attempts;
  old.request_id = batch.request_id;
  old.executed_version = batch.executed_version;
  old.failing_since_ms = batch.failing_since_ms;
  old.last_error = batch.last_error;
  old.records.assign(std::make_move_iterator(batch.records.begin()), std::make_move_iterator(young));
  batch.records.erase(batch.records.begin(), young);
  lane.work.push_front(std::move(old));
}

void ShardRunner::invoke(Lane& lane) {
  Batch& batch = lane.work.front();
  const auto& config = settings_->config;
  auto function = context_.functions.resolve(config.account, config.region, config.function_name, config.qualifier);
  if (function.has_error()) {  // trouble before the call doesn't count as an attempt
    sink_.result(kCallFailed);
    return refused(batch, function.error().message);
  }
  ports::Invocation invocation;
  invocation.function = *function;
  invocation.request_id = context_.random.uuid();
  invocation.invoked_function_arn = config.function_arn;
  batch.request_id = invocation.request_id;
  batch.executed_version = (*function)->version;
  WindowEvent window;
  if (tumbling()) {
    window = {*checkpoint_.window, window_end_ms(), shard_id_, batch.final_for_window, batch.terminated_early};
  }
  invocation.payload = event_payload(batch.records, tumbling() ? &window : nullptr, config.event_source_arn);
  count_age(batch, **function);
  note_call(batch);
  batch.called_ms = now();
  lane.in_flight = true;
  disarm(lane);
  sink_.add(&ports::MappingStatus::invocations, 1);
  const size_t index = lane.index;
  context_.invoker.invoke(std::move(invocation), [gate = context_.gate, weak = weak_from_this(), index](auto result) {
    gate->post([weak, index, result = std::move(result)] {
      if (auto self = weak.lock()) self->completed(index, result);
    });
  });
}

/// For `millrace trace`: the call's own step, which comes from the records.
void ShardRunner::note_call(const Batch& batch) const {
  if (!trace::on()) return;
  const auto& config = settings_->config;
  trace::Step step{.kind = "batch", .key = batch.request_id, .subject = config.function_arn};
  for (const PendingRecord& record : batch.records) step.causes.push_back(record.sequence_number);
  step.text = std::to_string(batch.records.size()) + (batch.records.size() == 1 ? " record for " : " records for ") +
              config.function_name + " by mapping " + config.uuid;
  if (batch.final_for_window) step.text = "a window's final call of " + config.function_name;
  if (batch.failures > 0) step.text += ", after " + std::to_string(batch.failures) + " that failed";
  trace::note(std::move(step));
}

/// AWS/Lambda's IteratorAge: how old the batch's last record is. Pipes have no such metric.
void ShardRunner::count_age(const Batch& batch, const ports::FunctionVersion& function) const {
  if (!context_.metrics || batch.records.empty() || function.name.find('/') != std::string::npos) return;
  const auto age = static_cast<double>(context_.clock.now_ms() - batch.records.back().created_ms);
  ports::MetricName name{function.account, function.region, "AWS/Lambda", "IteratorAge", {}, "Milliseconds"};
  context_.metrics->count(name, age);
  name.dimensions["FunctionName"] = function.name;
  context_.metrics->count(name, age);
}

void ShardRunner::arm(Lane& lane, Millis at) {
  if (lane.timer != 0 && lane.timer_at_ms == at) return;
  disarm(lane);
  const size_t index = lane.index;
  lane.timer_at_ms = at;
  lane.timer = context_.timers.at(at, [gate = context_.gate, weak = weak_from_this(), index, at] {
    gate->post([weak, index, at] {
      auto self = weak.lock();
      if (!self || self->phase_ == Phase::shut) return;
      if (index < self->lanes_.size() && self->lanes_[index].timer_at_ms == at) self->lanes_[index].timer = 0;
      self->schedule();
    });
  });
}

void ShardRunner::disarm(Lane& lane) {
  if (lane.timer != 0) context_.timers.cancel(lane.timer);
  lane.timer = 0;
}

}  // namespace millrace::poller
