#pragma once

#include "emulator/services/lambda/state.h"
#include "runtime/ports/event_target.h"

namespace millrace::lambda {

/// Other services' events become asynchronous invocations.
class Events final : public ports::EventTarget {
 public:
  explicit Events(Lambda& lambda) : lambda_(lambda) {}
  Result<void> accept_event(const std::string& function_arn, std::string payload) override;
  std::string function_policy(const std::string& function_arn) override;

 private:
  Lambda& lambda_;
};

}  // namespace millrace::lambda
