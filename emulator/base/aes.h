#pragma once
// AES with keys of 32 bytes, by OpenSSL: what is kept sealed, and long bodies that are read from any place.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace millrace {

inline constexpr size_t kAesKeyBytes = 32;

/// Unpredictable bytes, from OpenSSL's generator: key material must not come from a seed.
std::string secret_bytes(size_t n);

/// AES-256-GCM: 12 bytes of IV, the ciphertext, 16 bytes of tag.
std::string seal(std::string_view key, std::string_view plaintext, std::string_view authenticated);
/// nullopt if the key, the authenticated bytes or any bit of the sealed ones is another.
std::optional<std::string> unseal(std::string_view key, std::string_view sealed, std::string_view authenticated);

/// AES-256-CTR, both ways, of the bytes from `offset` on of a text whose `nonce` no other text under the key has. As long as
/// before; nothing tells whether they were changed.
void apply_keystream(std::string_view key, uint64_t nonce, uint64_t offset, std::string& bytes);

}  // namespace millrace
