#pragma once
// May this request reach its integration? Policy and authorizer, API key and usage plan, parameters and body: in the order
// in which API Gateway looks at them.

#include <functional>
#include <map>
#include <memory>

#include "emulator/base/mutex.h"
#include "emulator/ports/function_caller.h"
#include "emulator/services/apigateway/rest/exchange.h"

namespace millrace::apigateway::rest {

using Admitted = std::function<void(Result<void>)>;

/// The API's resource policy with its short forms (`execute-api:/stage/GET/x`) written out; "": none.
std::string resource_policy(const Live& live);
/// A caller without credentials or with another authorizer: what the resource policy says of it.
Result<void> check_policy(const Exchange& exchange);

/// Runs the method's authorizer; `done` is called once, on any thread. What it says is in the exchange then.
void authorize(Gateway& gateway, ports::FunctionCaller& functions, const std::shared_ptr<Exchange>& exchange,
               Admitted done);

/// Required parameters and the body's model, by the method's validator.
Result<void> validate(Exchange& exchange);

/// API keys: who may call, how often. What was used is known as long as the server runs.
class UsagePlans {
 public:
  explicit UsagePlans(Gateway& gateway) : gateway_(gateway) {}
  /// 403 without a key of a plan with this stage, 429 beyond the plan's quota; the key is in the exchange then.
  Result<void> check(Exchange& exchange);

 private:
  /// A request counts; false beyond the quota.
  bool count(const std::string& plan_and_key, const Json& quota);

  Gateway& gateway_;
  static constexpr size_t kCountersMax = 10'000;  // of plans' keys; at the bound all begin anew
  Mutex mutex_;
  std::map<std::string, std::pair<int64_t, int64_t>> used_
      GUARDED_BY(mutex_);  // key -> period's number, requests in it
};

}  // namespace millrace::apigateway::rest
