#include "emulator/faults/faulty_invoker.h"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include "emulator/base/json.h"

namespace millrace::faults {

using ports::Invocation;
using ports::InvocationFault;
using ports::InvocationResult;
using ports::InvocationStatus;

namespace {

/// What the function answers instead of being called, in the words of the pool's own ends.
InvocationResult instead_of(const InvocationFault& fault, const Invocation& invocation) {
  InvocationResult out;
  out.fault = fault.rule;
  if (fault.kind == InvocationFault::Kind::throttled) {
    out.status = InvocationStatus::throttled;
    out.throttle_reason = "ReservedFunctionConcurrentInvocationLimitExceeded";
    return out;
  }
  out.status = InvocationStatus::function_error;
  Json document{{"errorType", fault.error_type}, {"errorMessage", fault.error_message}};
  if (fault.kind == InvocationFault::Kind::timeout) {
    const int seconds = invocation.function->timeout_s;
    out.duration_ms = seconds * 1000;
    document = {{"errorType", "Sandbox.Timedout"},
                {"errorMessage", fmt::format("RequestId: {} Error: Task timed out after {:.2f} seconds",
                                             invocation.request_id, static_cast<double>(seconds))}};
  } else if (fault.kind == InvocationFault::Kind::death) {
    document = {
        {"errorType", "Runtime.ExitError"},
        {"errorMessage", "RequestId: " + invocation.request_id + " Error: Runtime exited with error: signal: killed"}};
  }
  out.payload = to_text(document);
  return out;
}

}  // namespace

void FaultyInvoker::invoke(Invocation invocation, std::function<void(InvocationResult)> done) {
  if (!faults_.armed()) return inner_.invoke(std::move(invocation), std::move(done));
  auto fault = faults_.of_invocation(*invocation.function, invocation.request_id, clock_.now_ms());
  if (!fault) return inner_.invoke(std::move(invocation), std::move(done));
  using Kind = InvocationFault::Kind;
  if (fault->kind == Kind::twice) return invoke_twice(std::move(invocation), fault->rule, std::move(done));
  if (fault->kind == Kind::kill) {
    return inner_.invoke(std::move(invocation), [](const InvocationResult&) { kill(getpid(), SIGKILL); });
  }
  if (fault->kind == Kind::death) environments_.retire(invocation.function->function_arn);
  done(instead_of(*fault, invocation));
}

void FaultyInvoker::invoke_twice(Invocation invocation, const std::string& rule,
                                 std::function<void(InvocationResult)> done) {
  Invocation again = invocation;
  inner_.invoke(std::move(invocation),
                [this, again = std::move(again), rule, done = std::move(done)](InvocationResult result) mutable {
                  if (result.status != InvocationStatus::ok) return done(std::move(result));
                  inner_.invoke(std::move(again), [rule, done = std::move(done)](InvocationResult second) {
                    second.fault = rule;
                    done(std::move(second));
                  });
                });
}

void FaultyInvoker::when_free(std::shared_ptr<const ports::FunctionVersion> function, std::function<void()> fn) {
  inner_.when_free(std::move(function), std::move(fn));
}

}  // namespace millrace::faults
