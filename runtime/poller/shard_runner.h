#pragma once
// One shard of one stream mapping: reads from the checkpoint, filters, batches, invokes, retries, and moves
// the checkpoint on.
//
// The records that passed the filter are dealt out to lanes by their item (one lane, or ParallelizationFactor
// of them). A lane has one invocation under way at most, so an item's records stay in order; the checkpoint
// stays below the oldest record that any lane hasn't finished. All on the executor.

#include <deque>

#include "runtime/poller/checkpoint.h"
#include "runtime/poller/failure_record.h"
#include "runtime/poller/shard_reader.h"
#include "runtime/poller/source_runner.h"

namespace millrace::poller {

class ShardRunner : public std::enable_shared_from_this<ShardRunner> {
 public:
  ShardRunner(const PollerContext& context, ProgressSink& sink, SettingsPtr settings, std::string shard_id,
              ShardCheckpoint checkpoint, std::function<void()> on_done);
  ~ShardRunner();

  /// Records may be there: looks, soon.
  void wake();
  /// Goes on under another definition, from the checkpoint, once nothing is in flight; null stops it.
  void change(SettingsPtr settings);
  /// Nothing more happens: what is in flight is ignored.
  void shut();
  /// Stores the position where it has moved past dropped records alone, which is otherwise done in steps.
  void save_position();

  /// Read to the end of a closed shard, and all dealt with.
  bool done() const { return checkpoint_.done; }
  /// Nothing left to do at this time (a record yet unseen apart): see MappingEngine::when_drained().
  bool quiet() const;
  /// Something is unfinished, whether or not it waits for its time.
  bool busy() const;
  /// Where the record stands: see MappingEngine::fates().
  void tell_fate(const ports::StreamRecord& record, ports::RecordFate& fate) const;
  SourceRunner::Pending pending() const;

 private:
  enum class Phase {
    running,
    stopped,     // the mapping is disabled, or not yet begun
    restarting,  // waits for the invocations in flight, then begins again from the checkpoint
    shut,        // for good
  };
  /// The only one who changes the phase: nothing follows `shut`.
  void enter(Phase next);

  /// Records that go to the function together, or a window's final call.
  struct Batch {
    std::vector<PendingRecord> records;
    int attempts = 0;        // failed ones that count
    int failures = 0;        // in a row, for the pause between
    int refusals = 0;        // in a row: throttled, or no function
    Millis retry_at_ms = 0;  // 0: at once
    bool final_for_window = false;
    bool terminated_early = false;
    std::string request_id;  // of the last invocation
    std::string executed_version;
    std::optional<GivenUp> given_up;  // not tried any more: only its failure record is still to be sent
    bool function_error = true;       // false: the last answer was a partial failure
    Millis called_ms = 0;             // when it was last called
    Millis failing_since_ms = 0;      // 0: it hasn't failed
    std::string last_error;
  };
  struct Lane {
    size_t index = 0;                   // its place in lanes_, which calls and timers come back to
    std::deque<PendingRecord> waiting;  // not in a batch yet
    Millis waiting_since_ms = 0;        // when the first of them was read
    std::deque<Batch> work;             // the first is in flight or waits for its retry; bisecting makes it several
    bool in_flight = false;
    TimerId timer = 0;
    Millis timer_at_ms = 0;
  };
  /// A record handed to a lane, in the order of the shard.
  struct Unfinished {
    std::string sequence_number;
    std::string before;
    bool finished = false;
  };

  // Reading (shard_runner.cc)
  void schedule();
  void pump();
  /// There is a definition to work by.
  bool enabled() const { return !lanes_.empty(); }
  bool can_read() const;
  void read_page();
  void take(ports::StreamRecord record);
  void reading_refused(const std::vector<ports::StreamRecord>& unread, const char* action);
  bool any_in_flight() const;
  void restart();
  bool reads_before_restart() const;
  bool was_dropped(const ports::StreamRecord& record) const;
  void finish_shard();
  Millis now() const { return context_.clock.now_ms(); }
  bool tumbling() const { return settings_->config.tumbling_window_s > 0; }
  Millis window_end_ms() const;

  // Batches (shard_batches.cc)
  void advance(Lane& lane);
  bool form_batch(Lane& lane);
  size_t ready_count(Lane& lane);
  bool form_final_call(Lane& lane, bool early);
  void drop_overaged(Lane& lane);
  void invoke(Lane& lane);
  void note_call(const Batch& batch) const;
  void count_age(const Batch& batch, const ports::FunctionVersion& function) const;
  void arm(Lane& lane, Millis at);
  void disarm(Lane& lane);

  // Where a record stands (fates.cc)
  void tell_waiting(const Lane& lane, const std::string& sequence_number, ports::RecordFate& fate) const;
  void tell_of_batch(const Batch& batch, bool in_flight, ports::RecordFate& fate) const;

  // Outcomes (shard_outcomes.cc)
  void completed(size_t lane_index, const ports::InvocationResult& result);
  void succeeded(Lane& lane, const ports::InvocationResult& result);
  bool accept_window_state(const std::string& answer);
  void partly_failed(Lane& lane, size_t first_failed);
  void failed(Lane& lane, bool function_error, std::string reason);
  void retry_later(Batch& batch);
  void refused(Batch& batch, std::string reason);
  void bisect(Lane& lane);
  bool let_go(Lane& lane);
  Result<void> send_failure_record(const Batch& batch);
  void finish(const std::vector<PendingRecord>& records);
  void save_checkpoint();
  void note(const char* what, const Batch& batch, size_t records, std::string reason = {});
  void tell(const Batch& batch, const char* what, std::string text, std::string reason = {}) const;

  const PollerContext& context_;
  ProgressSink& sink_;
  const std::string shard_id_;
  const std::function<void()> on_done_;

  SettingsPtr settings_;       // that the present work began with
  SettingsPtr next_settings_;  // after the restart; null: stopped then
  Phase phase_ = Phase::stopped;

  ShardCheckpoint checkpoint_;  // as last saved, apart from filtered records
  ShardReader reader_;
  bool scheduled_ = false;   // a turn is posted
  std::vector<Lane> lanes_;  // none: disabled
  std::deque<Unfinished> unfinished_;
  size_t buffered_records_ = 0;
  size_t buffered_bytes_ = 0;
  size_t filtered_since_save_ = 0;
  ports::StreamRecord last_filtered_;  // of the page being read

  /// Records up to `seen` met these criteria before the definition changed. What they dropped stays dropped when it is
  /// read again behind a record that wasn't finished. Gone with the process.
  struct FormerCriteria {
    SettingsPtr settings;
    std::string seen;
  };
  std::deque<FormerCriteria> former_criteria_;
  int reads_before_restart_ = 0;  // under the former definition, since the change
};

}  // namespace millrace::poller
