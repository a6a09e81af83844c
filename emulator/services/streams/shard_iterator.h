#pragma once
// A shard iterator: `<stream arn>|1|<base64>`, a position in a shard and the time from which its 15 minutes
// count. Nothing is kept for it: it says everything itself.

#include <optional>
#include <string>
#include <string_view>

#include "emulator/base/clock.h"

namespace millrace::streams {

inline constexpr Millis kIteratorLifeMs = 15 * 60 * 1000;

struct ShardIterator {
  std::string stream_arn;
  uint64_t shard_number = 0;
  uint64_t after = 0;  // records above this sequence; 0: from the horizon
  Millis issued_ms = 0;
};

std::string write_iterator(const ShardIterator& iterator);
/// nullopt: not one of ours.
std::optional<ShardIterator> read_iterator(std::string_view text);

}  // namespace millrace::streams
