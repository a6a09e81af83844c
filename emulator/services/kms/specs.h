#pragma once
// Key specs: what a key of each can do. Source: botocore's model and
// https://docs.aws.amazon.com/kms/latest/developerguide/symm-asymm-choose-key-spec.html

#include <string>
#include <vector>

namespace millrace::kms {

struct Spec {
  const char* name;
  std::vector<const char*> usages;
  std::vector<const char*> encryption = {};
  std::vector<const char*> signing = {};
  std::vector<const char*> mac = {};
};

/// nullptr for what isn't a spec, or one that OpenSSL 3.0 has no cryptography for (ML-DSA, SM2).
const Spec* find_spec(const std::string& name);
/// The member of a key's metadata that lists what it does under this usage ("SigningAlgorithms"), and the list.
std::pair<const char*, std::vector<std::string>> algorithms_of(const Spec& spec, const std::string& usage);
/// How many bytes RSA takes by OAEP: 190 for RSA_2048 with SHA-256.
size_t rsa_plaintext_max(const std::string& spec, const std::string& algorithm);

}  // namespace millrace::kms
