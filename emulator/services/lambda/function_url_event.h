#pragma once
// HTTP to event (payload format 2.0) and result to HTTP, for function URLs. Pure functions.

#include <string>

#include "emulator/protocol/http.h"
#include "emulator/protocol/operation.h"
#include "emulator/services/lambda/function_url.h"

namespace millrace::lambda {

/// The event that the function gets.
std::string url_event(const protocol::Call& call, const FunctionUrl& url, const UrlRequest& request);

/// The answer that a handler's result makes.
protocol::HttpReply url_reply(const std::string& result);

/// May a page of the request's Origin use the URL? Those of this machine may, others if the CORS settings name them.
bool origin_allowed(const Json& config, const protocol::HttpRequest& request);

/// Sets the CORS headers that the URL's configuration asks for. True if the request was a preflight, which `reply` now
/// answers.
bool apply_cors(const Json& config, const protocol::HttpRequest& request, protocol::HttpReply& reply);

}  // namespace millrace::lambda
