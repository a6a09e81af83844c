#pragma once

#include <memory>

#include "emulator/base/random.h"
#include "emulator/ports/authority.h"
#include "emulator/ports/checkpoint_store.h"
#include "emulator/ports/destination.h"
#include "emulator/ports/invoker.h"
#include "emulator/ports/mapping_engine.h"
#include "emulator/ports/metrics.h"
#include "emulator/ports/queue_reader.h"
#include "emulator/ports/stream_reader.h"
#include "runtime/filter/filter_pattern.h"
#include "runtime/poller/executor.h"

namespace millrace::poller {

/// What the pollers work with. Everything outlives them.
struct PollerContext {
  std::shared_ptr<Gate> gate;
  Clock& clock;
  Timers& timers;
  Random& random;
  ports::StreamReader& streams;
  ports::QueueReader* queues = nullptr;  // null: no queue sources
  ports::FunctionCatalog& functions;
  ports::Invoker& invoker;
  ports::Destination& destinations;
  ports::CheckpointStore& checkpoints;
  ports::Authority* authority = nullptr;  // null: execution roles aren't asked
  ports::Metrics* metrics = nullptr;      // null: nothing is counted

  /// May the mapping's execution role do this to its source? Without a role (the function is gone) nothing is asked.
  bool role_may(const ports::MappingConfig& config, const char* action) const {
    return !authority || config.role_arn.empty() ||
           authority->role_may(config.role_arn, action, config.event_source_arn, {});
  }
  /// The first action of reading its stream that the mapping's execution role may not do; null if it may read.
  const char* denied_stream_action(const ports::MappingConfig& config) const {
    for (const char* action : ports::kStreamReadActions) {
      if (!role_may(config, action)) return action;
    }
    return authority && !config.role_arn.empty() ? streams.denied_by_key(config.event_source_arn, config.role_arn)
                                                 : nullptr;
  }
};

/// A mapping's definition with its filters compiled. Immutable: work in flight keeps the one that it began
/// with.
struct Settings {
  ports::MappingConfig config;
  filter::FilterCriteria criteria;
  filter::RecordSource source;
};
using SettingsPtr = std::shared_ptr<const Settings>;

// What MappingStatus::last_processing_result says, in the words that AWS shows.
inline constexpr char kNothingProcessed[] = "No records processed";
inline constexpr char kProcessed[] = "OK";
inline constexpr char kCallFailed[] = "PROBLEM: Function call failed";
inline constexpr char kDestinationFailed[] = "PROBLEM: On-failure destination refused a record";  // unverified

/// What the runners tell the engine of a mapping's progress. On the executor only.
class ProgressSink {
 public:
  virtual ~ProgressSink() = default;
  using Counter = uint64_t ports::MappingStatus::*;
  virtual void add(Counter counter, uint64_t n) = 0;
  virtual void result(const char* text) = 0;
  /// Keeps it among the newest, for MappingEngine::reports().
  virtual void note(ports::MappingEvent event) = 0;
  /// Something moved on or came to rest: whoever waits for a drain looks again.
  virtual void progressed() = 0;
};

}  // namespace millrace::poller
