#pragma once
// The cryptography, by OpenSSL: bytes in, bytes out. Nothing here knows of keys' ids, states or policies.

#include <optional>
#include <string>
#include <string_view>

#include "emulator/base/aes.h"

namespace millrace::kms {

/// A new private key of a key spec ("RSA_2048", "ECC_NIST_P256", "ECC_NIST_EDWARDS25519"), PKCS #8 in DER; empty if OpenSSL can't.
std::string new_private_key(const std::string& spec);
/// Its public half, a SubjectPublicKeyInfo in DER.
std::string public_key_of(std::string_view private_key);

/// RSAES_OAEP_SHA_1 and RSAES_OAEP_SHA_256. nullopt: too long, or not a ciphertext of this key.
std::optional<std::string> rsa_encrypt(std::string_view private_key, const std::string& algorithm,
                                       std::string_view plaintext);
std::optional<std::string> rsa_decrypt(std::string_view private_key, const std::string& algorithm,
                                       std::string_view ciphertext);

/// How many bytes a digest has that the signing or MAC algorithm takes; 0 for one that takes messages only.
size_t digest_bytes(const std::string& algorithm);
/// The digest that a signing algorithm signs.
std::string digest_of(const std::string& algorithm, std::string_view message);
/// Signs a digest; with ED25519_SHA_512 the message itself. nullopt if OpenSSL can't.
std::optional<std::string> sign(std::string_view private_key, const std::string& algorithm, std::string_view digest);
bool verify(std::string_view private_key, const std::string& algorithm, std::string_view digest,
            std::string_view signature);

/// HMAC_SHA_224 to _512.
std::string hmac(std::string_view key, const std::string& algorithm, std::string_view message);

/// The x coordinate that both sides come to; nullopt if the other side's key (SubjectPublicKeyInfo) doesn't fit.
std::optional<std::string> shared_secret(std::string_view private_key, std::string_view other_public_key);

/// Key material as an importer wraps it: RSAES_OAEP_SHA_1/256, RSA_AES_KEY_WRAP_SHA_1/256.
std::optional<std::string> unwrap(std::string_view private_key, const std::string& algorithm, std::string_view wrapped);

}  // namespace millrace::kms
