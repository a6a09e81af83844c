#pragma once
// Names and phrases of execution environments. Pure functions.

#include <string>

#include "emulator/base/clock.h"
#include "emulator/base/random.h"
#include "emulator/ports/function_catalog.h"
#include "runtime/pool/parent_link.h"

namespace millrace::pool {

/// 2024/01/31/[$LATEST]<32 hex digits>
std::string log_stream_name(const ports::FunctionVersion& function, Millis now, Random& random);

/// The value of the X-Ray trace header: not sampled, as nothing records traces here.
std::string trace_id(Millis now, Random& random);

/// What counts as one account in a region, as one version of a function; and whom an idle environment may serve.
std::string account_key(const ports::FunctionVersion& function);
std::string version_key(const ports::FunctionVersion& function);
std::string idle_key(const ports::FunctionVersion& function);
/// AWS's name for the function's session: a session's name has two letters at least [rec].
std::string session_name(const std::string& function);

/// "Runtime exited with error: exit status 1", "... signal: killed"; "Runtime exited without providing a
/// reason" for exit code 0.
std::string exit_reason(const ProcessExit& exit);

}  // namespace millrace::pool
