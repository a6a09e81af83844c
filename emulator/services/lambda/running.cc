#include "emulator/services/lambda/running.h"

#include "emulator/services/lambda/errors.h"

namespace millrace::lambda {

namespace {

using Done = std::function<void(Result<Ran>)>;

void run_here(Lambda& lambda, const FunctionRef& ref, ports::Invocation invocation,
              std::shared_ptr<StreamedResponse> stream, const Done& done) {
  auto resolved = lambda.functions.resolve(ref);
  if (resolved.has_error()) return done(std::move(resolved).error());
  auto tenants = for_tenant(std::move(*resolved), invocation.tenant_id);
  if (tenants.has_error()) return done(std::move(tenants).error());
  auto version = *tenants;
  invocation.function = version;
  invocation.invoked_function_arn = ref.qualified_arn();
  if (stream) {
    stream->version = version;
    invocation.stream = std::move(stream);
  }
  lambda.ports.invoker.invoke(std::move(invocation), [version, done](ports::InvocationResult result) {
    if (result.status == ports::InvocationStatus::throttled) return done(throttled_error(result));
    if (result.status == ports::InvocationStatus::recursive) return done(recursive_error());
    done(Ran{version, std::move(result)});
  });
}

}  // namespace

AwsError throttled_error(const ports::InvocationResult& result) {
  return {errors::too_many_requests, "Rate Exceeded.", Json{{"Reason", result.throttle_reason}, {"Type", "User"}}};
}

AwsError recursive_error() {
  return {errors::recursive_invocation, kStoppedLoop, errors::user_fault()};
}

void run_function(Lambda& lambda, const FunctionRef& ref, ports::Invocation invocation, Done done) {
  run_streamed(lambda, ref, std::move(invocation), nullptr, std::move(done));
}

void run_streamed(Lambda& lambda, const FunctionRef& ref, ports::Invocation invocation,
                  std::shared_ptr<StreamedResponse> stream, Done done) {
  if (lambda.functions.is_at_hand(ref)) return run_here(lambda, ref, std::move(invocation), std::move(stream), done);
  lambda.functions.background().post(
      [&lambda, ref, invocation = std::move(invocation), stream = std::move(stream), done = std::move(done)]() mutable {
        run_here(lambda, ref, std::move(invocation), std::move(stream), done);
      });
}

}  // namespace millrace::lambda
