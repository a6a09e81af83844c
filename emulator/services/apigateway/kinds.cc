// Routes, integrations and authorizers: their members, defaults and checks.

#include "emulator/services/apigateway/http_outgoing.h"
#include "emulator/services/apigateway/resources.h"

namespace millrace::apigateway {

using namespace protocol;
using storage::Reader;

namespace {

Result<void> exists(const Reader& reader, const Scope& scope, const char* kind, const Json& api, const std::string& id,
                    const char* type) {
  if (storage::get_document(reader, child_key(scope, kind, text_of(api, "apiId"), id))) return {};
  return errors::bad_request("Invalid " + std::string(type) + " identifier specified " + id);  // unverified: the words
}

void default_to(Json& document, const char* member, Json value) {
  if (!find(document, member)) document[member] = std::move(value);
}

Result<void> complete_route(const Reader& reader, const Scope& scope, const Json& api, Json& route) {
  const std::string key = text_of(route, "routeKey");
  const bool is_websocket = text_of(api, "protocolType") == "WEBSOCKET";
  if (!is_websocket && !parse_route_key(key))
    return errors::bad_request(
        "The provided route key is not formatted properly for HTTP protocol. Format should be "
        "\"<HTTP METHOD> /<RESOURCE PATH>\" or \"$default\"");
  default_to(route, "apiKeyRequired", false);
  default_to(route, "authorizationType", "NONE");
  const std::string target = text_of(route, "target");
  if (target.starts_with("integrations/"))
    TRY_VOID(exists(reader, scope, "integration", api, target.substr(13), "Integration"));
  const std::string authorization = text_of(route, "authorizationType");
  if (authorization == "JWT" || authorization == "CUSTOM") {
    if (text_of(route, "authorizerId").empty())
      return errors::bad_request(
          "Invalid authorizer ID specified. Setting the authorization type to CUSTOM or JWT "
          "requires a valid authorizer.");
    TRY_VOID(exists(reader, scope, "authorizer", api, text_of(route, "authorizerId"), "Authorizer"));
  }
  const std::string api_id = text_of(api, "apiId"), own = text_of(route, "routeId");
  for (const Json& other : storage::list_documents(reader, children_prefix(scope, "route", api_id))) {
    if (text_of(other, "routeKey") == key && text_of(other, "routeId") != own)
      return errors::conflict("Route with key " + key + " already exists for this API");
  }
  return {};
}

/// A service's operation instead of a function: what it must be given.
Result<void> check_subtype(const Json& integration) {
  const std::string name = text_of(integration, "integrationSubtype");
  const Subtype* subtype = find_subtype(name);
  if (!subtype) return errors::not_built("The integration subtype " + name);
  if (text_of(integration, "credentialsArn").empty())  // unverified: the words
    return errors::bad_request("CredentialsArn must be specified for integrations with a subtype");
  const Json given = integration.value("requestParameters", Json::object());
  for (const std::string& wanted : subtype->required) {
    if (!given.contains(wanted))  // unverified: the words
      return errors::bad_request("Parameter: " + wanted + " is required for integration subtype: " + name);
  }
  return {};
}

/// What a WebSocket API's integrations have beside or instead of an HTTP API's.
Result<void> complete_socket_integration(Json& integration) {
  const std::string type = text_of(integration, "integrationType");
  if (type != "MOCK" && text_of(integration, "integrationUri").empty())
    return errors::bad_request("Integration URI must be specified");  // unverified: the words
  default_to(integration, "connectionType", "INTERNET");
  default_to(integration, "payloadFormatVersion", "1.0");
  default_to(integration, "timeoutInMillis", 29'000);
  default_to(integration, "passthroughBehavior", "WHEN_NO_MATCH");
  if (type.starts_with("AWS")) default_to(integration, "integrationMethod", "POST");
  default_to(integration, "integrationResponseSelectionExpression", "${integration.response.statuscode}");
  return {};
}

Result<void> complete_integration(const Reader&, const Scope&, const Json& api, Json& integration) {
  if (text_of(api, "protocolType") == "WEBSOCKET") return complete_socket_integration(integration);
  const std::string type = text_of(integration, "integrationType");
  if (type != "AWS_PROXY" && type != "HTTP_PROXY")
    return errors::bad_request("Integrations of type '" + type + "' are not supported for HTTP APIs");
  const std::string subtype = text_of(integration, "integrationSubtype");
  if (!subtype.empty()) TRY_VOID(check_subtype(integration));
  if (subtype.empty() && text_of(integration, "integrationUri").empty())
    return errors::bad_request("Integration URI must be specified");  // unverified: the words
  default_to(integration, "connectionType", "INTERNET");
  default_to(integration, "payloadFormatVersion", "1.0");
  const std::string version = text_of(integration, "payloadFormatVersion");
  if (version != "1.0" && version != "2.0")
    return errors::bad_request("Invalid PayloadFormatVersion specified: " + version);  // unverified: the words
  default_to(integration, "timeoutInMillis", 30'000);
  return {};
}

Result<void> complete_authorizer(const Reader& reader, const Scope& scope, const Json& api, Json& authorizer) {
  const std::string type = text_of(authorizer, "authorizerType");
  if (type == "JWT") {
    const Json* jwt = find(authorizer, "jwtConfiguration");
    if (!jwt || text_of(*jwt, "issuer").empty())
      return errors::bad_request("JWT configuration with an issuer is required for authorizers of type JWT");
    authorizer.erase("authorizerResultTtlInSeconds");
  } else {
    if (text_of(authorizer, "authorizerUri").empty())
      return errors::bad_request("AuthorizerUri is required for authorizers of type REQUEST");
    // WebSocket APIs' authorizers have no version (CreateAuthorizer, "Supported only for HTTP API Lambda authorizers").
    if (text_of(api, "protocolType") == "HTTP") default_to(authorizer, "authorizerPayloadFormatVersion", "1.0");
    default_to(authorizer, "enableSimpleResponses", false);
    if (bool_of(authorizer, "enableSimpleResponses") && text_of(authorizer, "authorizerPayloadFormatVersion") != "2.0")
      return errors::bad_request("EnableSimpleResponses is supported for authorizer payload format version 2.0 only");
    default_to(authorizer, "authorizerResultTtlInSeconds", 0);
  }
  const std::string api_id = text_of(api, "apiId");
  for (const Json& other : storage::list_documents(reader, children_prefix(scope, "authorizer", api_id))) {
    if (text_of(other, "name") == text_of(authorizer, "name") &&
        text_of(other, "authorizerId") != text_of(authorizer, "authorizerId"))
      return errors::conflict("Authorizer with name " + text_of(authorizer, "name") + " already exists for this API");
  }
  return {};
}

/// A part that routes refer to stays while they do.
Result<void> unused_by_routes(const Reader& reader, const Scope& scope, const std::string& api, const char* member,
                              const std::string& value, const char* type) {
  for (const Json& route : storage::list_documents(reader, children_prefix(scope, "route", api))) {
    if (text_of(route, member) == value)
      return errors::conflict("Cannot delete " + std::string(type) +
                              ", is referenced in route: " + text_of(route, "routeKey"));  // unverified: the words
  }
  return {};
}

}  // namespace

const Kind& route_kind() {
  static const Kind kind{
      .name = "Route",
      .segment = "routes",
      .stored = "route",
      .id_member = "routeId",
      .id_length = 7,
      .is_deployed = true,
      .create = structure({required("routeKey", string()), optional("target", string()),
                           optional("authorizationType", string().one_of({"NONE", "AWS_IAM", "CUSTOM", "JWT"})),
                           optional("authorizationScopes", list(string())), optional("apiKeyRequired", boolean())}),
      .members = {"routeKey", "target", "authorizationType", "authorizerId", "authorizationScopes", "apiKeyRequired",
                  "operationName", "routeResponseSelectionExpression", "modelSelectionExpression", "requestModels",
                  "requestParameters"},
      .complete = complete_route};
  return kind;
}

const Kind& integration_kind() {
  static const Kind kind{
      .name = "Integration",
      .segment = "integrations",
      .stored = "integration",
      .id_member = "integrationId",
      .id_length = 7,
      .is_deployed = true,
      .create =
          structure({required("integrationType", string().one_of({"AWS", "HTTP", "MOCK", "HTTP_PROXY", "AWS_PROXY"})),
                     optional("timeoutInMillis", integer().range(50, 30'000)), optional("integrationUri", string())}),
      .members = {"connectionId", "connectionType", "credentialsArn", "description", "integrationMethod",
                  "integrationSubtype", "integrationType", "integrationUri", "payloadFormatVersion",
                  "requestParameters", "responseParameters", "timeoutInMillis", "tlsConfig", "passthroughBehavior",
                  "requestTemplates", "templateSelectionExpression", "contentHandlingStrategy",
                  "integrationResponseSelectionExpression"},
      .complete = complete_integration,
      .may_go = [](const Reader& reader, const Scope& scope, const std::string& api, const std::string& id) {
        return unused_by_routes(reader, scope, api, "target", "integrations/" + id, "integration");
      }};
  return kind;
}

const Kind& authorizer_kind() {
  static const Kind kind{
      .name = "Authorizer",
      .segment = "authorizers",
      .stored = "authorizer",
      .id_member = "authorizerId",
      .id_length = 6,
      .is_deployed = true,
      .create = structure({required("authorizerType", string().one_of({"REQUEST", "JWT"})),
                           optional("authorizerResultTtlInSeconds", integer().range(0, 3600)),
                           required("identitySource", list(string())), required("name", string().length(1, 128))}),
      .members = {"authorizerCredentialsArn", "authorizerPayloadFormatVersion", "authorizerResultTtlInSeconds",
                  "authorizerType", "authorizerUri", "enableSimpleResponses", "identitySource",
                  "identityValidationExpression", "jwtConfiguration", "name"},
      .complete = complete_authorizer,
      .may_go = [](const Reader& reader, const Scope& scope, const std::string& api, const std::string& id) {
        return unused_by_routes(reader, scope, api, "authorizerId", id, "authorizer");
      }};
  return kind;
}

namespace {

Result<void> check_parent(const Reader& reader, const Scope& scope, const Json& api, const Json& document,
                          const char* kind, const char* type) {
  const std::string parent = text_of(document, "_parent");
  if (text_of(api, "protocolType") != "WEBSOCKET")  // unverified: the words
    return errors::bad_request(std::string(type) + " responses are supported by WebSocket APIs only");
  if (!storage::get_document(reader, child_key(scope, kind, text_of(api, "apiId"), parent)))
    return errors::not_found(type, parent);
  return {};
}

}  // namespace

const Kind& route_response_kind() {
  static const Kind kind{
      .name = "RouteResponse",
      .segment = "routeresponses",
      .stored = "routeresponse",
      .id_member = "routeResponseId",
      .id_length = 7,
      .parent_segment = "routes",
      .parent_member = "routeId",
      .is_deployed = true,
      .create = structure({required("routeResponseKey", string())}),
      .members = {"routeResponseKey", "modelSelectionExpression", "responseModels", "responseParameters"},
      .complete = [](const Reader& reader, const Scope& scope, const Json& api, Json& document) {
        return check_parent(reader, scope, api, document, "route", "Route");
      }};
  return kind;
}

const Kind& integration_response_kind() {
  static const Kind kind{.name = "IntegrationResponse",
                         .segment = "integrationresponses",
                         .stored = "integrationresponse",
                         .id_member = "integrationResponseId",
                         .id_length = 7,
                         .parent_segment = "integrations",
                         .parent_member = "integrationId",
                         .is_deployed = true,
                         .create = structure({required("integrationResponseKey", string())}),
                         .members = {"integrationResponseKey", "contentHandlingStrategy", "responseParameters",
                                     "responseTemplates", "templateSelectionExpression"},
                         .complete = [](const Reader& reader, const Scope& scope, const Json& api, Json& document) {
                           return check_parent(reader, scope, api, document, "integration", "Integration");
                         }};
  return kind;
}

const Kind& model_kind() {
  static const Kind kind{
      .name = "Model",
      .segment = "models",
      .stored = "model",
      .id_member = "modelId",
      .id_length = 6,
      .is_deployed = true,
      .create = structure({required("name", string().length(1, 128)), optional("contentType", string().length(1, 256)),
                           optional("description", string().length(0, 1024)),
                           required("schema", string().length(0, 32'768))}),
      .members = {"name", "contentType", "description", "schema"},
      .complete = [](const Reader& reader, const Scope& scope, const Json& api, Json& document) -> Result<void> {
        if (text_of(api, "protocolType") != "WEBSOCKET")  // unverified: the words
          return errors::bad_request("Models are supported by WebSocket APIs only");
        default_to(document, "contentType", "application/json");
        const std::string name = text_of(document, "name");
        for (const Json& other :
             storage::list_documents(reader, children_prefix(scope, "model", text_of(api, "apiId")))) {
          if (text_of(other, "name") == name && text_of(other, "modelId") != text_of(document, "modelId"))
            return errors::conflict("Model with name " + name + " already exists for this API");
        }
        return {};
      }};
  return kind;
}

}  // namespace millrace::apigateway
