#pragma once
// KMS as the services need it that encrypt with a key that AWS manages. Implemented by emulator/services/kms.

#include <string>

#include "emulator/base/result.h"

namespace millrace::ports {

class Keys {
 public:
  virtual ~Keys() = default;
  /// The ARN of the key `alias/aws/<service>` of an account in a region; the same for ever. Reads nothing, so that
  /// a change may ask for it.
  virtual std::string managed_key_arn(const std::string& account, const std::string& region,
                                      const std::string& service) const = 0;
  /// The key exists from its first use on. Not to be called from a change.
  virtual Result<void> use_managed_key(const std::string& account, const std::string& region,
                                       const std::string& service) = 0;
};

}  // namespace millrace::ports
