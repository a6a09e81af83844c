#pragma once
// An HTTP API's CORS configuration at work: the gateway answers preflights itself and replaces what an integration says.

#include <optional>

#include "emulator/protocol/http.h"
#include "emulator/services/apigateway/model.h"

namespace millrace::apigateway {

/// True if the configuration lets pages of this origin ask.
bool origin_allowed(const Cors& cors, std::string_view origin);

/// OPTIONS with Origin and Access-Control-Request-Method.
bool is_preflight(const protocol::HttpRequest& request);

/// The answer to a preflight: 204, with CORS headers where origin, method and headers are allowed.
protocol::HttpReply preflight_reply(const Cors& cors, const protocol::HttpRequest& request);

/// Puts the CORS headers of an allowed origin into a reply and takes out the integration's.
void apply_cors(const Cors& cors, const protocol::HttpRequest& request, protocol::HttpReply& reply);

}  // namespace millrace::apigateway
