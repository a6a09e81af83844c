#pragma once

#include "emulator/services/iam/directory.h"

namespace millrace::iam {

/// PasswordPolicyViolation if the password doesn't satisfy the account's password policy.
Result<void> check_password(const Reader& reader, const std::string& account, const std::string& password);

/// Days after which the password policy lets passwords expire; 0 if it doesn't.
int64_t password_age_days_max(const Reader& reader, const std::string& account);
/// True if users may change their own passwords without a policy that says so.
bool users_change_passwords(const Reader& reader, const std::string& account);

}  // namespace millrace::iam
