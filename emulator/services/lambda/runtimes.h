#pragma once
// The runtimes' identifiers as AWS knows them.

#include <string>

#include "emulator/base/result.h"

namespace millrace::lambda {

/// Errors: unknown (with AWS's enumeration), or retired.
Result<void> check_runtime(const std::string& runtime);

}  // namespace millrace::lambda
