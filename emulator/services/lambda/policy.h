#pragma once
// Resource policies of functions, their versions and aliases: documents {"statements": [...], "revision"} under
// {"lambda", account, region, "policy", name, qualifier or ""}. Layer versions have the same kind of document.

#include <string>

#include "emulator/services/lambda/state.h"

namespace millrace::lambda {

/// The policy document as GetPolicy prints it; empty if there are no statements.
std::string policy_text(const storage::Reader& reader, const FunctionRef& ref);
/// The same for any holder of statements.
std::string policy_text(const Json& holder);

/// The `Principal` element of a principal as given: an account becomes its root, a service a service.
/// Error: `The provided principal was invalid...`.
Result<Json> principal_element(const std::string& principal);

/// True if a statement of the holder has this Sid.
bool has_statement(const Json& holder, const std::string& sid);

}  // namespace millrace::lambda
