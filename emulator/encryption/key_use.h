#pragma once
// A customer's key, as services use it that keep something under it: the key must be there and usable, and whoever makes
// the service use it must be allowed to. Under a key of AWS's own nothing is asked of callers of the account.

#include <optional>
#include <string>
#include <vector>

#include "emulator/ports/authority.h"
#include "emulator/ports/destination.h"
#include "emulator/ports/encryption.h"
#include "emulator/protocol/identity.h"

namespace millrace::encryption {

/// What KMS says to whom a policy doesn't let.
inline constexpr ErrorKind kAccessDenied{"AccessDeniedException"};

/// A service that uses keys in its callers' names.
struct KeyUser {
  ports::Encryption* keys = nullptr;  // without it nothing is under a key
  protocol::Identity* identity = nullptr;
  const char* service = "";  // "sns": kms:ViaService
};

/// The key of one of the service's resources.
struct KeyOf {
  const std::string& account;  // the resource's
  const std::string& region;
  std::string name;  // by id, ARN, alias; empty: none
  ports::EncryptionContext context;
};

/// The customer's key, usable now; nullopt without one, or under AWS's own. Errors in KMS's own codes: NotFoundException,
/// DisabledException, KMSInvalidStateException, InvalidKeyUsageException.
Result<std::optional<ports::KeyFacts>> usable_key(ports::Encryption* keys, const KeyOf& key);

/// The same, and the caller may do these of KMS's actions ("GenerateDataKey"); else AccessDeniedException. Not from a change.
Result<std::optional<ports::KeyFacts>> use_key(const KeyUser& user, const KeyOf& key, const protocol::Call& call,
                                               const std::vector<std::string>& actions);

/// The same for what a service or a role sends, which both may need a key's policy: AWS's own lets no other service in.
Result<void> use_key_as_sender(const KeyUser& user, const KeyOf& key, ports::Authority& authority,
                               const ports::Destination::Sender& sender, const std::vector<std::string>& actions);

/// KMS's error as AWS's SDK for Java words it in another service's message.
std::string sdk_words(const AwsError& error, const std::string& request_id);
/// The same as the exception's own text, with its class: how DynamoDB repeats it.
std::string exception_words(const AwsError& error, const std::string& request_id);

}  // namespace millrace::encryption
