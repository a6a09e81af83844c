#pragma once
// Text forms of bytes, and digests.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace millrace {

std::string to_hex(std::string_view bytes);
std::optional<std::string> from_hex(std::string_view text);

std::string to_base64(std::string_view bytes);
void append_base64(std::string& out, std::string_view bytes);
/// Strict: standard alphabet, padding required. nullopt otherwise.
std::optional<std::string> from_base64(std::string_view text);

/// RFC 3986: everything but letters, digits, `-._~` is percent-encoded; `keep` lists further bytes to leave.
std::string percent_encode(std::string_view text, std::string_view keep = {});
/// Decodes %XX; with `plus_is_space` also `+`. A stray % stays as it is.
std::string percent_decode(std::string_view text, bool plus_is_space = false);

bool is_valid_utf8(std::string_view text);

/// Raw digests (32, 16, 20 bytes).
std::string sha256(std::string_view bytes);
std::string md5(std::string_view bytes);
std::string sha1(std::string_view bytes);
std::string hmac_sha256(std::string_view key, std::string_view bytes);
uint32_t crc32(std::string_view bytes, uint32_t initial = 0);

std::string to_lower(std::string_view text);
bool equals_ignore_case(std::string_view a, std::string_view b);

}  // namespace millrace
