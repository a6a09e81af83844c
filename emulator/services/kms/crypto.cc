#include "emulator/services/kms/crypto.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <memory>

namespace millrace::kms {

namespace {

template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* p) const {
    Free(p);
  }
};
using PrivateKey = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Freed<EVP_PKEY_CTX_free>>;
using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, Freed<EVP_CIPHER_CTX_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, Freed<EVP_MD_CTX_free>>;

const unsigned char* bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* bytes(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}

PrivateKey read_private(std::string_view der) {
  const unsigned char* at = bytes(der);
  return PrivateKey(d2i_AutoPrivateKey(nullptr, &at, static_cast<long>(der.size())));
}

const EVP_MD* digest_kind(const std::string& algorithm) {
  if (algorithm.ends_with("_224")) return EVP_sha224();
  if (algorithm.ends_with("_256")) return EVP_sha256();
  if (algorithm.ends_with("_384")) return EVP_sha384();
  if (algorithm.ends_with("_512")) return EVP_sha512();
  return EVP_sha1();
}

bool set_signing(EVP_PKEY_CTX* context, const std::string& algorithm) {
  if (algorithm.starts_with("RSASSA_PSS")) {
    if (EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) <= 0) return false;
    if (EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) <= 0) return false;
  } else if (algorithm.starts_with("RSASSA")) {
    if (EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) <= 0) return false;
  }
  return EVP_PKEY_CTX_set_signature_md(context, digest_kind(algorithm)) > 0;
}

bool set_oaep(EVP_PKEY_CTX* context, const std::string& algorithm) {
  return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_OAEP_PADDING) > 0 &&
         EVP_PKEY_CTX_set_rsa_oaep_md(context, digest_kind(algorithm)) > 0 &&
         EVP_PKEY_CTX_set_rsa_mgf1_md(context, digest_kind(algorithm)) > 0;
}

std::optional<std::string> unwrap_padded(std::string_view key, std::string_view wrapped) {
  CipherContext context(EVP_CIPHER_CTX_new());
  EVP_CIPHER_CTX_set_flags(context.get(), EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
  if (EVP_DecryptInit_ex(context.get(), EVP_aes_256_wrap_pad(), nullptr, bytes(key), nullptr) <= 0) return std::nullopt;
  std::string out(wrapped.size() + 16, '\0');
  int size = 0, rest = 0;
  if (EVP_DecryptUpdate(context.get(), bytes(out), &size, bytes(wrapped), static_cast<int>(wrapped.size())) <= 0 ||
      EVP_DecryptFinal_ex(context.get(), bytes(out) + size, &rest) <= 0)
    return std::nullopt;
  out.resize(static_cast<size_t>(size + rest));
  return out;
}

}  // namespace

std::string new_private_key(const std::string& spec) {
  PrivateKey key;
  if (spec.starts_with("RSA_")) key.reset(EVP_RSA_gen(static_cast<unsigned>(std::stoi(spec.substr(4)))));
  if (spec == "ECC_NIST_P256") key.reset(EVP_EC_gen("P-256"));
  if (spec == "ECC_NIST_P384") key.reset(EVP_EC_gen("P-384"));
  if (spec == "ECC_NIST_P521") key.reset(EVP_EC_gen("P-521"));
  if (spec == "ECC_SECG_P256K1") key.reset(EVP_EC_gen("secp256k1"));
  if (spec == "ECC_NIST_EDWARDS25519") key.reset(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  if (!key) return "";
  std::unique_ptr<PKCS8_PRIV_KEY_INFO, Freed<PKCS8_PRIV_KEY_INFO_free>> info(EVP_PKEY2PKCS8(key.get()));
  const int size = i2d_PKCS8_PRIV_KEY_INFO(info.get(), nullptr);
  std::string out(static_cast<size_t>(std::max(size, 0)), '\0');
  unsigned char* at = bytes(out);
  i2d_PKCS8_PRIV_KEY_INFO(info.get(), &at);
  return out;
}

std::string public_key_of(std::string_view private_key) {
  const PrivateKey key = read_private(private_key);
  const int size = key ? i2d_PUBKEY(key.get(), nullptr) : 0;
  std::string out(static_cast<size_t>(std::max(size, 0)), '\0');
  unsigned char* at = bytes(out);
  if (size > 0) i2d_PUBKEY(key.get(), &at);
  return out;
}

std::optional<std::string> rsa_encrypt(std::string_view private_key, const std::string& algorithm,
                                       std::string_view plaintext) {
  const PrivateKey key = read_private(private_key);
  KeyContext context(key ? EVP_PKEY_CTX_new(key.get(), nullptr) : nullptr);
  if (!context || EVP_PKEY_encrypt_init(context.get()) <= 0 || !set_oaep(context.get(), algorithm)) return std::nullopt;
  size_t size = static_cast<size_t>(EVP_PKEY_get_size(key.get()));
  std::string out(size, '\0');
  if (EVP_PKEY_encrypt(context.get(), bytes(out), &size, bytes(plaintext), plaintext.size()) <= 0) return std::nullopt;
  out.resize(size);
  return out;
}

std::optional<std::string> rsa_decrypt(std::string_view private_key, const std::string& algorithm,
                                       std::string_view ciphertext) {
  const PrivateKey key = read_private(private_key);
  KeyContext context(key ? EVP_PKEY_CTX_new(key.get(), nullptr) : nullptr);
  if (!context || EVP_PKEY_decrypt_init(context.get()) <= 0 || !set_oaep(context.get(), algorithm)) return std::nullopt;
  size_t size = static_cast<size_t>(EVP_PKEY_get_size(key.get()));
  std::string out(size, '\0');
  if (EVP_PKEY_decrypt(context.get(), bytes(out), &size, bytes(ciphertext), ciphertext.size()) <= 0)
    return std::nullopt;
  out.resize(size);
  return out;
}

size_t digest_bytes(const std::string& algorithm) {
  return algorithm.starts_with("ED25519") ? 0 : static_cast<size_t>(EVP_MD_get_size(digest_kind(algorithm)));
}

std::string digest_of(const std::string& algorithm, std::string_view message) {
  if (!digest_bytes(algorithm)) return std::string(message);
  std::string out(EVP_MAX_MD_SIZE, '\0');
  unsigned size = 0;
  EVP_Digest(message.data(), message.size(), bytes(out), &size, digest_kind(algorithm), nullptr);
  out.resize(size);
  return out;
}

std::optional<std::string> sign(std::string_view private_key, const std::string& algorithm, std::string_view digest) {
  const PrivateKey key = read_private(private_key);
  if (!key) return std::nullopt;
  size_t size = static_cast<size_t>(EVP_PKEY_get_size(key.get()));
  std::string out(size, '\0');
  bool signed_it = false;
  if (algorithm.starts_with("ED25519")) {
    DigestContext context(EVP_MD_CTX_new());
    signed_it = EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key.get()) > 0 &&
                EVP_DigestSign(context.get(), bytes(out), &size, bytes(digest), digest.size()) > 0;
  } else {
    KeyContext context(EVP_PKEY_CTX_new(key.get(), nullptr));
    signed_it = EVP_PKEY_sign_init(context.get()) > 0 && set_signing(context.get(), algorithm) &&
                EVP_PKEY_sign(context.get(), bytes(out), &size, bytes(digest), digest.size()) > 0;
  }
  if (!signed_it) return std::nullopt;
  out.resize(size);
  return out;
}

