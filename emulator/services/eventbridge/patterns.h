#pragma once
// Event patterns: the filter room's language, with EventBridge's words for what it refuses.

#include "emulator/base/result.h"
#include "runtime/filter/filter_pattern.h"

namespace millrace::eventbridge {

/// InvalidEventPatternException, with the rule engine's reason.
Result<filter::FilterPattern> compile_pattern(const std::string& text);

}  // namespace millrace::eventbridge
