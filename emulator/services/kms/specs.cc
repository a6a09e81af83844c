#include "emulator/services/kms/specs.h"

namespace millrace::kms {

namespace {

const std::vector<const char*> kOaep{"RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256"};
const std::vector<const char*> kRsaSigning{"RSASSA_PKCS1_V1_5_SHA_256", "RSASSA_PKCS1_V1_5_SHA_384",
                                           "RSASSA_PKCS1_V1_5_SHA_512", "RSASSA_PSS_SHA_256",
                                           "RSASSA_PSS_SHA_384",        "RSASSA_PSS_SHA_512"};
const std::vector<const char*> kRsaUsages{"SIGN_VERIFY", "ENCRYPT_DECRYPT"};
const std::vector<const char*> kEccUsages{"SIGN_VERIFY", "KEY_AGREEMENT"};

const std::vector<Spec>& specs() {
  static const std::vector<Spec> all{
      {"SYMMETRIC_DEFAULT", {"ENCRYPT_DECRYPT"}, {"SYMMETRIC_DEFAULT"}},
      {"RSA_2048", kRsaUsages, kOaep, kRsaSigning},
      {"RSA_3072", kRsaUsages, kOaep, kRsaSigning},
      {"RSA_4096", kRsaUsages, kOaep, kRsaSigning},
      {"ECC_NIST_P256", kEccUsages, {}, {"ECDSA_SHA_256"}},
      {"ECC_NIST_P384", kEccUsages, {}, {"ECDSA_SHA_384"}},
      {"ECC_NIST_P521", kEccUsages, {}, {"ECDSA_SHA_512"}},
      {"ECC_SECG_P256K1", {"SIGN_VERIFY"}, {}, {"ECDSA_SHA_256"}},
      {"ECC_NIST_EDWARDS25519", {"SIGN_VERIFY"}, {}, {"ED25519_SHA_512", "ED25519_PH_SHA_512"}},
      {"HMAC_224", {"GENERATE_VERIFY_MAC"}, {}, {}, {"HMAC_SHA_224"}},
      {"HMAC_256", {"GENERATE_VERIFY_MAC"}, {}, {}, {"HMAC_SHA_256"}},
      {"HMAC_384", {"GENERATE_VERIFY_MAC"}, {}, {}, {"HMAC_SHA_384"}},
      {"HMAC_512", {"GENERATE_VERIFY_MAC"}, {}, {}, {"HMAC_SHA_512"}},
  };
  return all;
}

}  // namespace

const Spec* find_spec(const std::string& name) {
  for (const Spec& spec : specs()) {
    if (name == spec.name) return &spec;
  }
  return nullptr;
}

std::pair<const char*, std::vector<std::string>> algorithms_of(const Spec& spec, const std::string& usage) {
  auto texts = [](const std::vector<const char*>& list) { return std::vector<std::string>(list.begin(), list.end()); };
  if (usage == "SIGN_VERIFY") return {"SigningAlgorithms", texts(spec.signing)};
  if (usage == "GENERATE_VERIFY_MAC") return {"MacAlgorithms", texts(spec.mac)};
  if (usage == "KEY_AGREEMENT") return {"KeyAgreementAlgorithms", {"ECDH"}};
  return {"EncryptionAlgorithms", texts(spec.encryption)};
}

size_t rsa_plaintext_max(const std::string& spec, const std::string& algorithm) {
  const size_t modulus = static_cast<size_t>(std::stoi(spec.substr(4))) / 8;
  return modulus - 2 - 2 * (algorithm == "RSAES_OAEP_SHA_1" ? 20 : 32);
}

}  // namespace millrace::kms
