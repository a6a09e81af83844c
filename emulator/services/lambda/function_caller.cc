#include "emulator/services/lambda/function_caller.h"

#include "emulator/services/lambda/async_invocations.h"
#include "emulator/services/lambda/errors.h"
#include "emulator/services/lambda/operations.h"
#include "emulator/services/lambda/policy.h"
#include "emulator/services/lambda/running.h"

namespace millrace::lambda {

namespace {

using ports::FunctionAnswer;

class Caller final : public ports::FunctionCaller {
 public:
  explicit Caller(Lambda& lambda) : lambda_(lambda) {}

  void call(ports::FunctionCall call, std::function<void(FunctionAnswer)> done) override {
    const FunctionRef ref = parse_function_name(call.function_arn, "", "");
    if (!allowed(call, ref))
      return done({FunctionAnswer::Status::not_allowed, "The function's policy refuses the call."});
    if (call.asynchronous) return accept(ref, std::move(call), std::move(done));
    ports::Invocation invocation;
    invocation.request_id = call.request_id;
    invocation.payload = std::move(call.payload);
    invocation.trace_header = traced(call.trace_header);
    invocation.tenant_id = std::move(call.tenant_id);
    run_function(lambda_, ref, std::move(invocation), [done = std::move(done)](Result<Ran> ran) {
      if (ran.has_error()) return done({status_of(ran.error()), ran.error().message});
      const bool failed = ran->result.status == ports::InvocationStatus::function_error;
      done({failed ? FunctionAnswer::Status::function_error : FunctionAnswer::Status::ok,
            std::move(ran->result.payload)});
    });
  }

 private:
  void accept(const FunctionRef& ref, ports::FunctionCall call, std::function<void(FunctionAnswer)> done) {
    if (check_invocable(lambda_, ref, call.tenant_id).has_error())
      return done({FunctionAnswer::Status::not_found, "No such function."});
    AsyncEvent event{ref, std::move(call.payload), call.request_id};
    event.trace_header = traced(call.trace_header);
    event.tenant_id = std::move(call.tenant_id);
    lambda_.async->accept(std::move(event), [done](Result<void> accepted) {
      done({accepted.has_error() ? FunctionAnswer::Status::throttled : FunctionAnswer::Status::ok, ""});
    });
  }

  static FunctionAnswer::Status status_of(const AwsError& error) {
    return error.is(errors::too_many_requests) ? FunctionAnswer::Status::throttled : FunctionAnswer::Status::not_found;
  }

  bool allowed(const ports::FunctionCall& call, const FunctionRef& ref) const {
    if (call.caller_may) return true;
    if (!call.role_arn.empty())
      return lambda_.ports.authority.role_trusts_service(call.role_arn, call.service_principal, call.source_arn) &&
             lambda_.ports.authority.role_may(call.role_arn, "lambda:InvokeFunction", ref.qualified_arn(), {});
    const std::string policy = policy_text(lambda_.context.store, ref);
    return !policy.empty() && lambda_.ports.authority.resource_policy_allows_service(
                                  policy, call.service_principal, "lambda:InvokeFunction", ref.qualified_arn(),
                                  {{"aws:sourcearn", {call.source_arn}}, {"aws:sourceaccount", {call.source_account}}});
  }

  Lambda& lambda_;
};

}  // namespace

std::shared_ptr<ports::FunctionCaller> make_function_caller(Lambda& lambda) {
  return std::make_shared<Caller>(lambda);
}

}  // namespace millrace::lambda
