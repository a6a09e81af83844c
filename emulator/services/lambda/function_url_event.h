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

/// True if the URL's CORS settings name the origin of a page.
bool origin_listed(const Json& config, std::string_view origin);

/// Sets the CORS headers that the URL's configuration asks for. True if the request was a preflight, which `reply` now
/// answers.
bool apply_cors(const Json& config, const protocol::HttpRequest& request, protocol::HttpReply& reply);

}  // namespace millrace::lambda
