#pragma once
// Secrets Manager: secrets, their versions, and their rotation by functions.

#include <functional>
#include <memory>
#include <string>

#include "emulator/base/work_in_progress.h"
#include "emulator/ports/encryption.h"
#include "emulator/ports/function_caller.h"
#include "emulator/protocol/service.h"
#include "emulator/services/service_context.h"

namespace millrace::secretsmanager {

/// What the room needs of others.
struct Ports {
  std::shared_ptr<ports::Encryption> keys;           // encrypts the values
  std::shared_ptr<ports::FunctionCaller> functions;  // rotates
  /// Whether the function is there, and lets Secrets Manager invoke it for that secret.
  std::function<bool(const std::string& function_arn, const std::string& secret_arn, const std::string& account)>
      may_invoke;
};

struct Room {
  std::shared_ptr<protocol::Service> service;
  /// GetSecretValue's answer for the newest version, for the Parameter Store's references.
  std::function<Result<Json>(const std::string& account, const std::string& region, const std::string& id)> read;
  WorkInProgress* rotations = nullptr;  // steps under way; lives as long as `service`
  std::function<void()> stop;           // no rotation goes on after it
};
Room make_room(ServiceContext context, Ports ports);

}  // namespace millrace::secretsmanager
