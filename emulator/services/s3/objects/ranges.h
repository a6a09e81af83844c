#pragma once
// Ranges and conditions of reads.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "emulator/base/clock.h"
#include "emulator/base/result.h"
#include "emulator/protocol/http.h"

namespace millrace::s3 {

struct ByteRange {
  uint64_t first = 0;
  uint64_t last = 0;  // inclusive
};

/// A Range header against an object of `size` bytes. Nothing: the whole object is meant, as for headers that
/// are malformed, reversed or name several ranges. Error: InvalidRange.
Result<std::optional<ByteRange>> parse_range(std::string_view header, uint64_t size);

/// x-amz-copy-source-range: both ends needed, within the source. Errors: InvalidArgument, InvalidRequest.
Result<ByteRange> parse_copy_range(std::string_view header, uint64_t size);

/// `"a", "b"` or `*` or a bare tag against an ETag without quotes.
bool etag_matches(std::string_view header, std::string_view etag);

/// The four conditions, under their names or as x-amz-copy-source-if-*.
struct ReadConditions {
  std::string_view if_match, if_none_match, if_modified_since, if_unmodified_since;
};
ReadConditions read_conditions(const protocol::Headers& headers);
ReadConditions copy_source_conditions(const protocol::Headers& headers);

enum class Verdict { send, not_modified, failed };
/// `failed_condition` becomes the name of the header that failed, without a prefix: "If-Match".
Verdict judge(const ReadConditions& conditions, std::string_view etag, Millis modified, Millis now,
              std::string& failed_condition);

}  // namespace millrace::s3
