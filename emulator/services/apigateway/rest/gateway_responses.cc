// PutGatewayResponse, GetGatewayResponse, GetGatewayResponses, UpdateGatewayResponse, DeleteGatewayResponse.

#include <algorithm>

#include "emulator/services/apigateway/rest/operations.h"
#include "emulator/services/apigateway/rest/patch.h"

namespace millrace::apigateway::rest {

using namespace protocol;

namespace {

constexpr const char* kOne = "/restapis/{restApiId}/gatewayresponses/{responseType}";

Json default_templates() {
  return {{"application/json", "{\"message\":$context.error.messageString}"}};
}

Json default_of(const std::string& type, int status) {
  Json out = {{"responseType", type}};
  if (status != 0) out["statusCode"] = std::to_string(status);
  out["responseParameters"] = Json::object();
  out["responseTemplates"] = default_templates();
  out["defaultResponse"] = true;
  return out;
}

Result<int> status_of_type(const std::string& type) {
  for (const auto& [name, status] : gateway_response_types()) {
    if (type == name) return status;
  }
  std::string listed;
  for (const auto& [name, status] : gateway_response_types())
    listed += (listed.empty() ? "" : ", ") + std::string(name);
  return AwsError(
      errors::validation_kind,
      validation_message({violation(type, "responseType", "Member must satisfy enum value set: [" + listed + "]")}));
}

Result<Json> stored_or_default(const storage::Reader& reader, const Scope& scope, const std::string& api,
                               const std::string& type) {
  TRY_VOID(load_rest_api(reader, scope, api));
  TRY(const int status, status_of_type(type));
  auto document = storage::get_document(reader, part_key(scope, kResponse, api, type));
  return document ? std::move(*document) : default_of(type, status);
}

Result<Json> put(Gateway& gateway, const Call& call) {
  const Scope scope = scope_of(call);
  const std::string api = text_of(call.input, "restApiId"), type = text_of(call.input, "responseType");
  return change(gateway, [&](storage::Txn& txn) -> Result<Json> {
    TRY_VOID(load_rest_api(txn, scope, api));
    TRY(Json document, gateway_response_of(call.input, type));
    put_part(txn, scope, kResponse, api, type, document);
    return document;
  });
}

Result<Json> get(Gateway& gateway, const Call& call) {
  return stored_or_default(gateway.context.store, scope_of(call), text_of(call.input, "restApiId"),
                           text_of(call.input, "responseType"));
}

Result<Json> get_all(Gateway& gateway, const Call& call) {
  std::vector<Json> all;
  for (const auto& [type, status] : gateway_response_types()) {
    TRY(Json one, stored_or_default(gateway.context.store, scope_of(call), text_of(call.input, "restApiId"), type));
    all.push_back(std::move(one));
  }
  return items_of(all, "responseType", call);
}

Result<Json> update(Gateway& gateway, const Call& call) {
  static const std::vector<PatchRule> rules = {
      {"/statusCode", "ar"}, {"/responseParameters/*", "ard"}, {"/responseTemplates/*", "ard"}};
  const Scope scope = scope_of(call);
  const std::string api = text_of(call.input, "restApiId"), type = text_of(call.input, "responseType");
  return change(gateway, [&](storage::Txn& txn) -> Result<Json> {
    TRY(Json document, stored_or_default(txn, scope, api, type));
    TRY_VOID(apply_patches(document, call.input, "updateGatewayResponseInput", rules));
    document["defaultResponse"] = false;
    put_part(txn, scope, kResponse, api, type, document);
    return document;
  });
}

Result<Json> remove(Gateway& gateway, const Call& call) {
  const Scope scope = scope_of(call);
  const std::string api = text_of(call.input, "restApiId"), type = text_of(call.input, "responseType");
  return change(gateway, [&](storage::Txn& txn) -> Result<Json> {
    TRY_VOID(load_rest_api(txn, scope, api));
    const std::string key = part_key(scope, kResponse, api, type);
    if (!storage::get_document(txn, key)) return errors::not_found("Gateway response type not defined on api");
    txn.erase(storage::Family::meta, key);
    return Json();
  });
}

}  // namespace

const std::vector<std::pair<const char*, int>>& gateway_response_types() {
  static const std::vector<std::pair<const char*, int>> all = {{"ACCESS_DENIED", 403},
                                                               {"API_CONFIGURATION_ERROR", 500},
                                                               {"AUTHORIZER_CONFIGURATION_ERROR", 500},
                                                               {"AUTHORIZER_FAILURE", 500},
                                                               {"BAD_REQUEST_BODY", 400},
                                                               {"BAD_REQUEST_PARAMETERS", 400},
                                                               {"DEFAULT_4XX", 0},
                                                               {"DEFAULT_5XX", 0},
                                                               {"EXPIRED_TOKEN", 403},
                                                               {"INTEGRATION_FAILURE", 504},
                                                               {"INTEGRATION_TIMEOUT", 504},
                                                               {"INVALID_API_KEY", 403},
                                                               {"INVALID_SIGNATURE", 403},
                                                               {"MISSING_AUTHENTICATION_TOKEN", 403},
                                                               {"QUOTA_EXCEEDED", 429},
                                                               {"REQUEST_TOO_LARGE", 413},
                                                               {"RESOURCE_NOT_FOUND", 404},
                                                               {"THROTTLED", 429},
                                                               {"UNAUTHORIZED", 401},
                                                               {"UNSUPPORTED_MEDIA_TYPE", 415},
                                                               {"WAF_FILTERED", 403}};
  return all;
}

Result<Json> gateway_response_of(const Json& input, const std::string& type) {
  TRY(const int status, status_of_type(type));
  Json out = {{"responseType", type}};
  if (const std::string given = text_of(input, "statusCode"); !given.empty()) {
    out["statusCode"] = given;
  } else if (status != 0) {
    out["statusCode"] = std::to_string(status);
  }
  out["responseParameters"] = input.value("responseParameters", Json::object());
  const Json* templates = find(input, "responseTemplates");
  if (templates) {
    for (const auto& [name, text] : templates->items()) {
      if (text.is_null()) return errors::bad_request("Invalid null or empty value in responseTemplates");
    }
  }
  out["responseTemplates"] = templates && !templates->empty() ? *templates : default_templates();
  out["defaultResponse"] = false;
  return out;
}

Operations gateway_response_operations(Gateway& gateway) {
  static const Shape shape = structure({optional("statusCode", string()), optional("responseParameters", map(string())),
                                        optional("responseTemplates", map(string()))});
  return {operation(gateway, "PutGatewayResponse", {"PUT", kOne, 201}, put, &shape),
          operation(gateway, "GetGatewayResponse", {"GET", kOne, 200}, get),
          operation(gateway, "GetGatewayResponses", {"GET", "/restapis/{restApiId}/gatewayresponses", 200}, get_all),
          operation(gateway, "UpdateGatewayResponse", {"PATCH", kOne, 200}, update),
          operation(gateway, "DeleteGatewayResponse", {"DELETE", kOne, 202}, remove)};
}

}  // namespace millrace::apigateway::rest
