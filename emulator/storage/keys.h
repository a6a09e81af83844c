#pragma once
// Order-preserving keys. Grammar and vectors: KEYS.md.

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace millrace::storage {

/// Appends a part of any bytes and length: 00 becomes 00 FF, the end is 00 00. Keys of several parts sort part by
/// part, each by its unsigned bytes.
void append_part(std::string& key, std::string_view part);
/// Takes one part off the front of `key`; nullopt if there is none.
std::optional<std::string> take_part(std::string_view& key);

void append_u64(std::string& key, uint64_t value);  // 8 bytes, big-endian
std::optional<uint64_t> take_u64(std::string_view& key);
void append_u32(std::string& key, uint32_t value);
std::optional<uint32_t> take_u32(std::string_view& key);

/// The key of a control plane's document: its parts, e.g. {"iam", account, "role", name}.
std::string document_key(std::initializer_list<std::string_view> parts);

}  // namespace millrace::storage
