#include "emulator/base/aes.h"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <array>
#include <exception>
#include <memory>

namespace millrace {

namespace {

constexpr size_t kIvBytes = 12;
constexpr size_t kTagBytes = 16;
constexpr size_t kBlockBytes = 16;

struct FreeContext {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, FreeContext>;

const unsigned char* raw(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* raw(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}

void put_u64(unsigned char* out, uint64_t value) {
  for (int i = 7; i >= 0; --i, value >>= 8) out[i] = static_cast<unsigned char>(value);
}

}  // namespace

std::string secret_bytes(size_t n) {
  std::string out(n, '\0');
  if (RAND_bytes(raw(out), static_cast<int>(n)) != 1) std::terminate();  // a key that isn't secret is worse than none
  return out;
}

std::string seal(std::string_view key, std::string_view plaintext, std::string_view authenticated) {
  std::string out = secret_bytes(kIvBytes);
  const size_t begin = out.size();
  out.resize(begin + plaintext.size() + kTagBytes);
  CipherContext context(EVP_CIPHER_CTX_new());
  int size = 0;
  EVP_EncryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, raw(key), raw(out));
  EVP_EncryptUpdate(context.get(), nullptr, &size, raw(authenticated), static_cast<int>(authenticated.size()));
  EVP_EncryptUpdate(context.get(), raw(out) + begin, &size, raw(plaintext), static_cast<int>(plaintext.size()));
  EVP_EncryptFinal_ex(context.get(), raw(out) + begin + size, &size);
  EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, kTagBytes, raw(out) + begin + plaintext.size());
  return out;
}

std::optional<std::string> unseal(std::string_view key, std::string_view sealed, std::string_view authenticated) {
  if (key.size() != kAesKeyBytes || sealed.size() < kIvBytes + kTagBytes) return std::nullopt;
  const std::string_view inside = sealed.substr(kIvBytes, sealed.size() - kIvBytes - kTagBytes);
  std::string tag(sealed.substr(sealed.size() - kTagBytes));
  std::string out(inside.size(), '\0');
  CipherContext context(EVP_CIPHER_CTX_new());
  int size = 0;
  EVP_DecryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, raw(key), raw(sealed));
  EVP_DecryptUpdate(context.get(), nullptr, &size, raw(authenticated), static_cast<int>(authenticated.size()));
  EVP_DecryptUpdate(context.get(), raw(out), &size, raw(inside), static_cast<int>(inside.size()));
  EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, kTagBytes, tag.data());
  if (EVP_DecryptFinal_ex(context.get(), raw(out) + size, &size) <= 0) return std::nullopt;
  return out;
}

void apply_keystream(std::string_view key, uint64_t nonce, uint64_t offset, std::string& bytes) {
  if (bytes.empty()) return;
  std::array<unsigned char, kBlockBytes> counter;
  put_u64(counter.data(), nonce);
  put_u64(counter.data() + 8, offset / kBlockBytes);
  CipherContext context(EVP_CIPHER_CTX_new());
  int size = 0;
  EVP_EncryptInit_ex(context.get(), EVP_aes_256_ctr(), nullptr, raw(key), counter.data());
  std::array<unsigned char, kBlockBytes> skipped{};
  const int before = static_cast<int>(offset % kBlockBytes);
  if (before) EVP_EncryptUpdate(context.get(), skipped.data(), &size, skipped.data(), before);
  EVP_EncryptUpdate(context.get(), raw(bytes), &size, raw(bytes), static_cast<int>(bytes.size()));
}

}  // namespace millrace
