#pragma once
// The lines that the platform itself writes into a function's log, in Text and in JSON format. Pure
// functions. Source: recorded log events; the JSON forms follow the Lambda telemetry event schema.

#include <optional>
#include <string>

#include "emulator/base/clock.h"
#include "emulator/ports/function_catalog.h"
#include "runtime/pool/extensions.h"

namespace millrace::pool {

/// What one invocation came to.
struct InvocationReport {
  std::string request_id;
  double duration_ms = 0;
  std::optional<double> init_ms;  // a cold start's
  int memory_mb = 128;
  int max_memory_mb = 0;
  std::string status = "success";  // "success", "error", "timeout"
  std::string error_type;          // with "error", where the runtime or platform failed
};

/// What an initialisation came to.
struct InitReport {
  std::string type = "on-demand";  // or "provisioned-concurrency"
  std::string phase = "init";      // or "invoke", where it was done within an invocation
  double duration_ms = 0;
  std::string status = "success";  // "success", "error", "timeout"
  std::string error_type;
};

/// Whole milliseconds that are billed: duration and initialisation together, rounded up.
int64_t billed_ms(const InvocationReport& report);

/// `3.01`: two decimals, as everywhere in these lines.
std::string two_decimals(double value);

/// Every function returns the event's text, ending in a newline, or nothing where the format or the
/// function's system log level leaves the event out. The levels are those of AWS's table "system log level
/// event mapping": what fails is WARN; of what succeeds, starts and reports are INFO and the rest DEBUG.
using Line = std::optional<std::string>;

Line init_start_line(const ports::FunctionVersion& function, Millis now, const std::string& type);
/// platform.initRuntimeDone; JSON only.
Line init_done_line(const ports::FunctionVersion& function, Millis now, const InitReport& report);
/// In Text, what succeeds on demand has no line.
Line init_report_line(const ports::FunctionVersion& function, Millis now, const InitReport& report);
/// One registered extension. With JSON logs `platform.extension`.
Line extension_line(const ports::FunctionVersion& function, Millis now, const Extensions::Registered& extension);
Line start_line(const ports::FunctionVersion& function, Millis now, const std::string& request_id);
Line timeout_line(const ports::FunctionVersion& function, Millis now, const std::string& request_id);
/// `reason` is the error message of the document, `error_type` e.g. "Runtime.ExitError".
Line exit_line(const ports::FunctionVersion& function, Millis now, const std::string& reason,
               const std::string& error_type);
/// platform.runtimeDone; JSON only.
Line runtime_done_line(const ports::FunctionVersion& function, Millis now, const InvocationReport& report,
                       size_t produced_bytes);
Line end_line(const ports::FunctionVersion& function, const std::string& request_id);
Line report_line(const ports::FunctionVersion& function, Millis now, const InvocationReport& report);

/// arn:aws:lambda:<region>::runtime:<64 hex digits>, the same for a label every time.
std::string runtime_version_arn(const ports::FunctionVersion& function);

}  // namespace millrace::pool
