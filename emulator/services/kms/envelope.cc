// What a ciphertext under a symmetric key looks like: 01 02 02 00 | u8 length, account | u8 length, key id | u8 length, material id |
// AES-GCM's IV, ciphertext and tag. Authenticated beside it: account and key id, and the encryption context, sorted.

#include "emulator/services/kms/crypto.h"
#include "emulator/services/kms/kms.h"

#include "emulator/base/encoding.h"

namespace millrace::kms {

namespace {

constexpr std::string_view kMagic("\x01\x02\x02\x00", 4);
constexpr size_t kMaterialIdKept = 16;  // of its 64 digits: enough to tell a key's materials apart

void append_part(std::string& out, std::string_view part) {
  const uint32_t size = static_cast<uint32_t>(part.size());
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<char>(size >> shift & 255));
  out += part;
}

std::string authenticated(const Key& key, const ports::EncryptionContext& context) {
  std::string out;
  append_part(out, key.account);
  append_part(out, key.id);
  for (const auto& [name, value] : context) {  // a map: sorted
    append_part(out, name);
    append_part(out, value);
  }
  return out;
}

}  // namespace

std::string cipher(const Key& key, const std::string& plaintext, const ports::EncryptionContext& context, Millis now) {
  std::string out(kMagic);
  for (const std::string& part : {key.account, key.id, key.material_id(now).substr(0, kMaterialIdKept)}) {
    out.push_back(static_cast<char>(part.size()));
    out += part;
  }
  return out + seal(key.material_bytes(now), plaintext, authenticated(key, context));
}

std::optional<Envelope> open_envelope(std::string_view blob) {
  if (!blob.starts_with(kMagic)) return std::nullopt;
  blob.remove_prefix(kMagic.size());
  Envelope envelope;
  for (std::string* part : {&envelope.account, &envelope.key_id, &envelope.material}) {
    if (blob.empty()) return std::nullopt;
    const size_t size = static_cast<unsigned char>(blob.front());
    if (blob.size() < 1 + size) return std::nullopt;
    *part = std::string(blob.substr(1, size));
    blob.remove_prefix(1 + size);
  }
  envelope.sealed = std::string(blob);
  return envelope;
}

std::optional<Opened> decipher(const Key& key, const Envelope& envelope, const ports::EncryptionContext& context) {
  for (const Material& material : key.materials) {
    if (!material.id.starts_with(envelope.material)) continue;
    auto plaintext = unseal(from_base64(material.bytes).value_or(""), envelope.sealed, authenticated(key, context));
    if (!plaintext) return std::nullopt;
    return Opened{std::move(*plaintext), material.id};
  }
  return std::nullopt;
}

}  // namespace millrace::kms
