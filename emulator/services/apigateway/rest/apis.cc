// CreateRestApi, GetRestApi, GetRestApis, UpdateRestApi, DeleteRestApi.

#include "emulator/protocol/tag_keys.h"
#include "emulator/services/apigateway/rest/operations.h"
#include "emulator/services/apigateway/rest/patch.h"

namespace millrace::apigateway::rest {

using namespace protocol;

namespace {

constexpr int64_t kCompressionMax = 10'485'760;  // minimumCompressionSize, CreateRestApi's reference

const std::vector<PatchRule>& rules() {
  static const std::vector<PatchRule> all = {{"/name", "r"},
                                             {"/description", "r", As::optional},
                                             {"/version", "r", As::optional},
                                             {"/policy", "rd", As::optional},
                                             {"/apiKeySource", "r"},
                                             {"/disableExecuteApiEndpoint", "r", As::boolean},
                                             {"/minimumCompressionSize", "rd", As::integer},
                                             {"/binaryMediaTypes/*", "ard", As::element},
                                             {"/endpointConfiguration/types/*", "r", As::at_index},
                                             {"/endpointConfiguration/ipAddressType", "r"},
                                             {"/endpointConfiguration/vpcEndpointIds", "ad", As::by_value},
                                             {"/securityPolicy", "r"},
                                             {"/endpointAccessMode", "r"}};
  return all;
}

const Shape& create_shape() {
  static const Shape shape = structure(
      {required("name", string()), optional("description", string()), optional("version", string()),
       optional("binaryMediaTypes", list(string())), optional("minimumCompressionSize", integer()),
       optional("apiKeySource", string().one_of({"AUTHORIZER", "HEADER"})),
       optional("endpointConfiguration",
                structure({optional("types", list(string().one_of({"REGIONAL", "PRIVATE", "EDGE"}))),
                           optional("ipAddressType", string().one_of({"ipv4", "dualstack"})),
                           optional("vpcEndpointIds", list(string()))})),
       optional("policy", string()), optional("tags", map(string())), optional("disableExecuteApiEndpoint", boolean()),
       optional("securityPolicy", string()), optional("endpointAccessMode", string().one_of({"BASIC", "STRICT"}))});
  return shape;
}

Result<void> check_api(const Json& api) {
  const int64_t size = int_of(api, "minimumCompressionSize", 0);
  if (size < 0 || size > kCompressionMax)
    return errors::bad_request("Invalid minimum compression size, must be between 0 and 10485760");
  const std::string keys = text_of(api, "apiKeySource", "HEADER");
  if (keys != "HEADER" && keys != "AUTHORIZER")  // unverified: the words
    return errors::bad_request("Invalid API key source specified: " + keys);
  const Json& endpoint = api.at("endpointConfiguration");
  if (endpoint.at("types").size() > 1) return errors::bad_request("Cannot create an api with multiple Endpoint Types.");
  const bool is_private = endpoint.at("types").at(0) == "PRIVATE";
  if (is_private && text_of(endpoint, "ipAddressType") == "ipv4")
    return errors::bad_request("Only dualstack ipAddressType is supported for Private APIs.");
  const std::string policy = text_of(api, "policy");
  if (!policy.empty() && !parse_json(policy))  // unverified: the words
    return errors::bad_request(
        "Invalid policy document. Please check the policy syntax and ensure that Principals are valid.");
  return {};
}

Json endpoint_of(const Json& input) {
  Json out = input.value("endpointConfiguration", Json::object());
  if (!find(out, "types") || out["types"].empty()) out["types"] = Json::array({"EDGE"});
  if (!find(out, "ipAddressType")) out["ipAddressType"] = out["types"][0] == "PRIVATE" ? "dualstack" : "ipv4";
  return out;
}

/// A client may fix the id by a tag.
std::string id_for(Gateway& gateway, const Json& input) {
  const Json* tags = find(input, "tags");
  const std::string wished = tags ? text_of(*tags, "_custom_id_") : "";
  const bool usable = !wished.empty() && wished.size() <= 40 &&
                      wished.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string::npos;
  return usable ? wished : gateway.new_id(10);
}

/// The body is parsed here: an import's isn't the input.
Result<Json> create(Gateway& gateway, const Call& call) {
  const Scope scope = scope_of(call);
  if (query_value(call.query, "mode") == "import") return import_rest_api(gateway, call);
  auto parsed = parse_json(call.http.body.empty() ? "{}" : call.http.body);
  if (!parsed || !parsed->is_object())
    return AwsError(errors::serialization_kind, "Could not parse request body into json.");
  const Json& input = *parsed;
  TRY_VOID(check_input_of("CreateRestApi", create_shape(), input));
  if (auto key = protocol::reserved_tag_key(input.value("tags", Json::object())))
    return apigateway::errors::bad_request("Tag keys beginning with aws: are reserved for AWS use. Tag key: " + *key);
  if (find(input, "cloneFrom")) return apigateway::errors::not_built("CreateRestApi with cloneFrom");
  return change(gateway, [&](storage::Txn& txn) -> Result<Json> {
    TRY(Json api, create_rest_api_in(gateway, txn, scope, input));
    return shown_api(api);
  });
}

Result<Json> get(Gateway& gateway, const Call& call) {
  TRY(Json api, load_rest_api(gateway.context.store, scope_of(call), text_of(call.input, "restApiId")));
  return shown_api(api);
}

Result<Json> get_all(Gateway& gateway, const Call& call) {
  return items_of(storage::list_documents(gateway.context.store, own_prefix(scope_of(call), "rest")), "id", call,
                  shown_api);
}

Result<Json> update(Gateway& gateway, const Call& call) {
  const Scope scope = scope_of(call);
  return change(gateway, [&](storage::Txn& txn) -> Result<Json> {
    TRY(Json api, load_rest_api(txn, scope, text_of(call.input, "restApiId")));
    TRY_VOID(apply_patches(api, call.input, "updateRestApiInput", rules()));
    TRY_VOID(check_api(api));
    storage::put_document(txn, rest_key(scope, text_of(api, "id")), api);
    return shown_api_with_tags(api);
  });
}

Result<Json> remove(Gateway& gateway, const Call& call) {
  const Scope scope = scope_of(call);
  return change(gateway, [&](storage::Txn& txn) -> Result<Json> {
    const std::string id = text_of(call.input, "restApiId");
    TRY_VOID(load_rest_api(txn, scope, id));
    for (const Json& plan : storage::list_documents(txn, own_prefix(scope, "plan"))) {
      for (const Json& stage : plan.value("apiStages", Json::array())) {
        if (text_of(stage, "apiId") == id)  // unverified: the words
          return errors::bad_request("Cannot delete API " + id + ", please remove API from all usage plans first.");
      }
    }
    erase_parts(txn, scope, id,
                {kResource, kAuthorizer, kModel, kValidator, kResponse, kDeployment, kSnapshot, kStage,
                 kDocumentationPart, kDocumentationVersion});
    txn.erase(storage::Family::meta, rest_key(scope, id));
    txn.erase(storage::Family::meta, way_back_key(id));
    return Json();
  });
}

void add_first_models(storage::Txn& txn, const Scope& scope, const std::string& api, Gateway& gateway) {
  const auto add = [&](const char* name, const char* description, const char* schema) {
    put_part(txn, scope, kModel, api, name,
             {{"id", gateway.new_id(6)},
              {"name", name},
              {"description", description},
              {"schema", schema},
              {"contentType", "application/json"}});
  };
  add("Empty", "This is a default empty schema model",
      "{\n  \"$schema\": \"http://json-schema.org/draft-04/schema#\",\n  \"title\" : \"Empty Schema\",\n  \"type\" : "
      "\"object\"\n}");
  add("Error", "This is a default error schema model",
      "{\n  \"$schema\" : \"http://json-schema.org/draft-04/schema#\",\n  \"title\" : \"Error Schema\",\n  \"type\" : "
      "\"object\",\n  \"properties\" : {\n    \"message\" : { \"type\" : \"string\" }\n  }\n}");
}

}  // namespace

void erase_parts(storage::Txn& txn, const Scope& scope, const std::string& api,
                 std::initializer_list<const char*> kinds) {
  for (const char* kind : kinds) {
    const std::string prefix = children_prefix(scope, kind, api);
    txn.erase_range(storage::Family::meta, prefix, storage::prefix_end(prefix));
  }
}

Json shown_api(const Json& api) {
  Json out = shown(api);
  if (const std::string policy = text_of(api, "policy"); !policy.empty()) out["policy"] = escaped_policy(policy);
  return out;
}

Json shown_api_with_tags(const Json& api) {
  Json out = shown_api(api);
  if (!find(out, "tags")) out["tags"] = Json::object();
  return out;
}

Result<Json> create_rest_api_in(Gateway& gateway, storage::Txn& txn, const Scope& scope, const Json& input) {
  if (find(input, "description") && text_of(input, "description").empty())
    return errors::bad_request("Description cannot be an empty string");
  const std::string id = id_for(gateway, input), root = gateway.new_id(10);
  if (storage::get_document(txn, way_back_key(id))) return errors::conflict("The API id " + id + " is in use");
  Json api = {{"id", id}, {"name", text_of(input, "name")}};
  copy_given(api, input, {"description", "version"});
  api["createdDate"] = now_s(gateway);
  copy_given(api, input, {"binaryMediaTypes", "minimumCompressionSize", "policy", "tags"});
  api["apiKeySource"] = text_of(input, "apiKeySource", "HEADER");
  api["endpointConfiguration"] = endpoint_of(input);
  api["disableExecuteApiEndpoint"] = bool_of(input, "disableExecuteApiEndpoint");
  api["rootResourceId"] = root;
  copy_given(api, input, {"securityPolicy", "endpointAccessMode"});  // not volunteered: the provider computes none
  TRY_VOID(check_api(api));
  storage::put_document(txn, rest_key(scope, id), api);
  storage::put_document(txn, way_back_key(id), {{"account", scope.account}, {"region", scope.region}, {"rest", true}});
  put_part(txn, scope, kResource, id, root, {{"id", root}, {"path", "/"}});
  add_first_models(txn, scope, id, gateway);
  return api;
}

Operations api_operations(Gateway& gateway) {
  Operation create_operation = operation(gateway, "CreateRestApi", {"POST", "/restapis", 201}, create);
  create_operation.rest[0].raw_body = true;
  return {std::move(create_operation), operation(gateway, "GetRestApi", {"GET", "/restapis/{restApiId}", 200}, get),
          operation(gateway, "GetRestApis", {"GET", "/restapis", 200}, get_all),
          operation(gateway, "UpdateRestApi", {"PATCH", "/restapis/{restApiId}", 200}, update),
          operation(gateway, "DeleteRestApi", {"DELETE", "/restapis/{restApiId}", 202}, remove)};
}

}  // namespace millrace::apigateway::rest
