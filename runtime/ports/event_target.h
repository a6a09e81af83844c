#pragma once
// Functions as targets of other services' events: accepted at once, run asynchronously with Lambda's own retries.
// Implemented by emulator/services/lambda.

#include <string>

#include "emulator/base/result.h"

namespace millrace::ports {

class EventTarget {
 public:
  virtual ~EventTarget() = default;
  /// Accepts the event (JSON text) for the function, by ARN with or without qualifier. ResourceNotFoundException if
  /// there is none. The caller has checked the permission.
  virtual Result<void> accept_event(const std::string& function_arn, std::string payload) = 0;
  /// The function's resource policy (for its qualifier); empty if it has none or doesn't exist.
  virtual std::string function_policy(const std::string& function_arn) = 0;
};

}  // namespace millrace::ports
