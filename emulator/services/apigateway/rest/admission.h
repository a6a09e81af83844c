#pragma once
// May this request reach its integration? Policy and authorizer, API key and usage plan, parameters and body: in the order
// in which API Gateway looks at them.

#include <functional>
#include <memory>

#include "emulator/ports/function_caller.h"
#include "emulator/services/apigateway/rest/exchange.h"
#include "emulator/services/apigateway/throttle.h"

namespace millrace::apigateway::rest {

using Admitted = std::function<void(Result<void>)>;

/// The API's resource policy with its short forms (`execute-api:/stage/GET/x`) written out; "": none.
std::string resource_policy(const Live& live);
/// A caller without credentials or with another authorizer: what the resource policy says of it.
Result<void> check_policy(const Exchange& exchange);

/// Runs the method's authorizer; `done` is called once, on any thread. What it says is in the exchange then.
void authorize(Gateway& gateway, ports::FunctionCaller& functions, const std::shared_ptr<Exchange>& exchange,
               Admitted done);

/// Runs an authorizer for its own sake (TestInvokeAuthorizer): what it answered before doesn't count.
void test_authorizer(Gateway& gateway, ports::FunctionCaller& functions, const std::shared_ptr<Exchange>& exchange,
                     const Json& authorizer, Admitted done);

/// Required parameters and the body's model, by the method's validator.
Result<void> validate(Exchange& exchange);

/// API keys: who may call, how often.
class UsagePlans {
 public:
  explicit UsagePlans(Gateway& gateway) : gateway_(gateway) {}
  /// 403 without a key of a plan with this stage, 429 beyond the plan's rates or quota; the key is in the exchange then.
  Result<void> check(Exchange& exchange);

 private:
  Result<void> within(Exchange& exchange, const Json& plan, const Json& stage);

  Gateway& gateway_;
  Throttle throttle_;
};

}  // namespace millrace::apigateway::rest
