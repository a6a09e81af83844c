#pragma once
// The stored position of a mapping in a shard. Its JSON is kept by a ports::CheckpointStore.

#include <optional>
#include <string>

#include "runtime/poller/event_json.h"

namespace millrace::poller {

struct ShardCheckpoint {
  std::string after;                  // all records up to this sequence number are dealt with; empty: none
  bool done = false;                  // the shard was closed and read to its end
  std::optional<WindowState> window;  // an open tumbling window, whose state covers the records up to `after`

  std::string text() const;
  /// Reads what text() wrote; anything else is the shard's beginning.
  static ShardCheckpoint parse(const std::string& text);
};

/// Under this instead of a shard id stands what concerns the mapping as a whole: that its starting position
/// has been fixed (shards not listed are read from their beginning), and its last processing result.
inline constexpr char kMappingEntry[] = "";

}  // namespace millrace::poller
