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
/// The same of Zstandard's frames.
std::optional<std::string> unzstd(std::string_view bytes, size_t bytes_max);

}  // namespace millrace
