#pragma once
// What CreateFunction and UpdateFunctionConfiguration have in common: the settings' constraints and the checks that
// AWS words itself.

#include <string>
#include <vector>

#include "emulator/services/lambda/state.h"

namespace millrace::lambda {

inline constexpr const char* kKmsKeyPattern = R"((arn:(aws[a-zA-Z-]*)?:[a-z0-9-.]+:.*)|())";

/// The settings' members with their constraints, in the API model's order.
std::vector<protocol::Member> settings_members(bool role_required);

/// Copies what the input sets into `config`: given members replace, absent ones stay. AWS's own forms: Layers become
/// {Arn, CodeSize}; an empty DeadLetterConfig, KMSKeyArn or VpcConfig clears.
/// Errors: runtime, environment, layers, as AWS words them.
Result<void> apply_settings(Lambda& lambda, const FunctionRef& ref, const Json& input, Json& document);

/// A role is passed within its account only; check_role() refuses others in Lambda's words.
bool is_foreign_role(const std::string& role, const std::string& account);
/// iam:PassRole on a role of the account.
void add_pass_role_need(const std::string& role, const std::string& account, protocol::AccessNeeds& needs);

/// `The role defined for the function cannot be assumed by Lambda.` and, for a dead-letter target, the permissions.
Result<void> check_role(Lambda& lambda, const FunctionRef& ref, const Json& config);

}  // namespace millrace::lambda
