#pragma once
// Resource policies of functions, their versions and aliases: documents {"statements": [...], "revision"} under
// {"lambda", account, region, "policy", name, qualifier or ""}.

#include <string>

#include "emulator/services/lambda/state.h"

namespace millrace::lambda {

/// The policy document as GetPolicy prints it; empty if there are no statements.
std::string policy_text(const storage::Reader& reader, const FunctionRef& ref);

}  // namespace millrace::lambda
