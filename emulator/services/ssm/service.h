#pragma once
// Systems Manager, of which the Parameter Store is built.

#include <functional>
#include <memory>
#include <string>

#include "emulator/ports/encryption.h"
#include "emulator/protocol/service.h"
#include "emulator/services/service_context.h"

namespace millrace::ssm {

/// GetSecretValue's answer for /aws/reference/secretsmanager/<id>; may be empty.
using ReadSecret =
    std::function<Result<Json>(const std::string& account, const std::string& region, const std::string& id)>;

/// `keys` encrypts SecureStrings.
std::shared_ptr<protocol::Service> make_service(ServiceContext context, std::shared_ptr<ports::Encryption> keys,
                                                ReadSecret read_secret);

}  // namespace millrace::ssm
