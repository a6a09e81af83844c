#pragma once
// Tags of functions and event source mappings.

#include "emulator/services/lambda/state.h"

namespace millrace::lambda {

/// `Number of tags exceeds resource tag limit.` beyond fifty.
Result<void> check_tag_count(const Json& tags);

}  // namespace millrace::lambda
