#pragma once
// AWS_PROXY: the event that a REST API's function gets (payload 1.0, without `version`), and the answer made of its result.

#include <optional>

#include "emulator/protocol/http.h"
#include "emulator/services/apigateway/rest/exchange.h"

namespace millrace::apigateway::rest {

std::string proxy_event(const Exchange& exchange);
/// What a REQUEST authorizer's event has beside type, methodArn: the proxy event without a body, collections never null.
Json authorizer_event(const Exchange& exchange);

/// nullopt: malformed, the gateway answers 502.
std::optional<protocol::HttpReply> proxy_reply(const Exchange& exchange, const std::string& result);

}  // namespace millrace::apigateway::rest
