#pragma once
// Envelope encryption: what a service keeps is sealed by AES-GCM under a data key, which lies beside it as KMS has encrypted it.
//
//   sealed:  u32 length of the wrapped data key, big-endian | the wrapped data key | IV, ciphertext, tag (base/aes.h)

#include <optional>
#include <string>
#include <string_view>

#include "emulator/ports/encryption.h"

namespace millrace::encryption {

/// Seals under one data key; copies are cheap, and may be used within changes.
class Sealer {
 public:
  /// A new data key under a KMS key, bound to the context. Not from a change. KMS's errors.
  static Result<Sealer> make(ports::Encryption& keys, const std::string& key_arn,
                             const ports::EncryptionContext& context);
  /// The data key of something that was sealed, to seal more of the same. KMS's errors.
  static Result<Sealer> of(ports::Encryption& keys, const std::string& region, std::string_view sealed,
                           const ports::EncryptionContext& context);

  std::string seal(std::string_view plaintext) const;
  /// Of what was sealed under this data key; nullopt for anything else.
  std::optional<std::string> open(std::string_view sealed) const;
  const std::string& wrapped() const { return wrapped_; }

 private:
  Sealer(std::string key, std::string wrapped) : key_(std::move(key)), wrapped_(std::move(wrapped)) {}
  std::string key_, wrapped_;
};

/// The wrapped data key of something sealed; empty for what isn't.
std::string_view wrapped_key(std::string_view sealed);

/// What was sealed, by whoever may. KMS's errors; InvalidCiphertextException.
Result<std::string> open_sealed(ports::Encryption& keys, const std::string& region, std::string_view sealed,
                                const ports::EncryptionContext& context);

}  // namespace millrace::encryption
