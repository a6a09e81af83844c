#pragma once
// The pipeline's two questions about a caller: whose key is this, and may they do that. Implemented by
// emulator/services/iam.

#include <optional>
#include <string>

#include "emulator/base/clock.h"
#include "emulator/protocol/operation.h"
#include "emulator/protocol/service.h"

namespace millrace::protocol {

/// An access key that this emulator issued.
struct IssuedKey {
  std::string secret_access_key;
  std::string session_token;  // empty for long-term keys
  std::string account;
  std::string principal_arn;
  std::string user_id;
  Millis expires_ms = 0;  // 0: never
  bool active = true;
};

class Identity {
 public:
  virtual ~Identity() = default;
  /// The key's owner, or nullopt if this emulator didn't issue it. Cheap: called for every request.
  virtual std::optional<IssuedKey> find_key(const std::string& access_key_id) = 0;
  /// nullopt: allowed. Knows --iam off and audit. For a root caller only resource policies can deny.
  virtual std::optional<Denial> authorize(const Call& call, const AccessNeeds& needs) = 0;
};

}  // namespace millrace::protocol
