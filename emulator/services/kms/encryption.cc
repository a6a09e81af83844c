// Encrypt, Decrypt, ReEncrypt.

#include "emulator/base/encoding.h"
#include "emulator/services/kms/crypto.h"
#include "emulator/services/kms/kms.h"
#include "emulator/services/kms/specs.h"

namespace millrace::kms {

using namespace protocol;

namespace {

constexpr size_t kPlaintextMax = 4096;
constexpr size_t kBlobMax = 6144;
constexpr const char* kSymmetric = "SYMMETRIC_DEFAULT";

Shape algorithm() {
  return string().one_of({kSymmetric, "RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256", "SM2PKE"});
}

Result<void> check_algorithm(const Key& key, const std::string& wanted) {
  const Spec* spec = find_spec(key.spec);
  for (const std::string& known : algorithms_of(*spec, "ENCRYPT_DECRYPT").second) {
    if (known == wanted) return {};
  }
  return AwsError(errors::invalid_usage, "Algorithm " + wanted + " is incompatible with key spec " + key.spec + ".");
}

/// A key, ready to encrypt by this algorithm.
Result<void> check_encrypts(const Kms& kms, const Key& key, const std::string& algorithm,
                            const std::string& operation) {
  TRY_VOID(check_usage(key, "ENCRYPT_DECRYPT", operation));
  TRY_VOID(check_algorithm(key, algorithm));
  return check_state(key, kms.now());
}

Result<std::string> encrypt(const Kms& kms, const Key& key, const std::string& algorithm, const std::string& plaintext,
                            const ports::EncryptionContext& context) {
  if (algorithm == kSymmetric) return cipher(key, plaintext, context, kms.now());
  if (!context.empty())  // unverified
    return AwsError(errors::validation, "EncryptionContext is not supported with asymmetric KMS keys.");
  const size_t most = rsa_plaintext_max(key.spec, algorithm);
  if (plaintext.size() > most)
    return AwsError(errors::validation, "Algorithm " + algorithm + " and key spec " + key.spec +
                                            " cannot encrypt data larger than " + std::to_string(most) + " bytes.");
  auto sealed = rsa_encrypt(key.material_bytes(kms.now()), algorithm, plaintext);
  if (!sealed) return AwsError(errors::invalid_usage, "");
  return std::move(*sealed);
}

/// Which key a ciphertext is under, as far as the request and the ciphertext itself say.
Result<Key> source_key(Kms& kms, const Call& call, const char* member, const std::string& algorithm) {
  const auto named = optional_text(call.input, member);
  const std::string blob = bytes_of(call.input, "CiphertextBlob");
  if (algorithm != kSymmetric) {
    if (!named)  // unverified
      return AwsError(errors::validation, "KeyId is required when the encryption algorithm is asymmetric.");
    return kms.key_for(call, *named);
  }
  const auto envelope = open_envelope(blob);
  if (!envelope) {
    if (named) TRY_VOID(kms.key_for(call, *named));
    return AwsError(errors::invalid_ciphertext, "");
  }
  const std::string arn = kms.key_of(call.caller.region, blob);
  auto key = find_key(kms.context.store, {call.caller.account, call.caller.region, kms.now()}, arn);
  if (named) {
    TRY(Key given, kms.key_for(call, *named));
    if (given.arn() != arn)
      return AwsError(errors::incorrect_key,
                      "The key ID in the request does not identify a CMK that can perform this operation.");
  }
  if (key.has_error()) return AwsError(errors::invalid_ciphertext, "");
  return std::move(*key);
}

Result<Opened> decrypt(const Kms& kms, const Key& key, const std::string& algorithm, const std::string& blob,
                       const ports::EncryptionContext& context) {
  if (algorithm == kSymmetric) {
    const auto envelope = open_envelope(blob);
    auto opened = envelope ? decipher(key, *envelope, context) : std::nullopt;
    if (!opened) return AwsError(errors::invalid_ciphertext, "");
    return std::move(*opened);
  }
  auto plaintext = rsa_decrypt(key.material_bytes(kms.now()), algorithm, blob);
  if (!plaintext) return AwsError(errors::invalid_ciphertext, "");
  return Opened{std::move(*plaintext), ""};
}

Operation encrypt_operation(Kms& kms) {
  static const Shape input =
      structure({key_id_member(), required("Plaintext", blob().length(1, kPlaintextMax)), context_member(),
                 grant_tokens_member(), optional("EncryptionAlgorithm", algorithm()), optional("DryRun", boolean())});
  auto handle = [&kms](Call& call, const Key& key) -> Result<Json> {
    const std::string by = text_of(call.input, "EncryptionAlgorithm", kSymmetric);
    TRY_VOID(check_encrypts(kms, key, by, "Encrypt"));
    TRY_VOID(check_dry_run(call.input));
    TRY(std::string sealed, encrypt(kms, key, by, bytes_of(call.input, "Plaintext"), context_of(call.input)));
    return Json{{"CiphertextBlob", to_base64(sealed)}, {"KeyId", key.arn()}, {"EncryptionAlgorithm", by}};
  };
  return on_key(kms, {"Encrypt", &input, handle, Names::all, "KeyId", Runs::inlined});
}

Operation decrypt_operation(Kms& kms) {
  static const Shape input =
      structure({required("CiphertextBlob", blob().length(1, kBlobMax)), context_member(), grant_tokens_member(),
                 optional("KeyId", string().length(1, 2048)), optional("EncryptionAlgorithm", algorithm()),
                 optional("DryRun", boolean()), optional("Recipient", any())});
  auto access = [&kms](const Call& call) -> Result<AccessNeeds> {
    TRY(Key key, source_key(kms, call, "KeyId", text_of(call.input, "EncryptionAlgorithm", kSymmetric)));
    return AccessNeeds{key_need(kms, call, "Decrypt", key, context_of(call.input))};
  };
  auto handle = [&kms](Call& call) -> Result<Json> {
    const std::string by = text_of(call.input, "EncryptionAlgorithm", kSymmetric);
    TRY(Key key, source_key(kms, call, "KeyId", by));
    TRY_VOID(check_encrypts(kms, key, by, "Decrypt"));
    TRY_VOID(check_dry_run(call.input));
    TRY(Opened opened, decrypt(kms, key, by, bytes_of(call.input, "CiphertextBlob"), context_of(call.input)));
    Json out{{"KeyId", key.arn()}, {"Plaintext", to_base64(opened.plaintext)}, {"EncryptionAlgorithm", by}};
    if (!opened.material_id.empty()) out["KeyMaterialId"] = opened.material_id;
    return out;
  };
  return {.name = "Decrypt", .input = &input, .access = access, .handle = JsonHandler(handle), .checks_root = true};
}

Operation re_encrypt(Kms& kms) {
  static const Shape input = structure(
      {required("CiphertextBlob", blob().length(1, kBlobMax)), context_member("SourceEncryptionContext"),
       optional("SourceKeyId", string().length(1, 2048)), required("DestinationKeyId", string().length(1, 2048)),
       context_member("DestinationEncryptionContext"), optional("SourceEncryptionAlgorithm", algorithm()),
       optional("DestinationEncryptionAlgorithm", algorithm()), grant_tokens_member(), optional("DryRun", boolean())});
  auto from = [](const Call& call) { return text_of(call.input, "SourceEncryptionAlgorithm", kSymmetric); };
  auto access = [&kms, from](const Call& call) -> Result<AccessNeeds> {
    TRY(Key source, source_key(kms, call, "SourceKeyId", from(call)));
    TRY(Key target, find_key(kms.context.store, {call.caller.account, call.caller.region, kms.now()},
                             text_of(call.input, "DestinationKeyId")));
    AccessNeeds needs{
        key_need(kms, call, "ReEncryptFrom", source, context_of(call.input, "SourceEncryptionContext")),
        key_need(kms, call, "ReEncryptTo", target, context_of(call.input, "DestinationEncryptionContext"))};
    for (AccessNeed& need : needs)
      need.context["kms:reencryptonsamekey"] = {source.arn() == target.arn() ? "true" : "false"};
    return needs;
  };
  auto handle = [&kms, from](Call& call) -> Result<Json> {
    const std::string by = from(call), to = text_of(call.input, "DestinationEncryptionAlgorithm", kSymmetric);
    TRY(Key source, source_key(kms, call, "SourceKeyId", by));
    TRY_VOID(check_encrypts(kms, source, by, "ReEncrypt"));
    TRY(Key target, kms.key_for(call, text_of(call.input, "DestinationKeyId")));
    TRY_VOID(check_encrypts(kms, target, to, "ReEncrypt"));
    TRY_VOID(check_dry_run(call.input));
    TRY(Opened opened, decrypt(kms, source, by, bytes_of(call.input, "CiphertextBlob"),
                               context_of(call.input, "SourceEncryptionContext")));
    TRY(std::string sealed,
        encrypt(kms, target, to, opened.plaintext, context_of(call.input, "DestinationEncryptionContext")));
    return Json{{"CiphertextBlob", to_base64(sealed)},
                {"SourceKeyId", source.arn()},
                {"KeyId", target.arn()},
                {"SourceEncryptionAlgorithm", by},
                {"DestinationEncryptionAlgorithm", to}};
  };
  return {.name = "ReEncrypt", .input = &input, .access = access, .handle = JsonHandler(handle), .checks_root = true};
}

}  // namespace

Operations encryption_operations(Kms& kms) {
  return {encrypt_operation(kms), decrypt_operation(kms), re_encrypt(kms)};
}

}  // namespace millrace::kms
