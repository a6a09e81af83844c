#include "emulator/services/apigateway/rest/trace.h"

#include "emulator/base/arn.h"
#include "emulator/base/encoding.h"
#include "emulator/services/apigateway/rest/exchange.h"
#include "emulator/services/apigateway/rest/gateway_reply.h"

namespace millrace::apigateway::rest {

namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;

/// `{a=b, c=d}`, as Java prints a map.
std::string printed(const Fields& fields) {
  std::string out = "{";
  for (const auto& [name, value] : fields) {
    // A signature or token isn't for the log.
    const bool secret = equals_ignore_case(name, "authorization") || equals_ignore_case(name, "x-api-key");
    const std::string shown =
        secret && value.size() > 6 ? std::string(value.size() - 6, '*') + value.substr(value.size() - 6) : value;
    out += (out.size() > 1 ? ", " : "") + name + "=" + shown;
  }
  return out + "}";
}

Fields fields_of(const std::map<std::string, std::string>& values) {
  return {values.begin(), values.end()};
}

}  // namespace

void set_level(Exchange& exchange) {
  if (!exchange.settings) return;
  const std::string level = text_of(*exchange.settings, "loggingLevel");
  exchange.trace.level = level == "INFO"    ? Trace::Level::info
                         : level == "ERROR" ? Trace::Level::error
                                            : Trace::Level::off;
  exchange.trace.data = bool_of(*exchange.settings, "dataTraceEnabled");
}

void trace_request(Exchange& exchange) {
  Trace& trace = exchange.trace;
  if (!trace.wants()) return;
  trace.note("Starting execution for request: " + exchange.request_id);
  trace.note("HTTP Method: " + exchange.verb() + ", Resource Path: " + exchange.resource_path());
  if (!trace.wants_data()) return;
  trace.note("Method request path: " + printed(fields_of(exchange.match.values)));
  trace.note("Method request query string: " + printed(exchange.call->query));
  trace.note("Method request headers: " + printed(headers_of(exchange)));
  trace.note("Method request body before transformations: " + exchange.call->http.body);
}

void trace_outgoing(Exchange& exchange, const std::string& uri, const Fields& headers, const std::string& body) {
  Trace& trace = exchange.trace;
  if (!trace.wants_data()) return;
  trace.note("Endpoint request URI: " + uri);
  trace.note("Endpoint request headers: " + printed(headers));
  trace.note("Endpoint request body after transformations: " + body);
  trace.note("Sending request to " + uri);
}

void trace_incoming(Exchange& exchange, int status, const Fields& headers, const std::string& body) {
  Trace& trace = exchange.trace;
  if (!trace.wants_data()) return;
  trace.note("Received response. Status: " + std::to_string(status) +
             ", Integration latency: " + std::to_string(exchange.integration_ms) + " ms");
  trace.note("Endpoint response headers: " + printed(headers));
  trace.note("Endpoint response body before transformations: " + body);
}

void trace_reply(Exchange& exchange, const protocol::HttpReply& reply, bool by_gateway) {
  Trace& trace = exchange.trace;
  if (trace.level == Trace::Level::off) return;
  if (!exchange.failure.empty()) {
    trace.complain(exchange.failure);
  } else if (by_gateway && !exchange.validation_error.empty()) {
    trace.complain("Request body does not match model schema for content type " +
                   std::string(exchange.call->http.headers.get("content-type")) + ": " + exchange.validation_error);
  } else if (by_gateway && !exchange.error_message.empty()) {
    trace.complain(exchange.error_message);
  }
  if (!by_gateway) {
    Fields headers;
    for (const auto& field : reply.headers) headers.push_back(field);
    trace.note_data("Method response body after transformations: " + reply.body);
    trace.note_data("Method response headers: " + printed(headers));
    trace.note("Successfully completed execution");
  }
  trace.complain("Method completed with status: " + std::to_string(reply.status));
}

std::string function_endpoint(const std::string& function_arn) {
  const auto arn = Arn::parse(function_arn);
  return "https://lambda." + (arn ? arn->region : "") + ".amazonaws.com/2015-03-31/functions/" + function_arn +
         "/invocations";
}

}  // namespace millrace::apigateway::rest
