#include "emulator/services/apigateway/websocket/socket_integration.h"

#include "emulator/services/apigateway/openapi/document.h"
#include "emulator/services/apigateway/rest/integrate.h"

namespace millrace::apigateway {

namespace {

/// Keys of templates and responses: `$default` may be written `\$default`, patterns stand between slashes.
std::string plain_key(std::string key) {
  if (key.starts_with("\\$")) key.erase(0, 1);
  if (key.size() > 2 && key.starts_with('/') && key.ends_with('/')) key = key.substr(1, key.size() - 2);
  return key;
}

/// The templates of an integration or of a response. Where its selection expression is a key's own text ("200"), that key's
/// template is the one for all.
Json templates_of(const Json& given, const char* member) {
  Json out = Json::object();
  const Json templates = object_in(given, member);
  for (const auto& [key, text] : templates.items()) out[plain_key(key)] = text;
  const std::string selected = plain_key(text_of(given, "templateSelectionExpression"));
  if (selected != "$default" && out.contains(selected)) out["$default"] = out[selected];
  return out;
}

/// `route.request.body.x` is REST's `method.request.body.x`.
std::string rest_expression(const std::string& text) {
  static constexpr std::string_view kRoute = "route.request.";
  return text.starts_with(kRoute) ? "method.request." + text.substr(kRoute.size()) : text;
}

}  // namespace

Json as_rest_integration(const Integration& integration, const std::vector<Json>& responses) {
  const Json& given = integration.document;
  Json out = {{"type", integration.type},
              {"uri", integration.uri},
              {"httpMethod", text_of(given, "integrationMethod", "POST")},
              {"passthroughBehavior", text_of(given, "passthroughBehavior", "WHEN_NO_MATCH")},
              {"timeoutInMillis", integration.timeout_ms}};
  if (!integration.credentials.empty()) out["credentials"] = integration.credentials;
  if (const Json* handling = find(given, "contentHandlingStrategy")) out["contentHandling"] = *handling;
  const Json templates = templates_of(given, "requestTemplates");
  if (!templates.empty()) out["requestTemplates"] = templates;
  for (const auto& [target, expression] : integration.parameters)
    out["requestParameters"][target] = rest_expression(expression);
  for (const Json& response : responses) {
    const std::string key = plain_key(text_of(response, "integrationResponseKey"));
    Json one = {{"statusCode", key == "$default" ? "200" : key}};
    if (key != "$default") one["selectionPattern"] = key;
    const Json bodies = templates_of(response, "responseTemplates");
    if (!bodies.empty()) one["responseTemplates"] = bodies;
    out["integrationResponses"][key] = std::move(one);
  }
  // Without responses whatever comes back is the answer.
  if (!out.contains("integrationResponses")) out["integrationResponses"]["200"] = {{"statusCode", "200"}};
  return out;
}

void integrate_event(Gateway& gateway, const Outside& outside, const SocketEvent& event,
                     std::function<void(Result<protocol::HttpReply> reply, std::string failure)> done) {
  const Deployment& deployment = *event.live->deployment;
  std::vector<Json> responses;
  if (auto found = deployment.integration_responses.find(event.integration.id);
      found != deployment.integration_responses.end())
    responses = found->second;
  auto exchange = std::make_shared<rest::Exchange>();
  exchange->call = std::make_shared<protocol::Call>();
  exchange->call->http.method = event.route.key_text;  // where REST's ARNs have the verb
  exchange->call->http.headers = event.call->http.headers;
  exchange->call->http.peer = event.call->http.peer;
  exchange->call->http.body = event.body;
  exchange->call->query = event.call->query;
  exchange->call->caller = event.call->caller;
  exchange->call->request_id = text_of(event.context, "requestId");
  exchange->call->received_ms = gateway.context.clock.now_ms();
  exchange->request_id = exchange->call->request_id;
  exchange->live.id = event.live->api.id;
  exchange->live.scope = {event.live->api.account, event.live->api.region};
  exchange->live.stage = event.live->stage.name;
  exchange->live.variables = event.live->stage.variables;
  exchange->live.deployment = std::make_shared<const rest::Deployment>();
  exchange->context_over = event.context;
  const auto method =
      std::make_shared<const Json>(Json{{"methodIntegration", as_rest_integration(event.integration, responses)}});
  exchange->method = method.get();
  rest::integrate(gateway, outside, exchange,
                  [exchange, method, done = std::move(done)](Result<protocol::HttpReply> reply) {
                    std::string failure = exchange->failure;
                    if (reply.has_error() && failure.empty()) failure = reply.error().message;
                    done(std::move(reply), std::move(failure));
                  });
}

}  // namespace millrace::apigateway
