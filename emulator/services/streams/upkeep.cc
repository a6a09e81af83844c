#include "emulator/services/streams/upkeep.h"

#include <algorithm>

#include "emulator/services/streams/stream_service.h"

namespace millrace::streams {

using tables::StreamPtr;

namespace {

// Streams that are opened after a round get their first work four hours later, so an hourly round misses
// nothing.
constexpr Millis kLatestMs = 3600 * 1000;
// Records that are too old aren't shown in any case; they are erased in batches.
constexpr Millis kSoonestMs = 5 * 60 * 1000;

/// Rolls the stream's old shards. Returns when the next one is old enough.
Millis roll_old_shards(StreamService& service, const StreamPtr& stream) {
  Millis now = service.context.clock.now_ms(), next = now + tables::kShardLifeMs;
  bool any_old = false;
  for (const auto& shard : stream->shards) {
    if (shard.last) continue;
    Millis due = shard.opened_ms + tables::kShardLifeMs;
    if (due <= now)
      any_old = true;
    else
      next = std::min(next, due);
  }
  if (!any_old) return next;
  Result<void> rolled = service.context.store.transact([&](storage::Txn& txn) -> Result<void> {
    service.tables.streams.roll(txn, stream->id, tables::kShardLifeMs);
    return {};
  });
  (void)rolled;  // the disk's refusal is logged; the next round tries again
  return next;
}

void run(StreamService& service) {
  Millis now = service.context.clock.now_ms();
  Millis next = now + kLatestMs;
  for (const StreamPtr& stream : service.tables.streams.all()) {
    if (service.background.stopping()) return;
    if (stream->status == tables::StreamStatus::enabled) next = std::min(next, roll_old_shards(service, stream));
    service.tables.streams.trim(stream->id);
    Millis due = service.tables.streams.next_trim_ms(stream->id);
    if (due >= 0) next = std::min(next, std::max(due, now + kSoonestMs));
  }
  service.background.at(next, [&service] { run(service); });
}

}  // namespace

void start_upkeep(StreamService& service) {
  service.background.post([&service] { run(service); });
}

}  // namespace millrace::streams
