#pragma once
// Faults that tests ask for: calls that are refused or delayed, invocations that fail. Implemented by emulator/faults;
// asked on the way of each call, at the cost of one load while there is no rule.

#include <atomic>
#include <optional>
#include <string>
#include <string_view>

#include "emulator/base/clock.h"
#include "emulator/base/result.h"
#include "emulator/ports/function_catalog.h"

namespace millrace::ports {

/// A call of an operation, as rules look at it.
struct FaultyCall {
  std::string_view service;  // the name in credential scopes: "dynamodb"
  std::string_view operation;
  std::string_view account;
  std::string_view target;  // path and query
  std::string_view body;
  std::string_view request_id;
  Millis now = 0;
};

/// What becomes of the call.
struct CallFault {
  std::optional<AwsError> error;  // instead of its handler's answer; its kind lives as long as the rules
  Millis delay_ms = 0;            // before its handler, or the error
};

/// What becomes of an invocation.
struct InvocationFault {
  enum class Kind {
    error,      // the function isn't called: this is its answer
    timeout,    // the same, with the words of a time-out
    death,      // the same, with the words of a process that ended; the environment ends
    throttled,  // it isn't called
    twice,      // it is called again with the same event when it succeeded
    kill        // when it has ended, before anybody learns of it, the server is killed
  };
  Kind kind = Kind::error;
  std::string error_type, error_message;
  std::string rule;  // "f-3"
};

class Faults {
 public:
  virtual ~Faults() = default;
  /// False: there is no rule, nothing else needs to be asked.
  bool armed() const { return armed_.load(std::memory_order_relaxed); }
  virtual std::optional<CallFault> of_call(const FaultyCall& call) = 0;
  virtual std::optional<InvocationFault> of_invocation(const FunctionVersion& function, const std::string& request_id,
                                                       Millis now) = 0;
  /// How many of the call's items, the last ones, a BatchWriteItem leaves unprocessed.
  virtual size_t unprocessed_of(const FaultyCall& call, size_t items) = 0;

 protected:
  std::atomic<bool> armed_{false};
};

}  // namespace millrace::ports
