#include "runtime/poller/shard_runner.h"

#include <algorithm>

#include "emulator/base/log.h"

namespace millrace::poller {

namespace {

// Read ahead of the batches; at the bound reading pauses until a batch is finished.
constexpr size_t buffered_records_min = 1000;
constexpr size_t buffered_bytes_per_lane = 12u << 20;
// Filtered records are no loss if they are read again, so the checkpoint moves over them in steps of this.
constexpr size_t filtered_records_per_save = 1000;
// What was written before a change of the definition is judged by the former one, as far as this many pages go.
constexpr int reads_before_restart_max = 1000;
// Definitions remembered while records from their time are unfinished; the oldest is forgotten first.
constexpr size_t former_criteria_max = 16;

}  // namespace

ShardRunner::ShardRunner(const PollerContext& context, ProgressSink& sink, SettingsPtr settings, std::string shard_id,
                         ShardCheckpoint checkpoint, std::function<void()> on_done)
    : context_(context),
      sink_(sink),
      shard_id_(std::move(shard_id)),
      on_done_(std::move(on_done)),
      next_settings_(std::move(settings)),
      checkpoint_(std::move(checkpoint)),
      reader_(context, shard_id_) {
  restart();
}

ShardRunner::~ShardRunner() {
  shut();
}

void ShardRunner::shut() {
  enter(Phase::shut);
  for (Lane& lane : lanes_) disarm(lane);
  reader_.stop();
}

void ShardRunner::enter(Phase next) {
  if (phase_ != Phase::shut) phase_ = next;
}

void ShardRunner::wake() {
  reader_.wake();
  schedule();
}

void ShardRunner::change(SettingsPtr settings) {
  next_settings_ = std::move(settings);
  enter(Phase::restarting);
  reads_before_restart_ = 0;
  schedule();
}

/// True while what was there before the change may still be read under the former definition: as long as all of it is
/// dropped. A record that passes is read again under the new one.
bool ShardRunner::reads_before_restart() const {
  return enabled() && unfinished_.empty() && can_read() && reads_before_restart_ < reads_before_restart_max;
}

/// Begins at the checkpoint with next_settings_; nothing is in flight.
void ShardRunner::restart() {
  for (Lane& lane : lanes_) disarm(lane);
  save_position();
  if (settings_ != nullptr && !unfinished_.empty() && settings_ != next_settings_) {
    former_criteria_.push_back({settings_, reader_.position()});
    if (former_criteria_.size() > former_criteria_max) former_criteria_.pop_front();
  }
  const bool enabled = next_settings_ != nullptr;
  enter(enabled ? Phase::running : Phase::stopped);
  if (enabled) settings_ = next_settings_;
  lanes_.clear();
  lanes_.resize(!enabled ? 0 : tumbling() ? 1 : std::max(1, settings_->config.parallelization_factor));
  for (size_t i = 0; i < lanes_.size(); ++i) lanes_[i].index = i;
  unfinished_.clear();
  buffered_records_ = buffered_bytes_ = filtered_since_save_ = 0;
  reader_.begin(checkpoint_.after);
  if (enabled && !tumbling()) checkpoint_.window.reset();
}

void ShardRunner::schedule() {
  if (scheduled_ || phase_ == Phase::shut) return;
  scheduled_ = true;
  context_.gate->post([weak = weak_from_this()] {
    if (auto self = weak.lock()) self->pump();
  });
}

/// One turn: at most one page, then whatever the lanes can do.
void ShardRunner::pump() {
  scheduled_ = false;
  if (phase_ == Phase::shut || checkpoint_.done) return;
  if (phase_ == Phase::restarting) {
    if (any_in_flight()) return;
    if (reads_before_restart()) {
      ++reads_before_restart_;
      read_page();
      return schedule();
    }
    restart();
  }
  if (enabled()) {
    if (can_read()) read_page();
    for (Lane& lane : lanes_) advance(lane);
    if (can_read()) schedule();
    finish_shard();
  }
  sink_.progressed();
}

bool ShardRunner::can_read() const {
  if (!reader_.can_read()) return false;
  size_t records_max = std::max(buffered_records_min, 2 * lanes_.size() * settings_->config.batch_size);
  return buffered_records_ < records_max && buffered_bytes_ < buffered_bytes_per_lane * lanes_.size();
}

void ShardRunner::read_page() {
  auto page = reader_.read(settings_->config.event_source_arn);
  // The stream or shard is gone; a wake-up looks again.
  if (page.has_error()) {
    sink_.result("PROBLEM: Stream could not be read");  // unverified: AWS's text for it
    log::warning("event source mapping " + settings_->config.uuid + ": " + page.error().message);
    return;
  }
  const char* denied = page->records.empty() ? nullptr : context_.denied_stream_action(settings_->config);
  if (denied) return reading_refused(page->records, denied);
  size_t bytes_before = buffered_bytes_, buffered_before = buffered_records_, count = page->records.size();
  for (ports::StreamRecord& record : page->records) take(std::move(record));
  size_t filtered = count - (buffered_records_ - buffered_before);
  if (filtered > 0) {
    sink_.add(&ports::MappingStatus::filtered, filtered);
    sink_.note({.what = "filtered out",
                .records = filtered,
                .first_record = record_name(last_filtered_),
                .reason = settings_->criteria.why_not(last_filtered_, settings_->source)});
  }
  filtered_since_save_ += filtered;
  reader_.page_done(*page, count, buffered_bytes_ - bytes_before);
  if (unfinished_.empty() && filtered_since_save_ >= filtered_records_per_save) save_checkpoint();
}

/// The execution role was deleted or lost its permission: the records stay unread, and reading is tried again later.
/// AWS notices without records too; here a mapping without any shows nothing, so that it counts as drained.
void ShardRunner::reading_refused(const std::vector<ports::StreamRecord>& unread, const char* action) {
  const std::string& stream = settings_->config.event_source_arn;
  // unverified: the words of CreateEventSourceMapping's refusal, and that a role which lacks ListStreams alone is
  // refused here too
  std::string problem =
      "PROBLEM: Cannot access stream " + stream +
      ". Please ensure the role can perform the GetRecords, GetShardIterator, DescribeStream, and ListStreams "
      "Actions on your stream in IAM.";
  sink_.result(problem.c_str());
  const bool first = reader_.refused([weak = weak_from_this()] {
    if (auto self = weak.lock()) self->schedule();
  });
  if (first) {
    sink_.note({.what = "not read",
                .records = unread.size(),
                .first_record = record_name(unread.front()),
                .reason = settings_->config.role_arn + " may not perform " + action});
  }
}

bool ShardRunner::was_dropped(const ports::StreamRecord& record) const {
  return std::any_of(former_criteria_.begin(), former_criteria_.end(), [&](const FormerCriteria& former) {
    return record.sequence_number <= former.seen && !former.settings->criteria.passes(record, former.settings->source);
  });
}

void ShardRunner::take(ports::StreamRecord record) {
  if (!settings_->criteria.passes(record, settings_->source) || was_dropped(record)) {
    reader_.pass(record.sequence_number);
    last_filtered_ = std::move(record);
    return;
  }
  PendingRecord pending;
  pending.lane = lanes_.size() == 1 ? 0 : item_hash(record) % lanes_.size();
  render_record(pending, record, settings_->source);
  unfinished_.push_back({record.sequence_number, reader_.pass(record.sequence_number)});
  ++buffered_records_;
  buffered_bytes_ += pending.json.size();
  Lane& lane = lanes_[pending.lane];
  if (lane.waiting.empty()) lane.waiting_since_ms = now();
  lane.waiting.push_back(std::move(pending));
}

void ShardRunner::save_position() {
  if (enabled() && settings_ && filtered_since_save_ > 0 && !checkpoint_.done) save_checkpoint();
}

bool ShardRunner::any_in_flight() const {
  return std::any_of(lanes_.begin(), lanes_.end(), [](const Lane& lane) { return lane.in_flight; });
}

bool ShardRunner::busy() const {
  return !unfinished_.empty() || any_in_flight() || (enabled() && checkpoint_.window.has_value());
}

SourceRunner::Pending ShardRunner::pending() const {
  SourceRunner::Pending out;
  auto add = [&](const PendingRecord& record) {
    ++out.records;
    if (out.since_ms == 0 || record.created_ms < out.since_ms) out.since_ms = record.created_ms;
  };
  for (const Lane& lane : lanes_) {
    for (const PendingRecord& record : lane.waiting) add(record);
    for (const Batch& batch : lane.work) {
      for (const PendingRecord& record : batch.records) add(record);
    }
    const Millis next = lane.work.empty() ? 0 : lane.work.front().retry_at_ms;
    if (next > 0 && (out.next_try_ms == 0 || next < out.next_try_ms)) out.next_try_ms = next;
  }
  return out;
}

bool ShardRunner::quiet() const {
  if (phase_ == Phase::shut || phase_ == Phase::stopped || checkpoint_.done) return true;
  bool window_due = checkpoint_.window && now() >= window_end_ms();
  return !scheduled_ && phase_ == Phase::running && reader_.caught_up() && unfinished_.empty() && !any_in_flight() &&
         !window_due && std::all_of(lanes_.begin(), lanes_.end(), [](const Lane& lane) { return lane.work.empty(); });
}

void ShardRunner::finish_shard() {
  if (!reader_.at_end() || !unfinished_.empty() || checkpoint_.window || any_in_flight()) return;
  checkpoint_.after = reader_.position();
  checkpoint_.done = true;
  context_.checkpoints.save(settings_->config.uuid, shard_id_, checkpoint_.text());
  on_done_();
}

Millis ShardRunner::window_end_ms() const {
  return checkpoint_.window->start_ms + settings_->config.tumbling_window_s * 1000LL;
}

}  // namespace millrace::poller
