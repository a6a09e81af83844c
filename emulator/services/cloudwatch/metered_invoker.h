#pragma once
// Running functions, counted: AWS/Lambda's Invocations, Errors, Duration, Throttles and ConcurrentExecutions; and how much of
// what is provisioned for a version or an alias they use: the metrics that begin with Provisioned.

#include <map>
#include <memory>
#include <string>

#include "emulator/base/mutex.h"
#include "emulator/ports/environments.h"
#include "emulator/ports/invoker.h"
#include "emulator/ports/metrics.h"

namespace millrace::cloudwatch {

class MeteredInvoker final : public ports::Invoker {
 public:
  /// All outlive this object. `environments` may be null: then nothing is provisioned.
  MeteredInvoker(ports::Invoker& inner, ports::Metrics& metrics, const ports::Environments* environments)
      : inner_(inner), metrics_(metrics), environments_(environments) {}

  void invoke(ports::Invocation invocation, std::function<void(ports::InvocationResult)> done) override;
  void when_free(std::shared_ptr<const ports::FunctionVersion> function, std::function<void()> fn) override;

 private:
  int begin(const std::string& function_arn);
  void end(const std::string& function_arn);
  void tell(const ports::FunctionVersion& function, const std::string& resource, const ports::InvocationResult& result,
            int at_once);
  /// `kept` environments are provisioned under the ARN; the invocation is the `at_once`th that runs of it now.
  void tell_provisioned(const ports::FunctionVersion& function, const std::string& resource, int kept, int at_once);

  ports::Invoker& inner_;
  ports::Metrics& metrics_;
  const ports::Environments* environments_;
  Mutex mutex_;
  std::map<std::string, int> running_
      GUARDED_BY(mutex_);  // by function ARN, and by what is provisioned; only those that run
};

}  // namespace millrace::cloudwatch
