#pragma once
// Mapping: templates and parameters of integrations that aren't proxies.

#include <optional>

#include "emulator/protocol/http.h"
#include "emulator/services/apigateway/rest/exchange.h"

namespace millrace::apigateway::rest {

/// The template for a media type: exact, without its parameters, then `$default`. nullptr: none.
const Json* template_for(const Json& templates, std::string_view media_type);

struct Rendered {
  std::string text;
  bool failed = false;
};
/// Renders a template with the request's (or the integration's) body as $input. What it sets of $context's overrides is
/// kept in the exchange.
Rendered render_template(Exchange& exchange, const std::string& source, const std::string& body);

/// What an integration's request is made of.
struct Outgoing {
  std::string body;
  protocol::Headers headers;
  protocol::QueryParameters query;
  std::map<std::string, std::string> path;
  std::string media_type;
};
/// Templates, pass-through and parameters. An error is a gateway error (gateway_reply.h).
Result<Outgoing> map_request(Exchange& exchange);

/// What an integration answered.
struct Incoming {
  int status = 200;
  protocol::Headers headers;
  std::string body;
  std::string selected_by;  // what selection patterns are matched with
};
/// The client's answer: integration response, its template and parameters.
Result<protocol::HttpReply> map_response(Exchange& exchange, const Incoming& incoming);

/// True for names that no request mapping may set.
bool is_forbidden_header(std::string_view name, bool aws);

}  // namespace millrace::apigateway::rest
