#pragma once
// The runtimes' identifiers as AWS knows them.

#include <string>
#include <vector>

#include "emulator/base/result.h"

namespace millrace::lambda {

/// Those that functions can be made with.
std::vector<std::string> runtime_names();
/// Those that a layer version may say it suits: retired ones too, last. unverified: their order in messages.
std::vector<std::string> layer_runtime_names();
/// Errors: unknown (with AWS's enumeration), or retired, unless those are let in.
Result<void> check_runtime(const std::string& runtime, bool retired_too);

/// Whether a version of a function with the runtime can be published from a snapshot (SnapStart).
bool has_snap_start(const std::string& runtime);

}  // namespace millrace::lambda
