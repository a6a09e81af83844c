#pragma once
// Secrets as the Parameter Store reads them for its references. Implemented by emulator/services/secretsmanager.

#include <string>

#include "emulator/base/result.h"

namespace millrace::ports {

class Secrets {
 public:
  virtual ~Secrets() = default;
  /// GetSecretValue's answer for the current version. What a caller must be allowed is its service's to ask.
  virtual Result<Json> read(const std::string& account, const std::string& region, const std::string& id) = 0;
};

}  // namespace millrace::ports
