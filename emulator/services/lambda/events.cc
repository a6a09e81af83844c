#include "emulator/services/lambda/events.h"

#include "emulator/services/lambda/async_invocations.h"
#include "emulator/services/lambda/policy.h"

namespace millrace::lambda {

Result<void> Events::accept_event(const std::string& function_arn, std::string payload) {
  FunctionRef ref = parse_function_name(function_arn, "", "");
  TRY_VOID(lambda_.functions.resolve(ref));
  return lambda_.async->accept(ref, std::move(payload), lambda_.context.random.uuid());
}

std::string Events::function_policy(const std::string& function_arn) {
  return policy_text(lambda_.context.store, parse_function_name(function_arn, "", ""));
}

}  // namespace millrace::lambda
