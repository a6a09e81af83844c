#pragma once
// The rooms' Invoker with the faults that tests ask for.

#include "emulator/ports/environments.h"
#include "emulator/ports/faults.h"
#include "emulator/ports/invoker.h"

namespace millrace::faults {

class FaultyInvoker final : public ports::Invoker {
 public:
  /// All outlive this object.
  FaultyInvoker(ports::Invoker& inner, ports::Environments& environments, ports::Faults& faults, const Clock& clock)
      : inner_(inner), environments_(environments), faults_(faults), clock_(clock) {}

  void invoke(ports::Invocation invocation, std::function<void(ports::InvocationResult)> done) override;
  void when_free(std::shared_ptr<const ports::FunctionVersion> function, std::function<void()> fn) override;

 private:
  void invoke_twice(ports::Invocation invocation, const std::string& rule,
                    std::function<void(ports::InvocationResult)> done);

  ports::Invoker& inner_;
  ports::Environments& environments_;
  ports::Faults& faults_;
  const Clock& clock_;
};

}  // namespace millrace::faults
