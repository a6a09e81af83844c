#pragma once
// KMS as the services need it that encrypt, with AWS's keys or with customers'. Implemented by emulator/services/kms.

#include <map>
#include <string>
#include <vector>

#include "emulator/base/result.h"
#include "emulator/ports/authority.h"
#include "emulator/ports/keys.h"

namespace millrace::ports {

/// What a ciphertext is bound to: it is read back only with the same.
using EncryptionContext = std::map<std::string, std::string>;

/// A key as those see it who encrypt with it.
struct KeyFacts {
  std::string arn;
  bool aws_managed = false;
  bool symmetric = true;
};

/// What a ciphertext held, and the key that it was under.
struct Deciphered {
  std::string plaintext;
  std::string key_arn;
};

/// A grant as services give it: that a role or another service may use the key with exactly this context.
struct ServiceGrant {
  std::string grantee;  // a role's ARN, or a service principal
  std::string account;  // in whose name
  std::vector<std::string> operations;
  EncryptionContext context;
};

class Encryption : public Keys {
 public:
  /// The key that a key's id or ARN, an alias or an alias' ARN names, whatever its state. NotFoundException, in KMS's words.
  virtual Result<KeyFacts> find_key(const std::string& account, const std::string& region,
                                    const std::string& name) const = 0;
  /// Nothing if the key can encrypt now; else NotFoundException, DisabledException, KMSInvalidStateException or
  /// InvalidKeyUsageException.
  virtual Result<void> check_usable(const std::string& key_arn) = 0;
  /// A ciphertext of any length, bound to the context. What a caller must be allowed is its service's to ask. Errors as
  /// check_usable's. Not to be called from a change.
  virtual Result<std::string> encrypt(const std::string& key_arn, const std::string& plaintext,
                                      const EncryptionContext& context) = 0;
  /// The other way; InvalidCiphertextException if it isn't one, or the context is another.
  virtual Result<Deciphered> decrypt(const std::string& region, const std::string& ciphertext,
                                     const EncryptionContext& context) = 0;
  /// The same while the key is disabled or waits for its deletion: what a service needs to go on by itself. Who may see what
  /// it opens is asked where it is seen.
  virtual Result<Deciphered> decrypt_in_any_state(const std::string& region, const std::string& ciphertext,
                                                  const EncryptionContext& context) = 0;
  /// Gives a customer's key a grant, unless it has the same already. LimitExceededException. Not to be called from a change.
  virtual Result<void> grant(const std::string& key_arn, const ServiceGrant& grant) = 0;
  /// The ARN of the key that a ciphertext is under, without looking whether it is there; empty if it isn't one of ours.
  virtual std::string key_of(const std::string& region, const std::string& ciphertext) const = 0;
  /// The key's policy with its grants as statements, as IAM is to evaluate it; empty if there is no such key.
  virtual std::string policy(const std::string& key_arn) const = 0;
};

/// The condition keys of a request to KMS that `service` makes for the caller: kms:ViaService, kms:CallerAccount,
/// kms:EncryptionContext:... and kms:EncryptionContextKeys.
inline RequestContext key_use_context(const std::string& service, const std::string& region,
                                      const std::string& caller_account, const EncryptionContext& context) {
  RequestContext out{{"kms:calleraccount", {caller_account}}};
  if (!service.empty()) out["kms:viaservice"] = {service + "." + region + ".amazonaws.com"};
  for (const auto& [name, value] : context) {
    std::string key = "kms:encryptioncontext:" + name;
    for (char& c : key) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
    out[key] = {value};
    out["kms:encryptioncontextkeys"].push_back(name);
  }
  return out;
}

}  // namespace millrace::ports
