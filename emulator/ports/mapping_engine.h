#pragma once
// Event source mappings at work. The Lambda service keeps the mappings' definitions and answers the API; the
// engine reads the sources, filters, batches, invokes, retries and remembers positions. Implemented by
// runtime/poller.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "emulator/base/clock.h"
#include "emulator/base/result.h"
#include "emulator/ports/stream_reader.h"

namespace millrace::ports {

enum class SourceKind { stream, queue };
enum class StartingPosition { trim_horizon, latest };

/// One mapping as the engine needs it; bounds and defaults are the API's (CreateEventSourceMapping), checked
/// by the caller. `infinite` (-1) stands for "no limit" where AWS uses -1.
struct MappingConfig {
  static constexpr int infinite = -1;

  std::string uuid;
  std::string account;
  std::string region;
  SourceKind kind = SourceKind::stream;
  std::string event_source_arn;  // a stream's or a queue's ARN
  std::string function_arn;      // as mapped: with the qualifier if one was given; failure records show it
  std::string function_name;     // the name alone
  std::string qualifier;         // version or alias; empty: $LATEST
  std::string role_arn;          // the function's execution role, whose permissions destinations need
  bool enabled = true;

  int batch_size = 100;
  int batching_window_s = 0;
  bool report_batch_item_failures = false;
  std::vector<std::string> filter_patterns;  // JSON texts; a record passes if any matches; none: all pass

  // Streams.
  StartingPosition starting_position = StartingPosition::trim_horizon;
  int parallelization_factor = 1;
  int maximum_record_age_s = infinite;
  int maximum_retry_attempts = infinite;
  bool bisect_on_error = false;
  int tumbling_window_s = 0;   // 0: none
  std::string on_failure_arn;  // SQS, SNS or S3; empty: none

  bool counts_events = false;  // MetricsConfig: EventCount

  // Queues.
  int maximum_concurrency = 0;  // 0: the engine's own limit

  friend bool operator==(const MappingConfig&, const MappingConfig&) = default;
};

/// In AWS's words by mapping_state_text().
enum class MappingState { creating, enabling, enabled, disabling, disabled, updating, deleting };
/// "Creating", "Enabling", ...
const char* mapping_state_text(MappingState state);

struct MappingStatus {
  MappingState state = MappingState::creating;
  /// "No records processed", "OK", "PROBLEM: Function call failed", ...: what Get shows.
  std::string last_processing_result = "No records processed";
  uint64_t delivered = 0;  // records (messages) in batches that succeeded
  uint64_t filtered = 0;   // records that no filter matched
  uint64_t expired = 0;    // discarded as too old (with or without a destination)
  uint64_t discarded = 0;  // given up after the last attempt (with or without a destination)
  uint64_t invocations = 0;
  uint64_t errors = 0;  // invocations that failed, wholly or in part
  uint64_t throttles = 0;
  Millis lag_ms = 0;  // how old the oldest record is that was read and isn't finished; 0: there is none
  bool busy = false;  // something is read, in flight, or waits for a retry or a window
  // Of what is busy.
  uint64_t pending = 0;      // records (messages) at hand
  Millis pending_since = 0;  // when the oldest of them was written; 0: not known
  Millis next_try_ms = 0;    // when the next is tried; 0: nothing waits for its time
};

/// One thing that became of some of a mapping's records (messages): what people ask for when a function was not called.
struct MappingEvent {
  Millis at_ms = 0;
  std::string what;  // "filtered out", "delivered", "failed", "throttled", "expired", "given up"
  size_t records = 0;
  std::string first_record;  // which is the first (filtered out: the last) of them: "INSERT {keys}", "message <id>"
  std::string request_id;    // of the invocation; empty: there was none
  std::string reason;        // in words; empty: none is needed
};

/// A mapping as those see it who look for why something did not happen.
struct MappingReport {
  MappingConfig config;
  MappingStatus status;
  std::vector<MappingEvent> recent;  // oldest first; the newest 100
};

/// Where one record stands with one mapping, for those who ask why a function was not called.
struct RecordFate {
  enum class What {
    passed,     // the filters let it through, and it has been dealt with
    filtered,   // they didn't; `reason` says which field
    in_flight,  // the function has it
    waiting,    // for what `reason` says
    not_begun,  // it was written before the mapping began to read
  };
  std::string mapping_uuid, function_arn;
  std::string patterns;  // of its filters; empty: none
  What what = What::waiting;
  std::string reason;
  std::string request_id;  // of the call that has it, or that it waits behind
  Millis due_ms = 0;       // when that is over by itself; 0: not by time
};

/// Which mappings a drain is about; what is empty holds for all.
struct DrainScope {
  std::string account;
  std::string table;     // or the queue: the source's name
  std::string function;  // its name
};

/// Some of a stream's records, by the time of their writing and by their sequence numbers, both ends included.
struct Stretch {
  Millis from_ms = 0;
  Millis to_ms = INT64_MAX;
  std::string from_sequence = {}, to_sequence = {};  // empty: from the first on, to the last
};

/// What became of a stretch that was delivered again.
struct Replayed {
  uint64_t records = 0, filtered = 0;
  uint64_t batches = 0, failed = 0;  // of them
  std::string last_error = {};
  std::string problem = {};  // why it ended early; empty: it didn't
};

class MappingEngine {
 public:
  virtual ~MappingEngine() = default;

