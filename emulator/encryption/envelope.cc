#include "emulator/encryption/envelope.h"

#include "emulator/base/aes.h"

namespace millrace::encryption {

namespace {

constexpr size_t kLengthBytes = 4;
constexpr ErrorKind kInvalidCiphertext{"InvalidCiphertextException"};

/// What follows the wrapped data key.
std::string_view inside(std::string_view sealed) {
  const std::string_view wrapped = wrapped_key(sealed);
  return wrapped.empty() ? std::string_view() : sealed.substr(kLengthBytes + wrapped.size());
}

}  // namespace

std::string_view wrapped_key(std::string_view sealed) {
  if (sealed.size() < kLengthBytes) return {};
  uint32_t length = 0;
  for (size_t i = 0; i < kLengthBytes; ++i) length = length << 8 | static_cast<unsigned char>(sealed[i]);
  sealed.remove_prefix(kLengthBytes);
  return length <= sealed.size() ? sealed.substr(0, length) : std::string_view();
}

Result<Sealer> Sealer::make(ports::Encryption& keys, const std::string& key_arn,
                            const ports::EncryptionContext& context) {
  std::string key = secret_bytes(kAesKeyBytes);
  TRY(std::string wrapped, keys.encrypt(key_arn, key, context));
  return Sealer(std::move(key), std::move(wrapped));
}

Result<Sealer> Sealer::of(ports::Encryption& keys, const std::string& region, std::string_view sealed,
                          const ports::EncryptionContext& context) {
  std::string wrapped(wrapped_key(sealed));
  TRY(ports::Deciphered opened, keys.decrypt(region, wrapped, context));
  if (opened.plaintext.size() != kAesKeyBytes) return AwsError(kInvalidCiphertext, "");
  return Sealer(std::move(opened.plaintext), std::move(wrapped));
}

std::string Sealer::seal(std::string_view plaintext) const {
  std::string out;
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<char>(wrapped_.size() >> shift & 255));
  out += wrapped_;
  return out + millrace::seal(key_, plaintext, wrapped_);
}

std::optional<std::string> Sealer::open(std::string_view sealed) const {
  return unseal(key_, inside(sealed), wrapped_);
}

Result<std::string> open_sealed(ports::Encryption& keys, const std::string& region, std::string_view sealed,
                                const ports::EncryptionContext& context) {
  TRY(const Sealer sealer, Sealer::of(keys, region, sealed, context));
  auto opened = sealer.open(sealed);
  if (!opened) return AwsError(kInvalidCiphertext, "");
  return std::move(*opened);
}

}  // namespace millrace::encryption
