// What an invocation's end means for its batch, as observed on AWS.

#include <algorithm>

#include "emulator/base/log.h"
#include "emulator/base/trace.h"
#include "runtime/poller/batch_response.h"
#include "runtime/poller/retry_policy.h"
#include "runtime/poller/shard_runner.h"

namespace millrace::poller {

namespace {

constexpr char kFirstReported[] = "the answer's batchItemFailures begins with this record";

}  // namespace

void ShardRunner::completed(size_t lane_index, const ports::InvocationResult& result) {
  if (phase_ == Phase::shut) return;
  Lane& lane = lanes_[lane_index];
  lane.in_flight = false;
  switch (result.status) {
    case ports::InvocationStatus::ok: succeeded(lane, result); break;
    case ports::InvocationStatus::recursive:  // streams' records carry no trace
    case ports::InvocationStatus::function_error:
      failed(lane, true, with_fault(error_text(result.payload), result.fault));
      break;
    case ports::InvocationStatus::throttled:
      sink_.add(&ports::MappingStatus::throttles, 1);
      refused(lane.work.front(), with_fault(result.throttle_reason, result.fault));
      break;
  }
  schedule();
}

void ShardRunner::succeeded(Lane& lane, const ports::InvocationResult& result) {
  const std::string& answer = result.payload;
  Batch& batch = lane.work.front();
  if (batch.final_for_window) {
    if (batch.terminated_early)
      checkpoint_.window->state = "{}";  // the window goes on with an empty state
    else
      checkpoint_.window.reset();
    lane.work.pop_front();
    sink_.result(kProcessed);
    return save_checkpoint();
  }
  PartialFailures failures;
  if (settings_->config.report_batch_item_failures) {
    std::vector<std::string> ids;
    for (const PendingRecord& record : batch.records) ids.push_back(record.sequence_number);
    failures = read_partial_failures(answer, ids);
  }
  if (failures.all)
    return failed(lane, false, "the answer's batchItemFailures names no record of the batch, or isn't valid");
  if (!failures.failed.empty() && failures.failed.front() == 0) return failed(lane, false, kFirstReported);
  if (tumbling() && !accept_window_state(answer)) return failed(lane, true, "the answer has no valid state");
  if (!failures.failed.empty()) return partly_failed(lane, failures.failed.front());
  sink_.add(&ports::MappingStatus::delivered, batch.records.size());
  sink_.result(kProcessed);
  note("delivered", batch, batch.records.size(), with_fault("", result.fault));
  std::vector<PendingRecord> records = std::move(batch.records);
  lane.work.pop_front();
  finish(records);
}

bool ShardRunner::accept_window_state(const std::string& answer) {
  auto state = read_window_state(answer);
  if (!state) return false;
  checkpoint_.window->state = std::move(*state);
  return true;
}

/// The records below the first failed one are done; the rest is a shorter batch whose attempts count anew.
void ShardRunner::partly_failed(Lane& lane, size_t first_failed) {
  Batch& batch = lane.work.front();
  auto rest = batch.records.begin() + static_cast<ptrdiff_t>(first_failed);
  std::vector<PendingRecord> good(std::make_move_iterator(batch.records.begin()), std::make_move_iterator(rest));
  batch.records.erase(batch.records.begin(), rest);
  note("failed", batch, batch.records.size(), kFirstReported);
  batch.attempts = 0;
  batch.failures = 0;
  sink_.add(&ports::MappingStatus::errors, 1);
  sink_.add(&ports::MappingStatus::delivered, good.size());
  sink_.result(kCallFailed);  // unverified: what AWS shows after a partial failure
  finish(good);
  retry_later(batch);
}

/// `function_error` is false where the function answered that its whole batch failed.
void ShardRunner::failed(Lane& lane, bool function_error, std::string reason) {
  sink_.add(&ports::MappingStatus::errors, 1);
  sink_.result(kCallFailed);
  Batch& batch = lane.work.front();
  if (batch.failing_since_ms == 0) batch.failing_since_ms = now();
  batch.last_error = reason;
  note("failed", batch, batch.records.size(), std::move(reason));
  if (settings_->config.bisect_on_error && batch.records.size() > 1) return bisect(lane);
  ++batch.attempts;
  if (!attempts_exhausted(settings_->config, batch.attempts)) return retry_later(batch);
  if (batch.final_for_window) {
    log::warning("event source mapping " + settings_->config.uuid + ": the final call of a window was given up");
    checkpoint_.window.reset();
    lane.work.pop_front();
    return save_checkpoint();
  }
  batch.given_up = GivenUp::retries_exhausted;  // advance() lets it go
  batch.function_error = function_error;
  batch.failures = 0;
  batch.retry_at_ms = 0;
}

void ShardRunner::retry_later(Batch& batch) {
  batch.refusals = 0;
  batch.retry_at_ms = now() + retry_delay_ms(++batch.failures);
  tell(
      batch, "retry",
      "its records are tried again at " + iso_millis(batch.retry_at_ms) + "; what comes after them in the shard waits");
}

/// For `millrace trace`, as what came of the batch's last call; of its records, if there was none.
void ShardRunner::tell(const Batch& batch, const char* what, std::string text, std::string reason) const {
  if (!trace::on()) return;
  trace::Step step{.kind = what, .subject = settings_->config.function_arn, .text = std::move(text)};
  step.reason = std::move(reason);
  step.failed = true;
  if (!batch.request_id.empty()) step.causes.push_back(batch.request_id);
  if (batch.request_id.empty())
    for (const PendingRecord& record : batch.records) step.causes.push_back(record.sequence_number);
  trace::note(std::move(step));
}

/// The function never saw the batch: no attempt is consumed.
void ShardRunner::refused(Batch& batch, std::string reason) {
  batch.retry_at_ms = now() + refusal_delay_ms(++batch.refusals);
  if (batch.refusals == 1)
    tell(batch, "throttled", settings_->config.function_name + " is not called; its records wait", reason);
  batch.last_error = reason;
  note("not called", batch, batch.records.size(), std::move(reason));
}

/// Two halves instead of the batch, the first one next. No attempt is consumed; a single record is retried as
/// usual.
void ShardRunner::bisect(Lane& lane) {
  Batch whole = std::move(lane.work.front());
  lane.work.pop_front();
  log::warning("event source mapping " + settings_->config.uuid + ": a batch of " +
               std::to_string(whole.records.size()) + " records failed and is tried again in two halves");
  tell(whole, "bisect", "its " + std::to_string(whole.records.size()) + " records are tried again in two halves");
  auto middle = whole.records.begin() + static_cast<ptrdiff_t>(whole.records.size() / 2);
  Batch first, second;
  first.attempts = second.attempts = whole.attempts;
  first.failing_since_ms = second.failing_since_ms = whole.failing_since_ms;
  first.last_error = second.last_error = whole.last_error;
  first.records.assign(std::make_move_iterator(whole.records.begin()), std::make_move_iterator(middle));
  second.records.assign(std::make_move_iterator(middle), std::make_move_iterator(whole.records.end()));
  lane.work.push_front(std::move(second));
  lane.work.push_front(std::move(first));
}

/// The batch was given up: its failure record goes to the destination, if one is set, then the records are finished.
/// False if the destination refused the record. It is sent again later, and the shard waits: a record would be lost
/// without a trace otherwise. unverified: AWS documents a metric for such deliveries but not what becomes of them.
bool ShardRunner::let_go(Lane& lane) {
  Batch& batch = lane.work.front();
  trace::Scope scope(batch.request_id);
  auto sent = send_failure_record(batch);
  if (sent.has_error()) {
    const auto& config = settings_->config;
    bool retained = batch.records.front().created_ms + stream_retention_ms >= now();
    log::warning("event source mapping " + config.uuid + ": its on-failure destination " + config.on_failure_arn +
                 (retained ? " refused a record, which is sent again: " : " refused a record, which is dropped: ") +
                 sent.error().message);
    sink_.result(kDestinationFailed);
    if (retained) {
      batch.retry_at_ms = now() + retry_delay_ms(++batch.failures);
      return false;
    }
  }
  sink_.add(
      *batch.given_up == GivenUp::retries_exhausted ? &ports::MappingStatus::discarded : &ports::MappingStatus::expired,
      batch.records.size());
  const std::string& destination = settings_->config.on_failure_arn;
  const bool tried = *batch.given_up == GivenUp::retries_exhausted;
  std::string why = std::string(tried ? "the retries are used up" : "older than the mapping's limit") +
                    (destination.empty() ? "; no on-failure destination is set" : "; sent to " + destination);
  tell(batch, "given up", why);
  note("given up", batch, batch.records.size(), std::move(why));
  std::vector<PendingRecord> records = std::move(batch.records);
  lane.work.pop_front();
  finish(records);
  return true;
}

Result<void> ShardRunner::send_failure_record(const Batch& batch) {
  const auto& config = settings_->config;
  if (config.on_failure_arn.empty()) return {};
  FailedBatch failed{.condition = *batch.given_up,
                     .request_id = batch.request_id.empty() ? context_.random.uuid() : batch.request_id,
                     .invoke_count = batch.attempts,
                     .executed_version = batch.executed_version,
                     .function_error = batch.function_error,
                     .shard_id = shard_id_,
                     .records = &batch.records};
  if (config.on_failure_arn.find(":s3:") != std::string::npos) {
    failed.payload = event_payload(batch.records, nullptr, config.event_source_arn);
  }
  ports::Destination::Sender sender;
  sender.role_arn = config.role_arn;
  sender.account = config.account;
  sender.region = config.region;
  return context_.destinations.send(config.on_failure_arn, failure_message(*settings_, failed, now(), context_.random),
                                    sender);
}

void ShardRunner::note(const char* what, const Batch& batch, size_t records, std::string reason) {
  sink_.note({.what = what,
              .records = records,
              .first_record = batch.records.empty() ? "a window's final call" : record_name(batch.records.front()),
              .request_id = batch.request_id,
              .reason = std::move(reason)});
}

/// The records need no more: the checkpoint moves on to below the oldest unfinished one.
void ShardRunner::finish(const std::vector<PendingRecord>& records) {
  for (const PendingRecord& record : records) {
    auto it =
        std::lower_bound(unfinished_.begin(), unfinished_.end(), record.sequence_number,
                         [](const Unfinished& u, const std::string& number) { return u.sequence_number < number; });
    it->finished = true;
    --buffered_records_;
    buffered_bytes_ -= record.json.size();
  }
  while (!unfinished_.empty() && unfinished_.front().finished) unfinished_.pop_front();
  save_checkpoint();
}

void ShardRunner::save_checkpoint() {
  checkpoint_.after = unfinished_.empty() ? reader_.position() : unfinished_.front().before;
  filtered_since_save_ = 0;
  std::erase_if(former_criteria_, [&](const FormerCriteria& former) { return former.seen <= checkpoint_.after; });
  context_.checkpoints.save(settings_->config.uuid, shard_id_, checkpoint_.text());
}

}  // namespace millrace::poller
