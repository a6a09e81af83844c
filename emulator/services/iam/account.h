#pragma once

#include "emulator/services/iam/directory.h"

namespace millrace::iam {

/// PasswordPolicyViolation if the password doesn't satisfy the account's password policy.
Result<void> check_password(const Reader& reader, const std::string& account, const std::string& password);

}  // namespace millrace::iam
