#pragma once
// Deployment packages as zip archives: checked and written out without ever leaving the target folder.

#include <cstdint>
#include <string>

namespace millrace::lambda {

struct UnzipOutcome {
  enum class Problem { none, empty, unreadable, too_large } problem = Problem::none;
  uint64_t unzipped_bytes = 0;
};

inline constexpr uint64_t kZippedBytesMax = 52'428'800;     // direct upload [AWS quota]
inline constexpr uint64_t kUnzippedBytesMax = 262'144'000;  // function and layers together [AWS quota]
inline constexpr int64_t kArchiveEntriesMax = 200'000;      // ours: an archive with more is refused as unreadable

/// Writes the archive's files below `folder`, which must not exist. Entries with absolute names, `..` or a
/// backslash make it unreadable; symbolic links are made last, so nothing is ever written through one. What was
/// written before a problem was seen stays for the caller to remove.
UnzipOutcome unzip(const std::string& archive, const std::string& folder, uint64_t bytes_max);

}  // namespace millrace::lambda
