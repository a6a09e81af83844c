#pragma once
// Integrations at work: MOCK, AWS_PROXY, AWS, HTTP, HTTP_PROXY.

#include <functional>
#include <memory>

#include "emulator/services/apigateway/outside.h"
#include "emulator/services/apigateway/rest/exchange.h"

namespace millrace::apigateway::rest {

/// Runs the method's integration; `done` is called once, on any thread, in time or with INTEGRATION_TIMEOUT.
void integrate(Gateway& gateway, const Outside& outside, const std::shared_ptr<Exchange>& exchange,
               std::function<void(Result<protocol::HttpReply>)> done);

}  // namespace millrace::apigateway::rest
