#pragma once
// Provisioned concurrency: one document per version or alias under {"lambda", account, region, "provisioned", function,
// qualifier}: `requested`, `qualifier`, `function` (its ARN), `modified_ms`. The pool keeps the environments initialised.

#include "emulator/services/lambda/state.h"

namespace millrace::lambda {

/// Makes the pool keep what the documents of the function ask for now: to be called after a change of a configuration
/// or of an alias. Returns at once.
void refresh_provisioned(Lambda& lambda, const FunctionRef& function);
/// The same for every function, at the start.
void refresh_all_provisioned(Lambda& lambda);

}  // namespace millrace::lambda
