#pragma once
// Resource policies of functions, their versions and aliases: documents {"statements": [...], "head", "revision"} under
// {"lambda", account, region, "policy", name, qualifier or ""}. Layer versions have the same kind of document.

#include <string>

#include "emulator/services/lambda/state.h"

namespace millrace::lambda {

/// The policy document as GetPolicy prints it; empty if there are no statements.
std::string policy_text(const storage::Reader& reader, const FunctionRef& ref);
/// Where the policy of a function, version or alias lies.
std::string policy_key(const FunctionRef& ref);
/// A change of its policy gives the function a new revision too [rec].
void touch_function(Lambda& lambda, storage::Txn& txn, const FunctionRef& ref);
/// The same for any holder of statements. `head`, if it is there, holds what stands beside the statements.
std::string policy_text(const Json& holder);

/// The `Principal` element of a principal as given: an account becomes its root, a service a service.
/// Error: `The provided principal was invalid...`.
Result<Json> principal_element(const std::string& principal);

/// True if a statement of the holder has this Sid.
bool has_statement(const Json& holder, const std::string& sid);

}  // namespace millrace::lambda
