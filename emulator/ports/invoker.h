#pragma once
// Running a function once. Implemented by runtime/pool; used by Invoke, the pollers, and whatever else calls
// functions (notifications, subscriptions, function URLs).

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "emulator/base/clock.h"
#include "emulator/ports/function_catalog.h"

namespace millrace::ports {

/// Takes a response that the runtime sends piece by piece (response streaming). Called on the invoker's thread, in
/// order; the invocation's `done` comes after the last piece.
class ResponseStream {
 public:
  virtual ~ResponseStream() = default;
  /// Before the first piece. `content_type` as the runtime gave it.
  virtual void begin(const std::string& content_type) = 0;
  /// The next piece is read only after `more` was called (once, on any thread): a slow reader slows the function.
  virtual void piece(std::string bytes, std::function<void()> more) = 0;
};

struct Invocation {
  std::shared_ptr<const FunctionVersion> function;
  std::string request_id;            // a UUID
  std::string payload;               // JSON text
  std::string invoked_function_arn;  // as addressed: with the qualifier used, or without
  std::string client_context;        // decoded JSON; empty: none
  std::string trace_header = {};     // X-Amzn-Trace-Id as the caller sent it; empty: a new trace
  std::string tenant_id = {};        // for functions that run per tenant
  bool want_log_tail = false;
  /// Null: the response is wanted whole. Otherwise a runtime that streams goes through it, and the result's payload
  /// is empty; a runtime that doesn't stream is answered with the whole payload all the same.
  std::shared_ptr<ResponseStream> stream = {};
};

/// recursive: not run, because the chain of events that led here has run the function kLoopMax times.
enum class InvocationStatus { ok, function_error, throttled, recursive };

inline constexpr int64_t kLoopMax = 16;  // [doc]

struct InvocationResult {
  InvocationStatus status = InvocationStatus::ok;
  std::string payload;          // the response document, or the error document
  std::string throttle_reason;  // "ReservedFunctionConcurrentInvocationLimitExceeded", ...
  std::string log_tail;         // the last 4 KB of the invocation's log, if wanted
  Millis duration_ms = 0;
  std::string fault = {};  // the rule that made it so, where a test asked for it (ports/faults.h): "f-3"
  /// Why no environment could be made, where Invoke answers with that error; the function has failed then.
  std::optional<AwsError> refusal = {};
};

class Invoker {
 public:
  virtual ~Invoker() = default;
  /// Runs the function and calls `done` exactly once, on any thread. Returns at once. The caller owns retries.
  virtual void invoke(Invocation invocation, std::function<void(InvocationResult)> done) = 0;
  /// Calls `fn` once, on any thread, as soon as an invocation of the function would not be throttled: now, or when others
  /// have ended. Never if its limits forbid it until they are changed.
  virtual void when_free(std::shared_ptr<const FunctionVersion> function, std::function<void()> fn) = 0;
};

}  // namespace millrace::ports
