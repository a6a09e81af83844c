#pragma once
// The runtimes' identifiers as AWS knows them.

#include <string>
#include <vector>

#include "emulator/base/result.h"

namespace millrace::lambda {

/// All of them, retired ones last.
std::vector<std::string> runtime_names();
/// Errors: unknown (with AWS's enumeration), or retired.
Result<void> check_runtime(const std::string& runtime);

/// Whether a version of a function with the runtime can be published from a snapshot (SnapStart).
bool has_snap_start(const std::string& runtime);

}  // namespace millrace::lambda
