#include "emulator/services/cloudwatch/metered_invoker.h"

#include <algorithm>

namespace millrace::cloudwatch {

void MeteredInvoker::invoke(ports::Invocation invocation, std::function<void(ports::InvocationResult)> done) {
  const std::shared_ptr<const ports::FunctionVersion> function = invocation.function;
  const std::string& addressed = invocation.invoked_function_arn;
  std::string resource = function->name, provisioned;
  // `name:alias` where it was addressed by one.
  if (addressed.size() > function->function_arn.size() && addressed.starts_with(function->function_arn + ":")) {
    resource += addressed.substr(function->function_arn.size());
    const int kept = environments_ ? environments_->provisioned(addressed).kept : 0;
    if (kept > 0) {
      provisioned = addressed;
      tell_provisioned(*function, resource, kept, begin(provisioned));
    }
  }
  const int at_once = begin(function->function_arn);
  inner_.invoke(std::move(invocation),
                [this, function, resource = std::move(resource), at_once, provisioned = std::move(provisioned),
                 done = std::move(done)](ports::InvocationResult result) {
                  end(function->function_arn);
                  if (!provisioned.empty()) end(provisioned);
                  tell(*function, resource, result, at_once);
                  done(std::move(result));
                });
}

void MeteredInvoker::when_free(std::shared_ptr<const ports::FunctionVersion> function, std::function<void()> fn) {
  inner_.when_free(std::move(function), std::move(fn));
}

int MeteredInvoker::begin(const std::string& function_arn) {
  MutexLock lock(mutex_);
  return ++running_[function_arn];
}

void MeteredInvoker::end(const std::string& function_arn) {
  MutexLock lock(mutex_);
  auto it = running_.find(function_arn);
  if (it != running_.end() && --it->second == 0) running_.erase(it);
}

void MeteredInvoker::tell_provisioned(const ports::FunctionVersion& function, const std::string& resource, int kept,
                                      int at_once) {
  ports::MetricName name{function.account, function.region, "AWS/Lambda", "", {{"FunctionName", function.name}}};
  name.dimensions["Resource"] = resource;
  const auto count = [&](const char* metric, double value) {
    name.name = metric;
    metrics_.count(name, value);
  };
  const int used = std::min(at_once, kept);
  count("ProvisionedConcurrentExecutions", used);
  count(at_once <= kept ? "ProvisionedConcurrencyInvocations" : "ProvisionedConcurrencySpilloverInvocations", 1);
  count("ProvisionedConcurrencyUtilization", static_cast<double>(used) / kept);
}

void MeteredInvoker::tell(const ports::FunctionVersion& function, const std::string& resource,
                          const ports::InvocationResult& result, int at_once) {
  const bool throttled = result.status == ports::InvocationStatus::throttled;
  const bool failed = result.status == ports::InvocationStatus::function_error;
  ports::MetricName name{function.account, function.region, "AWS/Lambda", "", {}};
  for (int set = 0; set < 3; ++set) {
    if (set == 1) name.dimensions["FunctionName"] = function.name;
    if (set == 2) name.dimensions["Resource"] = resource;
    auto count = [&](const char* metric, double value, const char* unit = "Count") {
      name.name = metric;
      name.unit = unit;
      metrics_.count(name, value);
    };
    if (result.status == ports::InvocationStatus::recursive) {
      count("RecursiveInvocationsDropped", 1);
      continue;
    }
    count("Throttles", throttled ? 1 : 0);
    if (throttled) continue;
    count("Invocations", 1);
    count("Errors", failed ? 1 : 0);
    count("Duration", static_cast<double>(result.duration_ms), "Milliseconds");
    count("ConcurrentExecutions", at_once);
  }
}

}  // namespace millrace::cloudwatch
