#pragma once
// A stretch of a mapping's stream, delivered to its function again. Beside the mapping's own work: its positions, retries
// and destinations have nothing to do with it.

#include "runtime/poller/settings.h"

namespace millrace::poller {

/// Reads the stretch shard by shard, filters and batches as the mapping does, and invokes one batch after the other; a
/// failed one isn't tried again. All on the executor, where `done` is called too. `sink` is told what became of the batches.
void start_replay(const PollerContext& context, std::shared_ptr<ProgressSink> sink, SettingsPtr settings,
                  const ports::Stretch& stretch, std::function<void(ports::Replayed)> done);

}  // namespace millrace::poller