bool verify(std::string_view private_key, const std::string& algorithm, std::string_view digest,
            std::string_view signature) {
  const PrivateKey key = read_private(private_key);
  if (!key) return false;
  if (algorithm.starts_with("ED25519")) {
    DigestContext context(EVP_MD_CTX_new());
    return EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) > 0 &&
           EVP_DigestVerify(context.get(), bytes(signature), signature.size(), bytes(digest), digest.size()) == 1;
  }
  KeyContext context(EVP_PKEY_CTX_new(key.get(), nullptr));
  return EVP_PKEY_verify_init(context.get()) > 0 && set_signing(context.get(), algorithm) &&
         EVP_PKEY_verify(context.get(), bytes(signature), signature.size(), bytes(digest), digest.size()) == 1;
}

std::string hmac(std::string_view key, const std::string& algorithm, std::string_view message) {
  std::string out(EVP_MAX_MD_SIZE, '\0');
  unsigned size = 0;
  HMAC(digest_kind(algorithm), key.data(), static_cast<int>(key.size()), bytes(message), message.size(), bytes(out),
       &size);
  out.resize(size);
  return out;
}

std::optional<std::string> shared_secret(std::string_view private_key, std::string_view other_public_key) {
  const PrivateKey key = read_private(private_key);
  const unsigned char* at = bytes(other_public_key);
  const PrivateKey other(d2i_PUBKEY(nullptr, &at, static_cast<long>(other_public_key.size())));
  KeyContext context(key && other ? EVP_PKEY_CTX_new(key.get(), nullptr) : nullptr);
  size_t size = 0;
  if (!context || EVP_PKEY_derive_init(context.get()) <= 0 ||
      EVP_PKEY_derive_set_peer(context.get(), other.get()) <= 0 || EVP_PKEY_derive(context.get(), nullptr, &size) <= 0)
    return std::nullopt;
  std::string out(size, '\0');
  if (EVP_PKEY_derive(context.get(), bytes(out), &size) <= 0) return std::nullopt;
  out.resize(size);
  return out;
}

std::optional<std::string> unwrap(std::string_view private_key, const std::string& algorithm,
                                  std::string_view wrapped) {
  if (!algorithm.starts_with("RSA_AES_KEY_WRAP")) return rsa_decrypt(private_key, algorithm, wrapped);
  const PrivateKey key = read_private(private_key);
  const size_t size = key ? static_cast<size_t>(EVP_PKEY_get_size(key.get())) : 0;
  if (wrapped.size() <= size) return std::nullopt;
  const auto inner = rsa_decrypt(private_key, algorithm, wrapped.substr(0, size));
  if (!inner || inner->size() != 32) return std::nullopt;
  return unwrap_padded(*inner, wrapped.substr(size));
}

}  // namespace millrace::kms
