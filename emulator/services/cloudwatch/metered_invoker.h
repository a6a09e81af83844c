#pragma once
// Running functions, counted: AWS/Lambda's Invocations, Errors, Duration, Throttles and ConcurrentExecutions.

#include <map>
#include <memory>
#include <string>

#include "emulator/base/mutex.h"
#include "emulator/ports/invoker.h"
#include "emulator/ports/metrics.h"

namespace millrace::cloudwatch {

class MeteredInvoker final : public ports::Invoker {
 public:
  /// Both outlive this object.
  MeteredInvoker(ports::Invoker& inner, ports::Metrics& metrics) : inner_(inner), metrics_(metrics) {}

  void invoke(ports::Invocation invocation, std::function<void(ports::InvocationResult)> done) override;
  void when_free(std::shared_ptr<const ports::FunctionVersion> function, std::function<void()> fn) override;

 private:
  int begin(const std::string& function_arn);
  void end(const std::string& function_arn);
  void tell(const ports::FunctionVersion& function, const std::string& resource, const ports::InvocationResult& result,
            int at_once);

  ports::Invoker& inner_;
  ports::Metrics& metrics_;
  Mutex mutex_;
  std::map<std::string, int> running_ GUARDED_BY(mutex_);  // by function ARN, only those that run
};

}  // namespace millrace::cloudwatch
