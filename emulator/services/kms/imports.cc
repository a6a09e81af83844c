// GetParametersForImport, ImportKeyMaterial, DeleteImportedKeyMaterial.

#include "emulator/base/encoding.h"
#include "emulator/base/epoch.h"
#include "emulator/services/kms/crypto.h"
#include "emulator/services/kms/kms.h"

namespace millrace::kms {

using namespace protocol;

namespace {

constexpr Millis kTokenMs = 24 * 3600 * 1000;

Result<void> check_imports(const Key& key) {
  if (key.origin == "EXTERNAL") return {};
  return AwsError(errors::unsupported,
                  key.arn() + " origin is " + key.origin + " which is not valid for this operation.");
}

/// How many bytes of material a spec takes; 0: any private key.
size_t material_bytes_of(const std::string& spec) {
  if (spec == "SYMMETRIC_DEFAULT" || spec == "HMAC_256") return 32;
  if (spec == "HMAC_224") return 28;
  if (spec == "HMAC_384") return 48;
  return spec == "HMAC_512" ? 64 : 0;
}

Operation get_parameters(Kms& kms) {
  static const Shape input = structure(
      {key_id_member(),
       required("WrappingAlgorithm", string().one_of({"RSAES_PKCS1_V1_5", "RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256",
                                                      "RSA_AES_KEY_WRAP_SHA_1", "RSA_AES_KEY_WRAP_SHA_256", "SM2PKE"})),
       required("WrappingKeySpec", string().one_of({"RSA_2048", "RSA_3072", "RSA_4096", "SM2"}))});
  return change_key(kms, "GetParametersForImport", &input, [&kms](const Call& call, Key& key) -> Result<Json> {
    TRY_VOID(check_imports(key));
    TRY_VOID(check_not_deleted(key, kms.now()));
    const std::string algorithm = text_of(call.input, "WrappingAlgorithm");
    if (algorithm == "RSAES_PKCS1_V1_5" || algorithm == "SM2PKE")
      return AwsError(errors::unsupported, "The wrapping algorithm " + algorithm + " is not supported.");
    const std::string wrapping = new_private_key(text_of(call.input, "WrappingKeySpec"));
    const std::string token = kms.context.random.hex(256);
    const Millis until = kms.now() + kTokenMs;
    key.import_offer = ImportOffer{token, to_base64(wrapping), algorithm, until};
    return Json{{"KeyId", key.arn()},
                {"ImportToken", to_base64(token)},
                {"PublicKey", to_base64(public_key_of(wrapping))},
                {"ParametersValidTo", epoch_seconds(until)}};
  });
}

/// The material inside a request; IncorrectKeyMaterialException and the token's own errors.
Result<std::string> imported(const Kms& kms, const Json& input, const Key& key) {
  const auto& offer = key.import_offer;
  if (!offer || bytes_of(input, "ImportToken") != offer->token) return AwsError(errors::invalid_import_token, "");
  if (offer->until_ms <= kms.now()) return AwsError(errors::expired_import_token, "");
  const auto wrapping = from_base64(offer->key);
  const auto bytes = unwrap(wrapping.value_or(""), offer->algorithm, bytes_of(input, "EncryptedKeyMaterial"));
  if (!bytes) return AwsError(errors::invalid_ciphertext, "");
  const size_t wanted = material_bytes_of(key.spec);
  if (wanted ? bytes->size() != wanted : public_key_of(*bytes).empty()) return AwsError(errors::incorrect_material, "");
  return *bytes;
}

Operation import_material(Kms& kms) {
  static const Shape input =
      structure({key_id_member(), required("ImportToken", blob().length(1, 6144)),
                 required("EncryptedKeyMaterial", blob().length(1, 6144)), optional("ValidTo", timestamp()),
                 optional("ExpirationModel", string().one_of({"KEY_MATERIAL_EXPIRES", "KEY_MATERIAL_DOES_NOT_EXPIRE"})),
                 optional("ImportType", string().one_of({"NEW_KEY_MATERIAL", "EXISTING_KEY_MATERIAL"})),
                 optional("KeyMaterialDescription", string().length(0, 256)), optional("KeyMaterialId", string())});
  return change_key(kms, "ImportKeyMaterial", &input, [&kms](const Call& call, Key& key) -> Result<Json> {
    TRY_VOID(check_imports(key));
    TRY_VOID(check_not_deleted(key, kms.now()));
    const Json& in = call.input;
    const Json* until = find(in, "ValidTo");
    const std::string model = text_of(in, "ExpirationModel", "KEY_MATERIAL_EXPIRES");
    if (model == "KEY_MATERIAL_EXPIRES" && !until)
      return AwsError(errors::validation, "A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES");
    TRY(std::string bytes, imported(kms, in, key));
    const std::string id = to_hex(sha256(key.id + bytes));  // the same material has the same id
    if (!key.materials.empty() && key.materials.back().id != id)
      return AwsError(errors::incorrect_material, "");  // a key is for ever of the material that came first
    if (key.materials.empty())
      key.materials.push_back({id, to_base64(bytes), kms.now(), ""});
    else
      key.materials.back().bytes = to_base64(bytes);
    key.expiration_model = model;
    key.valid_to_ms.reset();
    if (model == "KEY_MATERIAL_EXPIRES")
      key.valid_to_ms = until->is_number() ? millis_of_epoch(until->get<double>()) : 0;
    Json out{{"KeyId", key.arn()}};
    if (key.spec == "SYMMETRIC_DEFAULT") out["KeyMaterialId"] = id;
    return out;
  });
}

Operation delete_material(Kms& kms) {
  static const Shape input = structure({key_id_member(), optional("KeyMaterialId", string())});
  return change_key(kms, "DeleteImportedKeyMaterial", &input, [&kms](const Call&, Key& key) -> Result<Json> {
    TRY_VOID(check_imports(key));
    TRY_VOID(check_not_deleted(key, kms.now()));
    // The id stays: the same material may come back, no other.
    if (!key.materials.empty()) {
      key.materials.back().bytes = "";
      key.valid_to_ms = kms.now();
      key.expiration_model.reset();
    }
    return Json{{"KeyId", key.arn()}};
  });
}

}  // namespace

Operations import_operations(Kms& kms) {
  return {get_parameters(kms), import_material(kms), delete_material(kms)};
}

}  // namespace millrace::kms
