#pragma once
// What a function's event says of the HTTP request that it is made of, for function URLs and APIs alike.

#include <string>

#include "emulator/protocol/operation.h"

namespace millrace::protocol {

/// `12/Mar/2020:19:03:58 +0000`: time as logs and events of requests have it.
std::string log_time(Millis t);

/// True if the body goes into the event as it is; anything else goes in base64. Text is what is UTF-8 and says that it is
/// text, JSON, XML or JavaScript, or nothing; forms and multipart bodies count as binary (observed of function URLs).
bool is_text_body(const HttpRequest& request);

/// requestContext.authorizer's content for a signed request: {"iam": {...}}.
Json iam_context(const Caller& caller);

/// The client's address without its port.
std::string source_ip(const HttpRequest& request);

}  // namespace millrace::protocol
