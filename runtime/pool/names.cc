#include "runtime/pool/names.h"

#include <fmt/format.h>

#include <csignal>

namespace millrace::pool {

namespace {

// The names that Go gives signals, which is what Lambda's own supervisor prints.
std::string signal_name(int signal) {
  switch (signal) {
    case SIGHUP: return "hangup";
    case SIGINT: return "interrupt";
    case SIGQUIT: return "quit";
    case SIGILL: return "illegal instruction";
    case SIGTRAP: return "trace/breakpoint trap";
    case SIGABRT: return "aborted";
    case SIGBUS: return "bus error";
    case SIGFPE: return "floating point exception";
    case SIGKILL: return "killed";
    case SIGUSR1: return "user defined signal 1";
    case SIGSEGV: return "segmentation fault";
    case SIGUSR2: return "user defined signal 2";
    case SIGPIPE: return "broken pipe";
    case SIGALRM: return "alarm clock";
    case SIGTERM: return "terminated";
    default: return "signal " + std::to_string(signal);
  }
}

}  // namespace

std::string log_stream_name(const ports::FunctionVersion& function, Millis now, Random& random) {
  CalendarTime t = calendar(now);
  return fmt::format("{:04}/{:02}/{:02}/[{}]{}", t.year, t.month, t.day, function.version, random.hex(32));
}

std::string trace_id(Millis now, Random& random) {
  return fmt::format("Root=1-{:08x}-{};Parent={};Sampled=0", now / 1000, random.hex(24), random.hex(16));
}

std::string exit_reason(const ProcessExit& exit) {
  if (exit.signal != 0) return "Runtime exited with error: signal: " + signal_name(exit.signal);
  if (exit.code == 0) return "Runtime exited without providing a reason";
  return "Runtime exited with error: exit status " + std::to_string(exit.code);
}

std::string account_key(const ports::FunctionVersion& function) {
  return function.account + "/" + function.region;
}

std::string version_key(const ports::FunctionVersion& function) {
  return function.function_arn + ":" + function.version;
}

std::string idle_key(const ports::FunctionVersion& function) {
  return function.tenant_id.empty() ? function.environment_key : function.environment_key + "\n" + function.tenant_id;
}

std::string session_name(const std::string& function) {
  return function.size() < 2 ? function + "@lambda_function" : function;
}

}  // namespace millrace::pool
