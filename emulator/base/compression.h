#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace millrace {

/// Bytes of less than 4 GiB as a gzip file.
std::string gzip(std::string_view bytes);
/// nullopt if it isn't gzip, or is more than `bytes_max` unpacked.
std::optional<std::string> gunzip(std::string_view bytes, size_t bytes_max);
/// The same, quicker and a little larger, and as HTTP's "deflate" (RFC 1950): for answers that somebody waits for.
std::string quick_gzip(std::string_view bytes);
std::string quick_deflate(std::string_view bytes);

/// What inflate_any() found.
struct Inflated {
  std::optional<std::string> bytes;  // nullopt: malformed, cut off or too large
  bool too_large = false;
};
/// Unpacks gzip, zlib (RFC 1950) or a bare deflate stream, whichever it is, to at most `bytes_max` bytes.
Inflated inflate_any(std::string_view bytes, size_t bytes_max);
/// The same of Zstandard's frames.
std::optional<std::string> unzstd(std::string_view bytes, size_t bytes_max);

}  // namespace millrace
