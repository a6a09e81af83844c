// Sign, Verify, GenerateMac, VerifyMac, GetPublicKey, DeriveSharedSecret.

#include <algorithm>

#include <openssl/crypto.h>

#include "emulator/base/encoding.h"
#include "emulator/services/kms/crypto.h"
#include "emulator/services/kms/kms.h"
#include "emulator/services/kms/specs.h"

namespace millrace::kms {

using namespace protocol;

namespace {

constexpr size_t kMessageMax = 4096;

Shape signing_algorithm() {
  return string().one_of({"RSASSA_PSS_SHA_256", "RSASSA_PSS_SHA_384", "RSASSA_PSS_SHA_512", "RSASSA_PKCS1_V1_5_SHA_256",
                          "RSASSA_PKCS1_V1_5_SHA_384", "RSASSA_PKCS1_V1_5_SHA_512", "ECDSA_SHA_256", "ECDSA_SHA_384",
                          "ECDSA_SHA_512", "SM2DSA", "ML_DSA_SHAKE_256", "ED25519_SHA_512", "ED25519_PH_SHA_512"});
}
Shape mac_algorithm() {
  return string().one_of({"HMAC_SHA_224", "HMAC_SHA_256", "HMAC_SHA_384", "HMAC_SHA_512"});
}
Shape message_type() {
  return string().one_of({"RAW", "DIGEST", "EXTERNAL_MU"});
}

Result<void> check_fits(const Kms& kms, const Key& key, const char* usage, const std::string& algorithm,
                        const std::string& operation) {
  TRY_VOID(check_usage(key, usage, operation));
  const auto known = algorithms_of(*find_spec(key.spec), usage).second;
  if (std::find(known.begin(), known.end(), algorithm) == known.end())
    return AwsError(errors::invalid_usage,
                    "Algorithm " + algorithm + " is incompatible with key spec " + key.spec + ".");
  return check_state(key, kms.now());
}

/// What is signed: the message's digest, or the message as the digest that it says it is.
Result<std::string> to_sign(const Json& input, const std::string& algorithm) {
  if (algorithm == "ED25519_PH_SHA_512")
    return AwsError(errors::not_implemented, "SigningAlgorithm ED25519_PH_SHA_512 is not implemented.");
  const std::string message = bytes_of(input, "Message");
  if (text_of(input, "MessageType", "RAW") == "RAW") return digest_of(algorithm, message);
  if (!digest_bytes(algorithm) || text_of(input, "MessageType") != "DIGEST")  // unverified
    return AwsError(errors::validation,
                    "MessageType " + text_of(input, "MessageType") + " is incompatible with " + algorithm + ".");
  if (message.size() != digest_bytes(algorithm))
    return AwsError(errors::validation, "Digest is invalid length for algorithm " + algorithm + ".");
  return message;
}

Operation sign_operation(Kms& kms) {
  static const Shape input = structure(
      {key_id_member(), required("Message", blob().length(1, kMessageMax)), optional("MessageType", message_type()),
       grant_tokens_member(), required("SigningAlgorithm", signing_algorithm()), optional("DryRun", boolean())});
  auto handle = [&kms](Call& call, const Key& key) -> Result<Json> {
    const std::string algorithm = text_of(call.input, "SigningAlgorithm");
    TRY_VOID(check_fits(kms, key, "SIGN_VERIFY", algorithm, "Sign"));
    TRY(std::string digest, to_sign(call.input, algorithm));
    TRY_VOID(check_dry_run(call.input));
    const auto signature = sign(key.material_bytes(kms.now()), algorithm, digest);
    if (!signature) return AwsError(errors::invalid_usage, "");
    return Json{{"KeyId", key.arn()}, {"Signature", to_base64(*signature)}, {"SigningAlgorithm", algorithm}};
  };
  return on_key(kms, {"Sign", &input, handle, Names::all});
}

Operation verify_operation(Kms& kms) {
  static const Shape input = structure(
      {key_id_member(), required("Message", blob().length(1, kMessageMax)), optional("MessageType", message_type()),
       required("Signature", blob().length(1, 6144)), required("SigningAlgorithm", signing_algorithm()),
       grant_tokens_member(), optional("DryRun", boolean())});
  auto handle = [&kms](Call& call, const Key& key) -> Result<Json> {
    const std::string algorithm = text_of(call.input, "SigningAlgorithm");
    TRY_VOID(check_fits(kms, key, "SIGN_VERIFY", algorithm, "Verify"));
    TRY(std::string digest, to_sign(call.input, algorithm));
    TRY_VOID(check_dry_run(call.input));
    if (!verify(key.material_bytes(kms.now()), algorithm, digest, bytes_of(call.input, "Signature")))
      return AwsError(errors::invalid_signature, "");
    return Json{{"KeyId", key.arn()}, {"SignatureValid", true}, {"SigningAlgorithm", algorithm}};
  };
  return on_key(kms, {"Verify", &input, handle, Names::all});
}

Operation generate_mac(Kms& kms) {
  static const Shape input =
      structure({required("Message", blob().length(1, kMessageMax)), key_id_member(),
                 required("MacAlgorithm", mac_algorithm()), grant_tokens_member(), optional("DryRun", boolean())});
  auto handle = [&kms](Call& call, const Key& key) -> Result<Json> {
    const std::string algorithm = text_of(call.input, "MacAlgorithm");
    TRY_VOID(check_fits(kms, key, "GENERATE_VERIFY_MAC", algorithm, "GenerateMac"));
    TRY_VOID(check_dry_run(call.input));
    const std::string mac = hmac(key.material_bytes(kms.now()), algorithm, bytes_of(call.input, "Message"));
    return Json{{"Mac", to_base64(mac)}, {"MacAlgorithm", algorithm}, {"KeyId", key.arn()}};
  };
  return on_key(kms, {"GenerateMac", &input, handle, Names::all});
}

Operation verify_mac(Kms& kms) {
  static const Shape input = structure(
      {required("Message", blob().length(1, kMessageMax)), key_id_member(), required("MacAlgorithm", mac_algorithm()),
       required("Mac", blob().length(1, 6144)), grant_tokens_member(), optional("DryRun", boolean())});
  auto handle = [&kms](Call& call, const Key& key) -> Result<Json> {
    const std::string algorithm = text_of(call.input, "MacAlgorithm");
    TRY_VOID(check_fits(kms, key, "GENERATE_VERIFY_MAC", algorithm, "VerifyMac"));
    TRY_VOID(check_dry_run(call.input));
    const std::string mac = hmac(key.material_bytes(kms.now()), algorithm, bytes_of(call.input, "Message"));
    const std::string given = bytes_of(call.input, "Mac");
    if (mac.size() != given.size() || CRYPTO_memcmp(mac.data(), given.data(), mac.size()) != 0)
      return AwsError(errors::invalid_mac, "");
    return Json{{"KeyId", key.arn()}, {"MacValid", true}, {"MacAlgorithm", algorithm}};
  };
  return on_key(kms, {"VerifyMac", &input, handle, Names::all});
}

Operation get_public_key(Kms& kms) {
  static const Shape input = structure({key_id_member(), grant_tokens_member()});
  auto handle = [&kms](Call&, const Key& key) -> Result<Json> {
    const std::string spec = key.spec, usage = key.usage;
    if (spec == "SYMMETRIC_DEFAULT" || spec.starts_with("HMAC_"))
      return AwsError(errors::unsupported,
                      key.arn() + " key spec is " + spec + " which is not valid for GetPublicKey.");  // unverified
    TRY_VOID(check_state(key, kms.now()));
    Json out{{"KeyId", key.arn()},
             {"PublicKey", to_base64(public_key_of(key.material_bytes(kms.now())))},
             {"CustomerMasterKeySpec", spec},
             {"KeySpec", spec},
             {"KeyUsage", usage}};
    const auto [member, algorithms] = algorithms_of(*find_spec(spec), usage);
    out[member] = algorithms;
    return out;
  };
  return on_key(kms, {"GetPublicKey", &input, handle, Names::all});
}

Operation derive_shared_secret(Kms& kms) {
  static const Shape input =
      structure({key_id_member(), required("KeyAgreementAlgorithm", string().one_of({"ECDH"})),
                 required("PublicKey", blob().length(1, 8192)), grant_tokens_member(), optional("DryRun", boolean())});
  auto handle = [&kms](Call& call, const Key& key) -> Result<Json> {
    TRY_VOID(check_fits(kms, key, "KEY_AGREEMENT", "ECDH", "DeriveSharedSecret"));
    TRY_VOID(check_dry_run(call.input));
    const auto secret = shared_secret(key.material_bytes(kms.now()), bytes_of(call.input, "PublicKey"));
    if (!secret)  // unverified
      return AwsError(errors::validation, "The public key is not valid for key spec " + key.spec + ".");
    return Json{{"KeyId", key.arn()},
                {"SharedSecret", to_base64(*secret)},
                {"KeyAgreementAlgorithm", "ECDH"},
                {"KeyOrigin", key.origin}};
  };
  return on_key(kms, {"DeriveSharedSecret", &input, handle, Names::all});
}

}  // namespace

Operations signing_operations(Kms& kms) {
  return {sign_operation(kms), verify_operation(kms), generate_mac(kms),
          verify_mac(kms),     get_public_key(kms),   derive_shared_secret(kms)};
}

}  // namespace millrace::kms
