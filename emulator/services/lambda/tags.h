#pragma once
// Tags of functions and event source mappings.

#include "emulator/services/lambda/state.h"

namespace millrace::lambda {

/// `Number of tags exceeds resource tag limit.` beyond fifty; keys that begin with aws: are AWS's own.
Result<void> check_tags(const Json& tags);

}  // namespace millrace::lambda
