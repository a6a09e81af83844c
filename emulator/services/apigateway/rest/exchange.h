#pragma once
// One request to a REST API on its way, and what templates, mappings, gateway responses and logs may ask of it.

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "emulator/protocol/operation.h"
#include "emulator/services/apigateway/rest/live.h"
#include "emulator/services/apigateway/rest/trace.h"

namespace millrace::apigateway::rest {

/// How an authorizer's function did, for logs.
struct AuthorizerRun {
  int status = 0;  // 0: none ran
  Millis latency_ms = 0;
  std::string request_id, error;
};

struct Exchange {
  std::shared_ptr<protocol::Call> call;
  Live live;
  std::string path;                 // raw, below the stage
  std::optional<std::string> base;  // by a custom domain name: the mapping's base path, "" for none
  Match match;
  const Json* method = nullptr;    // the resource's method document
  const Json* settings = nullptr;  // the stage's for this method; null: none were set
  std::string request_id;          // a UUID; call->request_id is the extended one
  protocol::Responder respond;
  Json authorizer_answer;           // what its function answered, as it is; null: none ran
  Json authorizer;                  // requestContext.authorizer's content; null: none
  std::string api_key, api_key_id;  // that was checked
  std::string usage_key;            // an authorizer's usageIdentifierKey
  Json context_over;                // members of $context that stand over what a request says: a WebSocket event's
  Json overrides = Json::object();  // $context.requestOverride and responseOverride, as templates left them
  std::string error_message, error_type, validation_error;  // $context.error
  // For logs.
  std::string failure;  // why the gateway answers 5xx itself; never the client's to see
  Millis integration_begun_ms = 0, integration_ms = -1;
  int integration_status = 0;
  std::string integration_request_id;  // the function's or service's own
  AuthorizerRun authorizer_run;
  Trace trace;

  const std::string& verb() const { return call->http.method; }
  const Json& integration() const;
  std::string resource_path() const { return match.resource ? match.resource->path : ""; }
  /// `/dev/items/7`: the path as the client sent it, with the stage or the base path in front.
  std::string full_path() const { return (base ? *base : "/" + live.stage) + path; }
  std::string source_ip() const;
  /// `Root=1-5e66d96f-7491f09...`
  std::string trace_root() const;
  /// The host by which the API is reached from here.
  std::string domain_name() const;
  /// `arn:aws:execute-api:R:A:api/stage/GET/items/7`, with the path that was asked for.
  std::string method_arn() const;
  /// The same with the resource's own path: what a function's policy sees.
  std::string source_arn() const;
};

/// `$context` as a document: every member that templates, logs and mappings can name.
Json context_of(const Exchange& exchange);
/// requestContext.identity; members without a value are null.
Json identity_of(const Exchange& exchange);

/// The client's headers with what the gateway adds, in the client's letters.
protocol::QueryParameters headers_of(const Exchange& exchange);

/// The value of `method.request.{path|querystring|header|multivaluequerystring|multivalueheader}.NAME`,
/// `method.request.body[.jsonpath]`, `context.X`, `stageVariables.X`, `'literal'`; nullopt: there is none.
std::optional<Json> mapped_value(const Exchange& exchange, const std::string& expression);
/// A member of a document by its dotted name.
const Json* dotted(const Json& document, std::string_view name);
std::string text_of_value(const Json& value);

/// Replaces `${stageVariables.x}` and `{name}` by `parameters`.
std::string filled_uri(const Exchange& exchange, const std::string& uri,
                       const std::map<std::string, std::string>& parameters);

}  // namespace millrace::apigateway::rest
