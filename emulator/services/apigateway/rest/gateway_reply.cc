#include "emulator/services/apigateway/rest/gateway_reply.h"

#include "emulator/services/apigateway/rest/mapping.h"
#include "emulator/services/apigateway/substitution.h"

namespace millrace::apigateway::rest {

namespace {

struct Known {
  const char* type;
  ErrorKind kind;  // its code is x-amzn-ErrorType
};
const Known kKnown[] = {{"MISSING_AUTHENTICATION_TOKEN", {"MissingAuthenticationTokenException", 403}},
                        {"UNAUTHORIZED", {"UnauthorizedException", 401}},
                        {"ACCESS_DENIED", {"AccessDeniedException", 403}},
                        {"INVALID_API_KEY", {"ForbiddenException", 403}},
                        {"QUOTA_EXCEEDED", {"LimitExceededException", 429}},
                        {"THROTTLED", {"TooManyRequestsException", 429}},
                        {"BAD_REQUEST_BODY", {"BadRequestException", 400}},
                        {"BAD_REQUEST_PARAMETERS", {"BadRequestException", 400}},
                        {"UNSUPPORTED_MEDIA_TYPE", {"BadRequestException", 415}},
                        {"REQUEST_TOO_LARGE", {"RequestTooLargeException", 413}},
                        {"INVALID_SIGNATURE", {"InvalidSignatureException", 403}},
                        {"EXPIRED_TOKEN", {"ExpiredTokenException", 403}},
                        {"AUTHORIZER_FAILURE", {"AuthorizerFailureException", 500}},
                        {"AUTHORIZER_CONFIGURATION_ERROR", {"AuthorizerConfigurationException", 500}},
                        {"API_CONFIGURATION_ERROR", {"InternalServerErrorException", 500}},
                        {"INTEGRATION_FAILURE", {"InternalServerErrorException", 504}},
                        {"INTEGRATION_TIMEOUT", {"InternalServerErrorException", 504}}};
const ErrorKind kBadGateway{"InternalServerErrorException", 502};

const Json* own_response(const Exchange& exchange, const std::string& type) {
  if (!exchange.live.deployment) return nullptr;
  const auto& all = exchange.live.deployment->responses;
  auto found = all.find(type);
  return found == all.end() ? nullptr : &found->second;
}

std::optional<std::string> variable(const Exchange& exchange, const Json& context, const std::string& name) {
  if (name.starts_with("context.")) {
    const Json* found = dotted(context, std::string_view(name).substr(8));
    return found ? std::optional(text_of_value(*found)) : std::nullopt;
  }
  const std::string expression = name.starts_with("method.request.") || name.starts_with("stageVariables.") ? name : "";
  auto found = expression.empty() ? std::nullopt : mapped_value(exchange, expression);
  return found ? std::optional(text_of_value(*found)) : std::nullopt;
}

}  // namespace

AwsError gateway_error(const std::string& type, std::string message) {
  for (const Known& one : kKnown) {
    if (type == one.type) return {one.kind, std::move(message), Json{{"responseType", type}}};
  }
  return {kBadGateway, std::move(message), Json{{"responseType", type}}};
}

AwsError access_denied_error(std::string message) {
  AwsError out = gateway_error("ACCESS_DENIED", std::move(message));
  out.extra["capital"] = true;
  return out;
}

AwsError authorizer_error() {
  AwsError out = gateway_error("AUTHORIZER_CONFIGURATION_ERROR", "");
  out.extra["null"] = true;
  return out;
}

AwsError internal_server_error() {
  return gateway_error("API_CONFIGURATION_ERROR", "Internal server error");
}

AwsError bad_gateway_error() {
  return {kBadGateway, "Internal server error", Json{{"responseType", "API_CONFIGURATION_ERROR"}}};
}

bool is_gateway_error(const AwsError& error) {
  return find(error.extra, "responseType") != nullptr;
}

std::string substituted(const Exchange& exchange, const Json& context, const std::string& text,
                        const std::string& missing) {
  return apigateway::substituted(
      text, [&](const std::string& name) { return variable(exchange, context, name); }, missing);
}

protocol::HttpReply gateway_reply(Exchange& exchange, const AwsError& error) {
  const std::string type = text_of(error.extra, "responseType");
  const Json* own = own_response(exchange, type);
  const Json* chosen =
      own ? own : own_response(exchange, error.kind->http_status >= 500 ? "DEFAULT_5XX" : "DEFAULT_4XX");
  const bool null = bool_of(error.extra, "null");
  exchange.error_message = null ? "" : error.message;
  exchange.error_type = type;
  Json context = context_of(exchange);
  context["error"] = {{"message", null ? Json() : Json(error.message)},
                      {"messageString", null ? std::string("null") : to_text(Json(error.message))},
                      {"responseType", type},
                      {"validationErrorString", exchange.validation_error}};
  protocol::HttpReply reply;
  reply.status = error.kind->http_status;
  reply.headers.set("x-amzn-ErrorType", error.kind->code);
  reply.headers.set("Content-Type", "application/json");
  reply.body =
      to_text(Json{{bool_of(error.extra, "capital") ? "Message" : "message", null ? Json() : Json(error.message)}});
  if (!chosen) return reply;
  if (const int status = std::atoi(text_of(*chosen, "statusCode").c_str()); status >= 100) reply.status = status;
  const Json parameters = chosen->value("responseParameters", Json::object());
  for (const auto& [target, expression] : parameters.items()) {
    static constexpr std::string_view kPrefix = "gatewayresponse.header.";
    auto value = mapped_value(exchange, text_of_value(expression));
    if (target.starts_with(kPrefix) && value) reply.headers.set(target.substr(kPrefix.size()), text_of_value(*value));
  }
  const Json templates = chosen->value("responseTemplates", Json::object());
  std::string_view accept = exchange.call->http.headers.get("accept");
  const Json* text = template_for(templates, accept.substr(0, accept.find(',')));
  if (!text && templates.contains("application/json")) text = &templates["application/json"];
  if (!text && !templates.empty()) text = &*templates.begin();
  if (text) reply.body = substituted(exchange, context, text_of_value(*text), "");
  return reply;
}

}  // namespace millrace::apigateway::rest
