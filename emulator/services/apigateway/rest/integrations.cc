// PutIntegration, GetIntegration, UpdateIntegration, DeleteIntegration and the same of integration responses.

#include "emulator/base/arn.h"
#include "emulator/services/apigateway/rest/in_method.h"
#include "emulator/services/apigateway/rest/patch.h"

namespace millrace::apigateway::rest {

using namespace protocol;

namespace {

constexpr const char* kOne = "/restapis/{restApiId}/resources/{resourceId}/methods/{verb}/integration";
constexpr const char* kResponsePath =
    "/restapis/{restApiId}/resources/{resourceId}/methods/{verb}/integration/responses/{statusCode}";

const std::vector<PatchRule>& rules() {
  static const std::vector<PatchRule> all = {{"/uri", "r"},
                                             {"/httpMethod", "r"},
                                             {"/credentials", "r", As::optional},
                                             {"/passthroughBehavior", "r"},
                                             {"/contentHandling", "rd", As::optional},
                                             {"/timeoutInMillis", "r", As::integer},
                                             {"/connectionType", "r"},
                                             {"/connectionId", "r", As::optional},
                                             {"/cacheNamespace", "r"},
                                             {"/cacheKeyParameters/*", "ad", As::element},
                                             {"/requestParameters/*", "ard"},
                                             {"/requestTemplates/*", "ard"},
                                             {"/tlsConfig/insecureSkipVerification", "r", As::boolean},
                                             {"/responseTransferMode", "r"},
                                             {"/integrationTarget", "r"}};
  return all;
}

const std::vector<PatchRule>& response_rules() {
  static const std::vector<PatchRule> all = {{"/selectionPattern", "r"},
                                             {"/contentHandling", "rd", As::optional},
                                             {"/responseParameters/*", "ard"},
                                             {"/responseTemplates/*", "ard"}};
  return all;
}

const Shape& integration_shape() {
  static const Shape shape = structure(
      {required("type", string().one_of({"HTTP", "MOCK", "AWS_PROXY", "AWS", "HTTP_PROXY"})),
       optional("httpMethod", string()), optional("uri", string()),
       optional("connectionType", string().one_of({"VPC_LINK", "INTERNET"})), optional("connectionId", string()),
       optional("credentials", string()), optional("requestParameters", map(string())),
       optional("requestTemplates", map(string())), optional("passthroughBehavior", string()),
       optional("cacheNamespace", string()), optional("cacheKeyParameters", list(string())),
       optional("contentHandling", string().one_of({"CONVERT_TO_TEXT", "CONVERT_TO_BINARY"})),
       optional("timeoutInMillis", integer()),
       optional("responseTransferMode", string().one_of({"BUFFERED", "STREAM"})),
       optional("tlsConfig", structure({optional("insecureSkipVerification", boolean())}))});
  return shape;
}

AwsError invalid_mapping(const std::string& expression) {
  return errors::bad_request(
      "Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid mapping expression "
      "specified: " +
      expression + "]");
}

/// What may stand on the right of a mapping; AWS checks the form only.
bool is_source(const std::string& value, std::string_view message) {
  if (value.size() >= 2 && value.front() == '\'' && value.back() == '\'') return true;
  return value.starts_with(message) || value.starts_with("context.") || value.starts_with("stageVariables.");
}

Result<void> check_uri(const std::string& type, const std::string& uri) {
  if (type == "MOCK") return {};
  if (type == "HTTP" || type == "HTTP_PROXY") {
    const bool has_host =
        uri.starts_with("http://") || uri.starts_with("https://") || uri.starts_with("${stageVariables");
    return has_host ? Result<void>() : errors::bad_request("Invalid HTTP endpoint specified for URI");
  }
  const auto arn = Arn::parse(uri);
  if (!arn || arn->service != "apigateway") return errors::bad_request("Invalid ARN specified in the request");
  if (!arn->resource.starts_with("path/") && !arn->resource.starts_with("action/"))
    return errors::bad_request("AWS ARN for integration must contain path or action");
  const std::string& service = arn->account;
  if (type == "AWS_PROXY" && service != "lambda" && service != "firehose")
    return errors::bad_request(
        "Integrations of type 'AWS_PROXY' currently only supports Lambda function and Firehose stream invocations.");
  return {};
}

Result<void> check_integration(const Json& integration) {
  const std::string type = text_of(integration, "type");
  if (type != "MOCK" && text_of(integration, "httpMethod").empty())
    return errors::bad_request("Enumeration value for HttpMethod must be non-empty");
  TRY_VOID(check_uri(type, text_of(integration, "uri")));
  const std::string passthrough = text_of(integration, "passthroughBehavior");
  if (passthrough != "WHEN_NO_MATCH" && passthrough != "WHEN_NO_TEMPLATES" && passthrough != "NEVER")
    return errors::bad_request("Invalid passthrough behavior specified: " + passthrough);  // unverified: the words
  const int64_t timeout = int_of(integration, "timeoutInMillis");
  if (timeout < 50 || timeout > 300'000)  // beyond 29,000 with a raised quota
    return errors::bad_request("Timeout should be between 50 ms and 29000 ms");
  const Json parameters = integration.value("requestParameters", Json::object());
  for (const auto& [name, value] : parameters.items()) {
    const std::string source = value.is_string() ? value.get<std::string>() : "";
    if (!name.starts_with("integration.request.")) return invalid_mapping(name);
    if (!is_source(source, "method.request.")) return invalid_mapping(source);
  }
  return {};
}

/// A header that a response maps must be declared by the method's response.
Result<void> check_response(const Json& method, const Json& response) {
  const std::string status = text_of(response, "statusCode");
  const Json* declared = find(method, "methodResponses") ? find(method["methodResponses"], status) : nullptr;
  const Json parameters = response.value("responseParameters", Json::object());
  for (const auto& [name, value] : parameters.items()) {
    const std::string source = value.is_string() ? value.get<std::string>() : "";
    if (!is_source(source, "integration.response.")) return invalid_mapping(source);
    const Json* names = declared ? find(*declared, "responseParameters") : nullptr;
    if (!names || !names->contains(name))
      return errors::bad_request(
          "Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid mapping "
          "expression "
          "parameter specified: " +
          name + "]");
  }
  return {};
}

Result<Json> put(Gateway& gateway, const Call& call) {
  return change_method(gateway, call, [&](storage::Txn&, Json& method) -> Result<Json> {
    TRY(Json integration, integration_of(call.input, text_of(call.input, "resourceId")));
    // What was answered before stays: a PUT replaces the integration, its responses too.
    method["methodIntegration"] = integration;
    return integration;
  });
}

Result<Json> get(Gateway& gateway, const Call& call) {
  return read_method(gateway, call, [](const Json& method) -> Result<Json> {
    const Json* integration = find(method, "methodIntegration");
    if (!integration) return errors::no_such("Integration");
    return *integration;
  });
}

/// Runs `edit(method, integration)` on the path's integration.
Result<Json> change_integration(Gateway& gateway, const Call& call,
                                const std::function<Result<Json>(Json& method, Json& integration)>& edit) {
  return change_method(gateway, call, [&](storage::Txn&, Json& method) -> Result<Json> {
    if (!find(method, "methodIntegration")) return errors::no_such("Integration");
    return edit(method, method["methodIntegration"]);
  });
}

Result<Json> update(Gateway& gateway, const Call& call) {
  return change_integration(gateway, call, [&](Json&, Json& integration) -> Result<Json> {
    TRY_VOID(apply_patches(integration, call.input, "updateIntegrationInput", rules()));
    if (!find(integration, "cacheKeyParameters")) integration["cacheKeyParameters"] = Json::array();
    TRY_VOID(check_integration(integration));
    return integration;
  });
}

Result<Json> remove(Gateway& gateway, const Call& call) {
  return change_method(gateway, call, [](storage::Txn&, Json& method) -> Result<Json> {
    if (!find(method, "methodIntegration")) return errors::no_such("Integration");
    method.erase("methodIntegration");
    return Json();
  });
}

Result<Json> put_response(Gateway& gateway, const Call& call) {
  const std::string status = text_of(call.input, "statusCode");
  return change_integration(gateway, call, [&](Json& method, Json& integration) -> Result<Json> {
    if (!find(method, "methodResponses") || !method["methodResponses"].contains(status))
      return errors::not_found("Invalid Response status code specified");
    Json response = integration_response_of(call.input, status);
    TRY_VOID(check_response(method, response));
    integration["integrationResponses"][status] = response;
    return response;
  });
}

Json* response_in(Json& integration, const Call& call) {
  if (!find(integration, "integrationResponses")) return nullptr;
  auto found = integration["integrationResponses"].find(text_of(call.input, "statusCode"));
  return found == integration["integrationResponses"].end() ? nullptr : &*found;
}

Result<Json> get_response(Gateway& gateway, const Call& call) {
  return read_method(gateway, call, [&](const Json& method) -> Result<Json> {
    const Json* integration = find(method, "methodIntegration");
    if (!integration) return errors::no_such("Integration");
    Json copy = *integration;
    Json* response = response_in(copy, call);
    if (!response) return errors::not_found("Invalid Response status code specified");
    return *response;
  });
}

Result<Json> update_response(Gateway& gateway, const Call& call) {
  return change_integration(gateway, call, [&](Json& method, Json& integration) -> Result<Json> {
    Json* response = response_in(integration, call);
    if (!response) return errors::not_found("Invalid Response status code specified");
    TRY_VOID(apply_patches(*response, call.input, "updateIntegrationResponseInput", response_rules()));
    TRY_VOID(check_response(method, *response));
    return *response;
  });
}

Result<Json> remove_response(Gateway& gateway, const Call& call) {
  return change_integration(gateway, call, [&](Json&, Json& integration) -> Result<Json> {
    if (!response_in(integration, call)) return errors::not_found("Invalid Response status code specified");
    integration["integrationResponses"].erase(text_of(call.input, "statusCode"));
    if (integration["integrationResponses"].empty()) integration.erase("integrationResponses");
    return Json();
  });
}

}  // namespace

Result<Json> integration_of(const Json& input, const std::string& resource_id) {
  const std::string type = text_of(input, "type");
  Json out = {{"type", type}};
  copy_given(out, input, {"httpMethod", "uri", "credentials", "requestParameters", "requestTemplates"});
  if (type.starts_with("HTTP")) out["connectionType"] = text_of(input, "connectionType", "INTERNET");
  for (const char* member : {"connectionId", "contentHandling", "responseTransferMode"}) {
    if (const std::string value = text_of(input, member); !value.empty()) out[member] = value;
  }
  out["passthroughBehavior"] = text_of(input, "passthroughBehavior", "WHEN_NO_MATCH");
  out["timeoutInMillis"] = int_of(input, "timeoutInMillis", 29'000);
  out["cacheNamespace"] = text_of(input, "cacheNamespace", resource_id);
  out["cacheKeyParameters"] = input.value("cacheKeyParameters", Json::array());
  copy_given(out, input, {"tlsConfig"});
  TRY_VOID(check_integration(out));
  return out;
}

Json integration_response_of(const Json& input, const std::string& status) {
  Json out = {{"statusCode", status}};
  copy_given(out, input, {"selectionPattern", "responseParameters", "responseTemplates", "contentHandling"});
  if (!find(out, "responseTemplates")) return out;
  // AWS shows an empty template as null.
  for (auto& [type, text] : out["responseTemplates"].items()) {
    if (text == "") text = nullptr;
  }
  return out;
}

Operations integration_operations(Gateway& gateway) {
  static const Shape response_shape =
      structure({optional("selectionPattern", string()), optional("responseParameters", map(string())),
                 optional("responseTemplates", map(string())),
                 optional("contentHandling", string().one_of({"CONVERT_TO_TEXT", "CONVERT_TO_BINARY"}))});
  return {operation(gateway, "PutIntegration", {"PUT", kOne, 201}, put, &integration_shape()),
          operation(gateway, "GetIntegration", {"GET", kOne, 200}, get),
          operation(gateway, "UpdateIntegration", {"PATCH", kOne, 200}, update),
          operation(gateway, "DeleteIntegration", {"DELETE", kOne, 204}, remove),
          operation(gateway, "PutIntegrationResponse", {"PUT", kResponsePath, 201}, put_response, &response_shape),
          operation(gateway, "GetIntegrationResponse", {"GET", kResponsePath, 200}, get_response),
          operation(gateway, "UpdateIntegrationResponse", {"PATCH", kResponsePath, 200}, update_response),
          operation(gateway, "DeleteIntegrationResponse", {"DELETE", kResponsePath, 204}, remove_response)};
}

}  // namespace millrace::apigateway::rest
