// GenerateDataKey, GenerateDataKeyPair, both WithoutPlaintext, GenerateRandom.

#include "emulator/base/encoding.h"
#include "emulator/services/kms/crypto.h"
#include "emulator/services/kms/kms.h"

namespace millrace::kms {

using namespace protocol;

namespace {

/// Data keys are encrypted under symmetric keys only.
Result<void> check_encrypts_data_keys(const Kms& kms, const Key& key, const std::string& operation) {
  TRY_VOID(check_usage(key, "ENCRYPT_DECRYPT", operation));
  if (key.spec != "SYMMETRIC_DEFAULT")  // unverified
    return AwsError(errors::invalid_usage,
                    key.arn() + " key spec is " + key.spec + " which is not valid for " + operation + ".");
  return check_state(key, kms.now());
}

Operation data_key(Kms& kms, const char* name, bool with_plaintext) {
  static const Shape input =
      structure({key_id_member(), context_member(), optional("NumberOfBytes", integer().range(1, 1024)),
                 optional("KeySpec", string().one_of({"AES_256", "AES_128"})), grant_tokens_member(),
                 optional("DryRun", boolean())});
  auto handle = [&kms, name, with_plaintext](Call& call, const Key& key) -> Result<Json> {
    TRY_VOID(check_encrypts_data_keys(kms, key, name));
    const auto bytes = optional_int(call.input, "NumberOfBytes");
    const auto spec = optional_text(call.input, "KeySpec");
    if (bytes.has_value() == spec.has_value())
      return AwsError(errors::validation, "Please specify either number of bytes or key spec.");
    TRY_VOID(check_dry_run(call.input));
    const std::string plaintext = secret_bytes(bytes ? static_cast<size_t>(*bytes) : *spec == "AES_128" ? 16 : 32);
    Json out{{"CiphertextBlob", to_base64(cipher(key, plaintext, context_of(call.input), kms.now()))}};
    if (with_plaintext) out["Plaintext"] = to_base64(plaintext);
    out["KeyId"] = key.arn();
    out["KeyMaterialId"] = key.material_id(kms.now());
    return out;
  };
  return on_key(kms, {name, &input, handle, Names::all, "KeyId", Runs::inlined});
}

Operation data_key_pair(Kms& kms, const char* name, bool with_plaintext) {
  static const Shape input = structure(
      {context_member(), key_id_member(),
       required("KeyPairSpec", string().one_of({"RSA_2048", "RSA_3072", "RSA_4096", "ECC_NIST_P256", "ECC_NIST_P384",
                                                "ECC_NIST_P521", "ECC_SECG_P256K1", "SM2", "ECC_NIST_EDWARDS25519"})),
       grant_tokens_member(), optional("DryRun", boolean())});
  auto handle = [&kms, name, with_plaintext](Call& call, const Key& key) -> Result<Json> {
    TRY_VOID(check_encrypts_data_keys(kms, key, name));
    TRY_VOID(check_dry_run(call.input));
    const std::string spec = text_of(call.input, "KeyPairSpec");
    TRY(const std::string private_key, generate_private_key(spec));
    if (private_key.empty()) return AwsError(errors::not_implemented, "KeyPairSpec " + spec + " is not implemented.");
    Json out{{"PrivateKeyCiphertextBlob", to_base64(cipher(key, private_key, context_of(call.input), kms.now()))}};
    if (with_plaintext) out["PrivateKeyPlaintext"] = to_base64(private_key);
    out["PublicKey"] = to_base64(public_key_of(private_key));
    out["KeyId"] = key.arn();
    out["KeyPairSpec"] = spec;
    out["KeyMaterialId"] = key.material_id(kms.now());
    return out;
  };
  return on_key(kms, {name, &input, handle, Names::all});
}

Operation generate_random() {
  static const Shape input = structure(
      {optional("NumberOfBytes", integer().range(1, 1024)), optional("CustomKeyStoreId", string().length(1, 64))});
  auto handle = [](Call& call) -> Result<Json> {
    if (find(call.input, "CustomKeyStoreId"))
      return AwsError(errors::not_implemented, "Custom key stores are not implemented.");
    const auto bytes = optional_int(call.input, "NumberOfBytes");
    if (!bytes) return AwsError(errors::validation, "NumberOfBytes is required.");
    return Json{{"Plaintext", to_base64(secret_bytes(static_cast<size_t>(*bytes)))}};
  };
  auto access = [](const Call&) -> Result<AccessNeeds> { return AccessNeeds{{"kms:GenerateRandom", "*"}}; };
  return {.name = "GenerateRandom", .input = &input, .access = access, .handle = JsonHandler(handle)};
}

}  // namespace

Operations data_key_operations(Kms& kms) {
  return {data_key(kms, "GenerateDataKey", true), data_key(kms, "GenerateDataKeyWithoutPlaintext", false),
          data_key_pair(kms, "GenerateDataKeyPair", true),
          data_key_pair(kms, "GenerateDataKeyPairWithoutPlaintext", false), generate_random()};
}

}  // namespace millrace::kms
