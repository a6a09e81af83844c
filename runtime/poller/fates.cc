// Where a record stands with a mapping, for `millrace trace`: asked when somebody looks, so that it costs nothing before.

#include <algorithm>

#include "runtime/filter/explain_fields.h"
#include "runtime/poller/retry_policy.h"
#include "runtime/poller/stream_runner.h"

namespace millrace::poller {

using ports::RecordFate;
using What = ports::RecordFate::What;

namespace {

std::string counted(size_t records) {
  return std::to_string(records) + (records == 1 ? " record" : " records");
}

}  // namespace

std::string why_in_full(const Settings& settings, const std::string& event, std::string fallback) {
  std::string out;
  const auto& patterns = settings.config.filter_patterns;
  for (size_t i = 0; i < patterns.size(); ++i) {
    const filter::Explanation explanation = filter::explain_fields(patterns[i], event);
    std::string fields;
    for (const filter::FieldVerdict& field : explanation.fields) {
      if (field.holds) continue;
      fields += (fields.empty() ? "" : "; ") + field.path + " is " + field.found + ", wanted: " + field.wanted;
      if (!field.hint.empty()) fields += " (" + field.hint + ")";
    }
    if (fields.empty()) return fallback;
    if (patterns.size() > 1) fields = "filter " + std::to_string(i + 1) + ": " + fields;
    out += (out.empty() ? "" : "; ") + fields;
  }
  return out.empty() ? fallback : out;
}

std::string why_in_full(const Settings& settings, const ports::StreamRecord& record) {
  PendingRecord rendered;
  render_record(rendered, record, settings.source);
  return why_in_full(settings, rendered.json, settings.criteria.why_not(record, settings.source));
}

void ShardRunner::tell_of_batch(const Batch& batch, bool in_flight, RecordFate& fate) const {
  fate.request_id = batch.request_id;
  if (in_flight) {
    fate.what = What::in_flight;
    fate.reason = "the function has it since " + iso_millis(batch.called_ms);
    return;
  }
  fate.due_ms = batch.retry_at_ms;
  if (batch.given_up) {
    fate.reason = "its on-failure destination refused its record, which is sent again";
  } else if (batch.refusals > 0) {
    fate.reason = "not called " + std::to_string(batch.refusals) + " times: " + batch.last_error;
  } else {
    fate.reason = "failing since " + iso_millis(batch.failing_since_ms) + " (" + std::to_string(batch.failures) +
                  " times in a row), the last time with: " + batch.last_error;
  }
}

/// It was read and isn't finished.
void ShardRunner::tell_waiting(const Lane& lane, const std::string& sequence_number, RecordFate& fate) const {
  auto is_it = [&](const PendingRecord& record) { return record.sequence_number == sequence_number; };
  for (const Batch& batch : lane.work) {
    const bool front = &batch == &lane.work.front();
    if (std::none_of(batch.records.begin(), batch.records.end(), is_it)) continue;
    if (front) return tell_of_batch(batch, lane.in_flight, fate);
    break;
  }
  if (!lane.work.empty()) {
    const Batch& ahead = lane.work.front();
    RecordFate of_it;
    tell_of_batch(ahead, lane.in_flight, of_it);
    fate.reason = "blocked behind a batch of " + counted(ahead.records.size());
    if (!ahead.records.empty()) fate.reason += ", the first " + record_name(ahead.records.front());
    fate.reason += ": " + of_it.reason;
    fate.request_id = of_it.request_id;
    fate.due_ms = of_it.due_ms;
    return;
  }
  const int window_s = settings_->config.batching_window_s;
  if (window_s > 0) {
    fate.reason =
        "its batch isn't full and waits for MaximumBatchingWindowInSeconds (" + std::to_string(window_s) + ")";
    fate.due_ms = lane.waiting_since_ms + window_s * 1000LL;
  } else {
    fate.reason = "its batch is being put together";
  }
}

void ShardRunner::tell_fate(const ports::StreamRecord& record, RecordFate& fate) const {
  if (!reader_.has_read(record.sequence_number)) {
    fate.what = What::waiting;
    fate.due_ms = reader_.reads_again_at_ms();
    fate.reason = !enabled()             ? "the mapping is disabled: nothing is read until it is enabled"
                  : reader_.is_refused() ? settings_->config.role_arn + " may not read the stream"
                  : unfinished_.empty()  ? "it is about to be read"
                                         : "not read yet: as much as may be read ahead waits for the function";
    if (enabled() && !reader_.is_refused() && !unfinished_.empty()) {
      for (const Lane& lane : lanes_) {
        if (lane.work.empty()) continue;
        RecordFate behind;
        tell_of_batch(lane.work.front(), lane.in_flight, behind);
        fate.reason += "; " + behind.reason;
        fate.request_id = behind.request_id;
        fate.due_ms = behind.due_ms;
        break;
      }
    }
    return;
  }
  auto place =
      std::lower_bound(unfinished_.begin(), unfinished_.end(), record.sequence_number,
                       [](const Unfinished& one, const std::string& number) { return one.sequence_number < number; });
  const bool unfinished =
      place != unfinished_.end() && place->sequence_number == record.sequence_number && !place->finished;
  if (unfinished && enabled()) {
    fate.what = What::waiting;
    return tell_waiting(lanes_[lanes_.size() == 1 ? 0 : item_hash(record) % lanes_.size()], record.sequence_number,
                        fate);
  }
  if (!settings_->criteria.passes(record, settings_->source) || was_dropped(record)) {
    fate.what = What::filtered;
    fate.reason = why_in_full(*settings_, record);
    return;
  }
  fate.what = What::passed;
}

void StreamRunner::tell_fate(const std::string& shard_id, const ports::StreamRecord& record, RecordFate& fate) const {
  const LatestPosition latest = latest_position(context_, settings_->config.uuid);
  auto began = latest.after.find(shard_id);
  if (began != latest.after.end() && record.sequence_number <= began->second) {
    fate.what = What::not_begun;
    fate.reason = "the mapping begins with LATEST, at " + iso_millis(latest.fixed_ms) +
                  ", and this was written before; StartingPosition TRIM_HORIZON reads what is there";
    return;
  }
  auto shard = shards_.find(shard_id);
  if (shard != shards_.end() && shard->second.runner) {
    shard->second.runner->tell_fate(record, fate);
  } else if (shard != shards_.end() && shard->second.done) {
    const bool passes = settings_->criteria.passes(record, settings_->source);
    fate.what = passes ? What::passed : What::filtered;
    if (!passes) fate.reason = why_in_full(*settings_, record);
  } else {
    fate.reason = enabled_ ? "its shard is read when the shard before it is done"
                           : "the mapping is disabled: nothing is read until it is enabled";
  }
  // What the shard's runner hasn't got past by a disabled mapping waits, too.
  if (!enabled_ && fate.what == What::waiting)
    fate.reason = "the mapping is disabled: nothing is read until it is enabled";
}

}  // namespace millrace::poller
