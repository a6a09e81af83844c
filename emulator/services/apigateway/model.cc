#include "emulator/services/apigateway/model.h"

#include <set>

namespace millrace::apigateway {

namespace {

std::vector<std::string> texts(const Json& object, const char* member) {
  std::vector<std::string> out;
  const Json* values = find(object, member);
  if (!values || !values->is_array()) return out;
  for (const Json& value : *values) {
    if (value.is_string()) out.push_back(value.get<std::string>());
  }
  return out;
}

std::map<std::string, std::string> text_map(const Json& document, const char* member) {
  std::map<std::string, std::string> out;
  const Json* values = find(document, member);
  if (!values || !values->is_object()) return out;
  for (const auto& [name, value] : values->items()) {
    if (value.is_string()) out[name] = value.get<std::string>();
  }
  return out;
}

Integration integration_of(const Json& document) {
  Integration out;
  out.id = text_of(document, "integrationId");
  out.type = text_of(document, "integrationType", "AWS_PROXY");
  out.subtype = text_of(document, "integrationSubtype");
  out.method = text_of(document, "integrationMethod", "ANY");
  out.credentials = text_of(document, "credentialsArn");
  out.parameters = text_map(document, "requestParameters");
  if (const Json* responses = find(document, "responseParameters")) {
    for (const auto& [status, one] : responses->items()) out.responses[status] = text_map(*responses, status.c_str());
  }
  out.uri = text_of(document, "integrationUri");
  out.payload_version = text_of(document, "payloadFormatVersion", "1.0");
  out.timeout_ms = int_of(document, "timeoutInMillis", 30'000);
  out.document = document;
  return out;
}

Authorizer authorizer_of(const Json& document) {
  Authorizer out;
  out.id = text_of(document, "authorizerId");
  out.is_jwt = text_of(document, "authorizerType") == "JWT";
  out.identity_sources = texts(document, "identitySource");
  if (const Json* jwt = find(document, "jwtConfiguration")) {
    out.issuer = text_of(*jwt, "issuer");
    out.audience = texts(*jwt, "audience");
  }
  out.uri = text_of(document, "authorizerUri");
  out.credentials = text_of(document, "authorizerCredentialsArn");
  out.payload_version = text_of(document, "authorizerPayloadFormatVersion", "1.0");
  out.simple_responses = bool_of(document, "enableSimpleResponses");
  out.ttl_s = int_of(document, "authorizerResultTtlInSeconds", 0);
  return out;
}

Route route_of(const Json& document) {
  Route out;
  out.id = text_of(document, "routeId");
  out.key_text = text_of(document, "routeKey");
  const std::string target = text_of(document, "target");
  if (target.starts_with("integrations/")) out.integration_id = target.substr(13);
  out.authorization = text_of(document, "authorizationType", "NONE");
  out.authorizer_id = text_of(document, "authorizerId");
  out.scopes = texts(document, "authorizationScopes");
  out.answers = text_of(document, "routeResponseSelectionExpression") == "$default";
  out.model_selection = text_of(document, "modelSelectionExpression");
  out.request_models = text_map(document, "requestModels");
  return out;
}

const Json& list_in(const Json& snapshot, const char* member) {
  static const Json none = Json::array();
  const Json* found = find(snapshot, member);
  return found ? *found : none;
}

}  // namespace

Cors cors_of(const Json& configuration) {
  Cors out;
  out.origins = texts(configuration, "allowOrigins");
  out.methods = texts(configuration, "allowMethods");
  out.headers = texts(configuration, "allowHeaders");
  out.exposed = texts(configuration, "exposeHeaders");
  out.credentials = bool_of(configuration, "allowCredentials");
  out.max_age_s = optional_int(configuration, "maxAge");
  return out;
}

namespace {

RouteSettings settings_over(RouteSettings out, const Json& given) {
  const auto number = [&](const char* member, double fallback) {
    const Json* value = find(given, member);
    return value && value->is_number() ? value->get<double>() : fallback;
  };
  out.rate = number("throttlingRateLimit", out.rate);
  out.burst = number("throttlingBurstLimit", out.burst);
  out.detailed_metrics = bool_of(given, "detailedMetricsEnabled", out.detailed_metrics);
  out.logging_level = text_of(given, "loggingLevel", out.logging_level);
  out.data_trace = bool_of(given, "dataTraceEnabled", out.data_trace);
  return out;
}

}  // namespace

Stage stage_of(const Json& document) {
  Stage out;
  if (const Json* given = find(document, "defaultRouteSettings")) out.settings = settings_over({}, *given);
  if (const Json* all = find(document, "routeSettings")) {
    for (const auto& [key, given] : all->items()) out.route_settings[key] = settings_over(out.settings, given);
  }
  out.name = text_of(document, "stageName");
  out.deployment_id = text_of(document, "deploymentId");
  if (const Json* log = find(document, "accessLogSettings")) {
    out.log_destination = text_of(*log, "destinationArn");
    out.log_format = text_of(*log, "format");
  }
  if (const Json* variables = find(document, "stageVariables")) {
    for (const auto& [name, value] : variables->items()) out.variables[name] = value.get<std::string>();
  }
  return out;
}

std::shared_ptr<const Deployment> deployment_of(const Json& snapshot) {
  auto out = std::make_shared<Deployment>();
  for (const Json& document : list_in(snapshot, "routes")) {
    Route route = route_of(document);
    out->by_key[route.key_text] = route;
    auto key = parse_route_key(route.key_text);
    if (!key) continue;
    route.key = std::move(*key);
    out->keys.push_back(route.key);
    out->routes.push_back(std::move(route));
  }
  // A WebSocket route answers only where it has a response $default.
  std::set<std::string> answering;
  for (const Json& document : list_in(snapshot, "routeResponses")) answering.insert(text_of(document, "_parent"));
  for (auto& [key, route] : out->by_key) route.answers = route.answers && answering.contains(route.id);
  for (const Json& document : list_in(snapshot, "integrations")) {
    Integration one = integration_of(document);
    out->integrations[one.id] = std::move(one);
  }
  for (const Json& document : list_in(snapshot, "integrationResponses"))
    out->integration_responses[text_of(document, "_parent")].push_back(document);
  for (const Json& document : list_in(snapshot, "models"))
    out->models[text_of(document, "name")] = parse_json(text_of(document, "schema")).value_or(Json::object());
  for (const Json& document : list_in(snapshot, "authorizers")) {
    Authorizer one = authorizer_of(document);
    out->authorizers[one.id] = std::move(one);
  }
  return out;
}

std::string with_stage_variables(const std::string& text, const Stage& stage) {
  static constexpr std::string_view kMark = "${stageVariables.";
  std::string out;
  size_t from = 0;
  while (true) {
    const size_t mark = text.find(kMark, from);
    const size_t end = mark == std::string::npos ? mark : text.find('}', mark);
    if (end == std::string::npos) return out + text.substr(from);
    out += text.substr(from, mark - from);
    auto value = stage.variables.find(text.substr(mark + kMark.size(), end - mark - kMark.size()));
    if (value != stage.variables.end()) out += value->second;
    from = end + 1;
  }
}

bool is_role(const std::string& arn) {
  return arn.starts_with("arn:") && arn.find(":role/") != std::string::npos;
}

std::string function_in(const std::string& uri) {
  static constexpr std::string_view kPath = ":lambda:path/2015-03-31/functions/";
  if (uri.find(":lambda:") == std::string::npos || !uri.starts_with("arn:")) return "";
  const size_t path = uri.find(kPath);
  if (path == std::string::npos) return uri.find(":function:") == std::string::npos ? "" : uri;
  const size_t end = uri.rfind("/invocations");
  if (end == std::string::npos || end < path + kPath.size()) return "";
  return uri.substr(path + kPath.size(), end - path - kPath.size());
}

}  // namespace millrace::apigateway
