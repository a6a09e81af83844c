#pragma once
// Checks of single texts of a policy document, with IAM's words for what is wrong. Used by the parser.

#include <string_view>

#include "emulator/base/result.h"

namespace millrace::access {

/// `service:Name` or `*`.
Result<void> check_action(std::string_view action);
/// `service:name` or a provider's `host/path:claim`.
Result<void> check_condition_key(std::string_view key);
/// An ARN, possibly with wildcards and variables, or `*`.
Result<void> check_resource(std::string_view resource);

}  // namespace millrace::access
