#pragma once

#include <cstddef>
#include <functional>
#include <memory>
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

/// Unpacks gzip's or Zstandard's frames as they come, holding no more than a window of them.
class Unpacker {
 public:
  enum class Format { gzip, zstd };
  explicit Unpacker(Format format);
  ~Unpacker();
  /// Gives what the bytes unpack to, in pieces of at most 256 KiB, until `take` returns false. False if they are
  /// malformed.
  bool feed(std::string_view bytes, const std::function<bool(std::string_view)>& take);
  /// True at the end of a frame: nothing has been cut off.
  bool complete() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace millrace
