#pragma once

#include <map>

#include "runtime/poller/settings.h"

namespace millrace::poller {

/// A mapping at work on its source. All calls on the executor.
class SourceRunner {
 public:
  virtual ~SourceRunner() = default;
  /// Takes up the definition; null stops the mapping but keeps its position.
  virtual void change(SettingsPtr settings) = 0;
  /// Nothing more happens, and the position is forgotten.
  virtual void remove() = 0;
  /// Stores the position as far as it has moved without an invocation.
  virtual void save_position() {}
  /// Looks for records now, whether or not anything woke it.
  virtual void look_for_work() = 0;
  /// See MappingEngine::when_drained().
  virtual bool quiet() const = 0;
  virtual bool busy() const = 0;
  /// Where the record of that shard stands.
  virtual void tell_fate(const std::string& shard_id, const ports::StreamRecord& record,
                         ports::RecordFate& fate) const {
    (void)shard_id, (void)record, (void)fate;
  }
  /// Of what is busy, for those who wait for its end.
  struct Pending {
    uint64_t records = 0;
    Millis since_ms = 0;     // when the oldest was written; 0: not known
    Millis next_try_ms = 0;  // 0: nothing waits for its time
  };
  virtual Pending pending() const { return {}; }
};

std::shared_ptr<SourceRunner> make_stream_runner(const PollerContext& context, ProgressSink& sink,
                                                 SettingsPtr settings);
std::shared_ptr<SourceRunner> make_queue_runner(const PollerContext& context, ProgressSink& sink, SettingsPtr settings);

/// Why no filter lets the event through: each field that fails, its value, and what is known to trip people up there.
/// `fallback` where the fields don't tell (fates.cc).
std::string why_in_full(const Settings& settings, const std::string& event, std::string fallback);
std::string why_in_full(const Settings& settings, const ports::StreamRecord& record);

/// Stores where a mapping that begins (with LATEST, for the first time) starts: after what the stream holds
/// now. No effect if that was done before. On the caller's thread, before the mapping's runner exists or goes
/// on.
void fix_starting_position(const PollerContext& context, const ports::MappingConfig& config);

/// Where that was, for mappings that begin with LATEST: when, and after which record of each shard.
struct LatestPosition {
  Millis fixed_ms = 0;  // 0: it wasn't fixed
  std::map<std::string, std::string> after;
};
LatestPosition latest_position(const PollerContext& context, const std::string& mapping_uuid);

/// The last processing result that was stored with the mapping's position.
std::string stored_result(const PollerContext& context, const std::string& mapping_uuid);
void store_result(const PollerContext& context, const std::string& mapping_uuid, const std::string& text);

}  // namespace millrace::poller
