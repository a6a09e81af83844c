// PutMethod, GetMethod, UpdateMethod, DeleteMethod and the same of method responses.

#include <array>

#include "emulator/services/apigateway/rest/in_method.h"
#include "emulator/services/apigateway/rest/patch.h"

namespace millrace::apigateway::rest {

using namespace protocol;

namespace {

constexpr const char* kOne = "/restapis/{restApiId}/resources/{resourceId}/methods/{verb}";
constexpr const char* kResponsePath =
    "/restapis/{restApiId}/resources/{resourceId}/methods/{verb}/responses/{statusCode}";
constexpr std::array<std::string_view, 8> kVerbs = {"GET", "PUT", "POST", "DELETE", "PATCH", "OPTIONS", "HEAD", "ANY"};

const std::vector<PatchRule>& rules() {
  static const std::vector<PatchRule> all = {{"/authorizationType", "r"},
                                             {"/authorizerId", "r", As::optional},
                                             {"/authorizationScopes", "ard", As::by_value},
                                             {"/apiKeyRequired", "r", As::boolean},
                                             {"/operationName", "r", As::optional},
                                             {"/requestValidatorId", "r", As::optional},
                                             {"/requestParameters/*", "ard", As::boolean},
                                             {"/requestModels/*", "ard"}};
  return all;
}

const std::vector<PatchRule>& response_rules() {
  static const std::vector<PatchRule> all = {{"/responseParameters/*", "ard", As::boolean},
                                             {"/responseModels/*", "ard"}};
  return all;
}

const Shape& method_shape() {
  static const Shape shape =
      structure({required("authorizationType", string()), optional("authorizerId", string()),
                 optional("apiKeyRequired", boolean()), optional("operationName", string()),
                 optional("requestParameters", map(boolean())), optional("requestModels", map(string())),
                 optional("requestValidatorId", string()), optional("authorizationScopes", list(string()))});
  return shape;
}

const Shape& response_shape() {
  static const Shape shape =
      structure({optional("responseParameters", map(boolean())), optional("responseModels", map(string()))});
  return shape;
}

Result<void> check_method(const storage::Reader& reader, const Scope& scope, const std::string& api,
                          const Json& method) {
  const std::string authorization = text_of(method, "authorizationType"), authorizer = text_of(method, "authorizerId");
  if (authorization != "NONE" && authorization != "AWS_IAM" && authorization != "CUSTOM" &&
      authorization != "COGNITO_USER_POOLS")
    return errors::bad_request(  // unverified: the words
        "Invalid Authorization Type specified. Valid options are NONE, AWS_IAM, CUSTOM, COGNITO_USER_POOLS");
  if (authorization == "CUSTOM" || authorization == "COGNITO_USER_POOLS") {
    if (authorizer.empty() || !storage::get_document(reader, part_key(scope, kAuthorizer, api, authorizer)))
      return errors::bad_request(
          "Invalid authorizer ID specified. Setting the authorization type to CUSTOM or COGNITO_USER_POOLS requires a "
          "valid authorizer.");
  }
  if (const std::string validator = text_of(method, "requestValidatorId");
      !validator.empty() && !storage::get_document(reader, part_key(scope, kValidator, api, validator)))
    return errors::bad_request("Invalid Request Validator identifier specified");
  const Json models = method.value("requestModels", Json::object());
  for (const auto& [type, name] : models.items()) {
    const std::string model = name.is_string() ? name.get<std::string>() : "";
    if (!storage::get_document(reader, part_key(scope, kModel, api, model)))
      return errors::bad_request("Invalid model identifier specified: " + model);
  }
  const Json parameters = method.value("requestParameters", Json::object());
  for (const auto& [name, required] : parameters.items()) {
    static constexpr std::array<std::string_view, 5> kPrefixes = {
        "method.request.path.", "method.request.querystring.", "method.request.header.",
        "method.request.multivaluequerystring.", "method.request.multivalueheader."};
    const bool known = std::any_of(kPrefixes.begin(), kPrefixes.end(),
                                   [&n = name](std::string_view p) { return n.starts_with(p) && n.size() > p.size(); });
    if (!known)  // unverified: the words
      return errors::bad_request(
          "Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid "
          "mapping expression parameter specified: " +
          name + "]");
  }
  return {};
}

Result<Json> put(Gateway& gateway, const Call& call) {
  const Scope scope = scope_of(call);
  const std::string api = text_of(call.input, "restApiId"), verb = text_of(call.input, "verb");
  return change(gateway, [&](storage::Txn& txn) -> Result<Json> {
    TRY(Json resource, load_resource(txn, call));
    if (methods_of(resource).contains(verb)) return errors::conflict("Method already exists for this resource");
    TRY(Json method, method_of(txn, scope, api, call.input, verb));
    resource["resourceMethods"][verb] = method;
    put_part(txn, scope, kResource, api, text_of(resource, "id"), resource);
    return method;
  });
}

Result<Json> get(Gateway& gateway, const Call& call) {
  return read_method(gateway, call, [](const Json& method) -> Result<Json> { return method; });
}

Result<Json> update(Gateway& gateway, const Call& call) {
  return change_method(gateway, call, [&](storage::Txn& txn, Json& method) -> Result<Json> {
    TRY(const auto operations, patch_operations(call.input, "updateMethodInput"));
    for (const PatchOperation& one : operations) {
      if (one.path == "/httpMethod") return errors::bad_request("Invalid patch path /httpMethod");
    }
    TRY_VOID(apply_patches(method, call.input, "updateMethodInput", rules()));
    if (text_of(method, "authorizationType") == "NONE" || text_of(method, "authorizationType") == "AWS_IAM")
      method.erase("authorizerId");
    TRY_VOID(check_method(txn, scope_of(call), text_of(call.input, "restApiId"), method));
    return method;
  });
}

Result<Json> remove(Gateway& gateway, const Call& call) {
  const Scope scope = scope_of(call);
  return change(gateway, [&](storage::Txn& txn) -> Result<Json> {
    TRY(Json resource, load_resource(txn, call));
    if (!method_in(resource, call)) return errors::no_such("Method");
    resource["resourceMethods"].erase(text_of(call.input, "verb"));
    if (resource["resourceMethods"].empty()) resource.erase("resourceMethods");
    put_part(txn, scope, kResource, text_of(call.input, "restApiId"), text_of(resource, "id"), resource);
    return Json();
  });
}

bool is_status(const std::string& status) {
  return status.size() == 3 && status[0] >= '1' && status[0] <= '5' &&
         status.find_first_not_of("0123456789") == std::string::npos;
}

/// Its models must be there, its parameters headers.
Result<void> check_response(const storage::Reader& reader, const Call& call, const Json& response) {
  const Json models = response.value("responseModels", Json::object());
  for (const auto& [type, name] : models.items()) {
    const std::string model = name.is_string() ? name.get<std::string>() : "";
    if (!storage::get_document(reader, part_key(scope_of(call), kModel, text_of(call.input, "restApiId"), model)))
      return errors::bad_request("Invalid model identifier specified: " + model);
  }
  const Json parameters = response.value("responseParameters", Json::object());
  for (const auto& [name, required] : parameters.items()) {
    if (!name.starts_with("method.response.header."))  // unverified: the words
      return errors::bad_request(
          "Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid mapping "
          "expression parameter specified: " +
          name + "]");
  }
  return {};
}

Result<Json> put_response(Gateway& gateway, const Call& call) {
  const std::string status = text_of(call.input, "statusCode");
  return change_method(gateway, call, [&](storage::Txn& txn, Json& method) -> Result<Json> {
    if (!is_status(status)) return errors::bad_request("Invalid Response status code specified");
    if (find(method, "methodResponses") && method["methodResponses"].contains(status))
      return errors::conflict("Response already exists for this resource");  // unverified: the words
    Json response = {{"statusCode", status}};
    copy_given(response, call.input, {"responseParameters", "responseModels"});
    TRY_VOID(check_response(txn, call, response));
    method["methodResponses"][status] = response;
    return response;
  });
}

Json* response_in(Json& method, const Call& call) {
  if (!find(method, "methodResponses")) return nullptr;
  auto found = method["methodResponses"].find(text_of(call.input, "statusCode"));
  return found == method["methodResponses"].end() ? nullptr : &*found;
}

Result<Json> get_response(Gateway& gateway, const Call& call) {
  return read_method(gateway, call, [&](const Json& method) -> Result<Json> {
    Json copy = method;
    Json* response = response_in(copy, call);
    if (!response) return errors::not_found("Invalid Response status code specified");
    return *response;
  });
}

Result<Json> update_response(Gateway& gateway, const Call& call) {
  return change_method(gateway, call, [&](storage::Txn& txn, Json& method) -> Result<Json> {
    Json* response = response_in(method, call);
    if (!response) return errors::not_found("Invalid Response status code specified");
    TRY_VOID(apply_patches(*response, call.input, "updateMethodResponseInput", response_rules()));
    TRY_VOID(check_response(txn, call, *response));
    return *response;
  });
}

Result<Json> remove_response(Gateway& gateway, const Call& call) {
  return change_method(gateway, call, [&](storage::Txn&, Json& method) -> Result<Json> {
    if (!response_in(method, call)) return errors::not_found("Invalid Response status code specified");
    method["methodResponses"].erase(text_of(call.input, "statusCode"));
    if (method["methodResponses"].empty()) method.erase("methodResponses");
    return Json();
  });
}

}  // namespace

Result<Json> method_of(const storage::Reader& reader, const Scope& scope, const std::string& api, const Json& input,
                       const std::string& verb) {
  if (std::find(kVerbs.begin(), kVerbs.end(), verb) == kVerbs.end())
    return errors::bad_request(
        "Invalid HttpMethod specified. Valid options are GET,PUT,POST,DELETE,PATCH,OPTIONS,HEAD,ANY");
  Json method = {{"httpMethod", verb},
                 {"authorizationType", text_of(input, "authorizationType", "NONE")},
                 {"apiKeyRequired", bool_of(input, "apiKeyRequired")}};
  for (const char* member : {"authorizerId", "requestValidatorId", "operationName"}) {
    if (const std::string value = text_of(input, member); !value.empty()) method[member] = value;
  }
  copy_given(method, input, {"requestParameters", "requestModels", "authorizationScopes"});
  TRY_VOID(check_method(reader, scope, api, method));
  return method;
}

Operations method_operations(Gateway& gateway) {
  return {operation(gateway, "PutMethod", {"PUT", kOne, 201}, put, &method_shape()),
          operation(gateway, "GetMethod", {"GET", kOne, 200}, get),
          operation(gateway, "UpdateMethod", {"PATCH", kOne, 200}, update),
          operation(gateway, "DeleteMethod", {"DELETE", kOne, 204}, remove),
          operation(gateway, "PutMethodResponse", {"PUT", kResponsePath, 201}, put_response, &response_shape()),
          operation(gateway, "GetMethodResponse", {"GET", kResponsePath, 200}, get_response),
          operation(gateway, "UpdateMethodResponse", {"PATCH", kResponsePath, 201}, update_response),
          operation(gateway, "DeleteMethodResponse", {"DELETE", kResponsePath, 204}, remove_response)};
}

}  // namespace millrace::apigateway::rest