  /// Starts, changes, enables or disables the mapping with this uuid; the definition replaces the former one.
  /// On return the state is a transitional one or already settled. A new mapping's positions are fixed and
  /// stored before put() returns, so that with LATEST each record committed afterwards is delivered. Batches
  /// in flight end under the definition that they began with. After a restart the service puts each mapping
  /// again; stored positions are taken up. Errors: an invalid filter pattern; a source that doesn't exist is
  /// no error (the mapping shows a problem and waits).
  virtual Result<void> put(MappingConfig config) = 0;

  /// Stops the mapping and forgets its positions; results of batches in flight are ignored. No effect if
  /// there is no such mapping. The mapping is gone (status() gives nullopt) when this returns.
  virtual void remove(const std::string& uuid) = 0;

  /// nullopt if there is no such mapping.
  virtual std::optional<MappingStatus> status(const std::string& uuid) const = 0;

  /// All mappings and what became of their records lately.
  virtual std::vector<MappingReport> reports() const = 0;

  /// Where the record stands with each mapping that reads its stream. Waits for the engine's thread, 2 seconds at most:
  /// then, and in an engine that is driven by a test, there are none.
  virtual std::vector<RecordFate> fates(const std::string& stream_arn, const std::string& shard_id,
                                        const StreamRecord& record) const {
    (void)stream_arn, (void)shard_id, (void)record;
    return {};
  }

  /// Why AWS would refuse the pattern, in the rule engine's words; nullopt if it is valid. For
  /// `Invalid filter pattern definition.`, which has one text for all of them, and for the log.
  virtual std::optional<std::string> filter_problem(const std::string& pattern) const = 0;

  /// Calls `fn` once, on the engine's thread, as soon as each record committed before this call has been
  /// through each enabled mapping: delivered, filtered, expired, or sent to the destination. A batch that
  /// waits for a retry or for its batching window (in emulated time) isn't through; an open tumbling window
  /// whose records were all delivered is, until its end has come. Never called if it never comes to that: see
  /// forget().
  using DrainId = uint64_t;
  virtual DrainId when_drained(std::function<void()> fn) = 0;
  /// The same of those mappings alone that the scope is about.
  virtual DrainId when_drained_of(const DrainScope& scope, std::function<void()> fn) {
    (void)scope;
    return when_drained(std::move(fn));
  }
  /// Delivers records of a stream again to a mapping's function, whatever its position. `done` is called once.
  virtual void replay(const std::string& uuid, const Stretch& stretch, std::function<void(Replayed)> done) {
    (void)stretch;
    done({.problem = "There is no mapping " + uuid + "."});
  }
  /// The caller of when_drained() gave up waiting.
  virtual void forget(DrainId id) = 0;
};

}  // namespace millrace::ports
