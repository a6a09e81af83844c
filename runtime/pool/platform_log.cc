#include "runtime/pool/platform_log.h"

#include <fmt/format.h>

#include <cmath>

#include "emulator/base/encoding.h"
#include "emulator/base/json.h"

namespace millrace::pool {

namespace {

bool is_json(const ports::FunctionVersion& function) {
  return function.log_format == "JSON";
}

// "python3.13" as the platform writes it, "python:3.13.v1"; other labels likewise where they begin with
// letters.
std::string runtime_version(const std::string& label) {
  size_t digits = label.find_first_of("0123456789");
  if (digits == std::string::npos || digits == 0) return label;
  return label.substr(0, digits) + ":" + label.substr(digits) + ".v1";
}

enum class Level { debug, info, warn };

bool wanted(const ports::FunctionVersion& function, Level level) {
  Level lowest = Level::info;
  if (function.system_log_level == "DEBUG") lowest = Level::debug;
  if (function.system_log_level == "WARN") lowest = Level::warn;
  return level >= lowest;
}

Level level_of(const std::string& status, Level of_success) {
  return status == "success" ? of_success : Level::warn;
}

std::string event(Millis now, const char* type, Json record) {
  return to_text(Json{{"time", iso_millis(now)}, {"type", type}, {"record", std::move(record)}}) + "\n";
}

double rounded(double value) {
  return std::round(value * 1000) / 1000;
}

}  // namespace

std::string two_decimals(double value) {
  return fmt::format("{:.2f}", value);
}

int64_t billed_ms(const InvocationReport& report) {
  return static_cast<int64_t>(std::ceil(report.duration_ms + report.init_ms.value_or(0)));
}

std::string runtime_version_arn(const ports::FunctionVersion& function) {
  return "arn:aws:lambda:" + function.region + "::runtime:" + to_hex(sha256("runtime " + function.runtime));
}

Line init_start_line(const ports::FunctionVersion& function, Millis now, const std::string& type) {
  if (!is_json(function))
    return "INIT_START Runtime Version: " + runtime_version(function.runtime) +
           "\tRuntime Version ARN: " + runtime_version_arn(function) + "\n";
  if (!wanted(function, Level::info)) return std::nullopt;
  return event(now, "platform.initStart",
               {{"initializationType", type},
                {"phase", "init"},
                {"runtimeVersion", runtime_version(function.runtime)},
                {"runtimeVersionArn", runtime_version_arn(function)},
                {"functionName", function.name},
                {"functionVersion", function.version}});
}

Line init_done_line(const ports::FunctionVersion& function, Millis now, const InitReport& report) {
  if (!is_json(function) || !wanted(function, level_of(report.status, Level::debug))) return std::nullopt;
  Json record = {{"initializationType", report.type}, {"phase", report.phase}, {"status", report.status}};
  if (!report.error_type.empty()) record["errorType"] = report.error_type;
  return event(now, "platform.initRuntimeDone", std::move(record));
}

Line init_report_line(const ports::FunctionVersion& function, Millis now, const InitReport& report) {
  bool on_demand = report.type == "on-demand";
  if (!is_json(function)) {
    if (on_demand && report.status == "success") return std::nullopt;
    std::string line = "INIT_REPORT Init Duration: " + two_decimals(report.duration_ms) +
                       " ms\tPhase: " + report.phase + "\tStatus: " + report.status;
    if (!report.error_type.empty()) line += "\tError Type: " + report.error_type;
    return line + "\n";
  }
  if (!wanted(function, level_of(report.status, on_demand ? Level::debug : Level::info))) return std::nullopt;
  Json record = {{"initializationType", report.type},
                 {"status", report.status},
                 {"phase", report.phase},
                 {"metrics", {{"durationMs", rounded(report.duration_ms)}}}};
  if (!report.error_type.empty()) record["errorType"] = report.error_type;
  return event(now, "platform.initReport", std::move(record));
}

Line extension_line(const ports::FunctionVersion& function, Millis now, const Extensions::Registered& extension) {
  if (is_json(function)) {
    if (!wanted(function, Level::info)) return std::nullopt;
    return event(now, "platform.extension",
                 {{"name", extension.name}, {"state", "Ready"}, {"events", extension.events}});
  }
  std::string events;
  for (const std::string& one : extension.events) events += (events.empty() ? "" : ",") + one;
  return "EXTENSION\tName: " + extension.name + "\tState: Ready\tEvents: [" + events + "]\n";
}

Line start_line(const ports::FunctionVersion& function, Millis now, const std::string& request_id) {
  if (!is_json(function)) return "START RequestId: " + request_id + " Version: " + function.version + "\n";
  if (!wanted(function, Level::info)) return std::nullopt;
  return event(now, "platform.start", {{"requestId", request_id}, {"version", function.version}});
}

Line timeout_line(const ports::FunctionVersion& function, Millis now, const std::string& request_id) {
  if (is_json(function)) return std::nullopt;  // the report says it
  return iso_millis(now) + " " + request_id + " Task timed out after " + two_decimals(function.timeout_s) +
         " seconds\n\n";
}

Line exit_line(const ports::FunctionVersion& function, Millis, const std::string& reason,
               const std::string& error_type) {
  if (is_json(function)) return std::nullopt;  // the report says it
  return reason + "\n" + error_type + "\n";
}

Line runtime_done_line(const ports::FunctionVersion& function, Millis now, const InvocationReport& report,
                       size_t produced_bytes) {
  if (!is_json(function) || !wanted(function, level_of(report.status, Level::debug))) return std::nullopt;
  Json record = {{"requestId", report.request_id},
                 {"status", report.status},
                 {"metrics", {{"durationMs", rounded(report.duration_ms)}, {"producedBytes", produced_bytes}}}};
  if (!report.error_type.empty()) record["errorType"] = report.error_type;
  return event(now, "platform.runtimeDone", std::move(record));
}

Line end_line(const ports::FunctionVersion& function, const std::string& request_id) {
  if (is_json(function)) return std::nullopt;  // JSON logs have no END at the level INFO
  return "END RequestId: " + request_id + "\n";
}

Line report_line(const ports::FunctionVersion& function, Millis now, const InvocationReport& report) {
  bool failed = report.status != "success";
  if (is_json(function)) {
    if (!wanted(function, level_of(report.status, Level::info))) return std::nullopt;
    Json metrics = {{"durationMs", rounded(report.duration_ms)},
                    {"billedDurationMs", billed_ms(report)},
                    {"memorySizeMB", report.memory_mb},
                    {"maxMemoryUsedMB", report.max_memory_mb}};
    if (report.init_ms) metrics["initDurationMs"] = rounded(*report.init_ms);
    Json record = {{"requestId", report.request_id}, {"metrics", std::move(metrics)}, {"status", report.status}};
    if (!report.error_type.empty()) record["errorType"] = report.error_type;
    return event(now, "platform.report", std::move(record));
  }
  std::string line = fmt::format(
      "REPORT RequestId: {}\tDuration: {:.2f} ms\tBilled Duration: {} ms\tMemory Size: {} MB\tMax Memory "
      "Used: {} "
      "MB\t",
      report.request_id, report.duration_ms, billed_ms(report), report.memory_mb, report.max_memory_mb);
  if (report.init_ms) line += "Init Duration: " + two_decimals(*report.init_ms) + " ms\t";
  // unverified: where the status stands in the line; seen since 2024 on timeouts and runtime errors only
  if (failed) line += "Status: " + report.status;
  if (failed && !report.error_type.empty()) line += "\tError Type: " + report.error_type;
  return line + "\n";
}

}  // namespace millrace::pool
