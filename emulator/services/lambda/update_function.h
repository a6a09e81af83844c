#pragma once
// The rules that updates of a function share.

#include "emulator/services/lambda/state.h"

namespace millrace::lambda {

/// Loads $LATEST for an update. Errors: no such function; a wrong RevisionId; an update or the creation in progress.
Result<Json> load_for_update(Lambda& lambda, const storage::Reader& reader, const FunctionRef& ref, const Json& input);

}  // namespace millrace::lambda
