// CreateApi, GetApi, GetApis, UpdateApi, DeleteApi, DeleteCorsConfiguration. HTTP and WebSocket APIs.

#include "emulator/services/apigateway/operations.h"
#include "emulator/services/apigateway/resources.h"

namespace millrace::apigateway {

using namespace protocol;

namespace {

const std::vector<std::string> kMembers = {"apiKeySelectionExpression",
                                           "corsConfiguration",
                                           "description",
                                           "disableExecuteApiEndpoint",
                                           "disableSchemaValidation",
                                           "ipAddressType",
                                           "name",
                                           "routeSelectionExpression",
                                           "version"};

Shape cors_shape() {
  return structure({optional("maxAge", integer().range(-1, 86'400)), optional("allowCredentials", boolean()),
                    optional("allowOrigins", list(string())), optional("allowMethods", list(string())),
                    optional("allowHeaders", list(string())), optional("exposeHeaders", list(string()))});
}

const Shape& change_shape() {
  static const Shape shape =
      structure({optional("name", string().length(1, 128)), optional("description", string().length(0, 1024)),
                 optional("version", string().length(0, 64)), optional("corsConfiguration", cors_shape()),
                 optional("ipAddressType", string().one_of({"ipv4", "dualstack"}))});
  return shape;
}

Result<void> check_cors(const Json& api) {
  const Json* cors = find(api, "corsConfiguration");
  if (!cors || !bool_of(*cors, "allowCredentials")) return {};
  for (const Json& origin : cors->value("allowOrigins", Json::array())) {
    if (origin == "*")  // unverified: the words
      return errors::bad_request("allowCredentials is not supported when allowOrigins contains '*'");
  }
  return {};
}

/// `target` (a function's ARN or a URL) with its route and a $default stage that deploys by itself.
Result<void> quick_create(Gateway& gateway, storage::Txn& txn, const Scope& scope, const Json& api, const Json& input) {
  const std::string target = text_of(input, "target");
  if (target.empty()) return {};
  const bool is_function = !function_in(target).empty();
  Json integration = {{"integrationType", is_function ? "AWS_PROXY" : "HTTP_PROXY"},
                      {"integrationUri", target},
                      {"payloadFormatVersion", is_function ? "2.0" : "1.0"},
                      {"apiGatewayManaged", true}};
  if (!is_function) integration["integrationMethod"] = "ANY";
  if (const Json* role = find(input, "credentialsArn")) integration["credentialsArn"] = *role;
  TRY(Json made, create_in(gateway, txn, scope, integration_kind(), api, integration));
  TRY_VOID(create_in(gateway, txn, scope, route_kind(), api,
                     {{"routeKey", text_of(input, "routeKey", "$default")},
                      {"target", "integrations/" + text_of(made, "integrationId")},
                      {"apiGatewayManaged", true}}));
  TRY_VOID(create_stage_in(gateway, txn, scope, text_of(api, "apiId"),
                           {{"stageName", "$default"}, {"autoDeploy", true}, {"apiGatewayManaged", true}}));
  return {};
}

Result<Json> create(Gateway& gateway, const Call& call) {
  const Scope scope = scope_of(call);
  return gateway.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
    TRY(Json api, create_http_api_in(gateway, txn, scope, call.input));
    TRY_VOID(quick_create(gateway, txn, scope, api, call.input));
    return shown(api);
  });
}

/// Runs `edit(api)` inside a change and answers the API.
Result<Json> change(Gateway& gateway, const Call& call, const std::function<Result<void>(Json&)>& edit) {
  const Scope scope = scope_of(call);
  return gateway.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
    TRY(Json api, load_api(txn, scope, text_of(call.input, "apiId")));
    TRY_VOID(edit(api));
    storage::put_document(txn, api_key(scope, text_of(api, "apiId")), api);
    return shown(api);
  });
}

Result<Json> update(Gateway& gateway, const Call& call) {
  for (const char* member : {"target", "routeKey", "credentialsArn"}) {
    if (find(call.input, member)) return errors::not_built("UpdateApi with " + std::string(member));
  }
  return change(gateway, call, [&](Json& api) -> Result<void> {
    merge(api, call.input, kMembers);
    return check_cors(api);
  });
}

Result<Json> remove(Gateway& gateway, const Call& call) {
  const Scope scope = scope_of(call);
  const std::string id = text_of(call.input, "apiId");
  auto gone = gateway.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
    TRY_VOID(load_api(txn, scope, id));
    for (const char* kind : {"route", "integration", "authorizer", "stage", "deployment", "snapshot", "routeresponse",
                             "integrationresponse", "model"}) {
      const std::string prefix = children_prefix(scope, kind, id);
      txn.erase_range(storage::Family::meta, prefix, storage::prefix_end(prefix));
    }
    txn.erase(storage::Family::meta, api_key(scope, id));
    txn.erase(storage::Family::meta, way_back_key(id));
    return Json();
  });
  if (!gone.has_error()) gateway.stage_gone(id, "");
  return gone;
}

}  // namespace

Result<Json> create_http_api_in(Gateway& gateway, storage::Txn& txn, const Scope& scope, const Json& input) {
  const bool is_websocket = text_of(input, "protocolType") == "WEBSOCKET";
  if (is_websocket && text_of(input, "routeSelectionExpression").empty())  // unverified: the words
    return errors::bad_request("RouteSelectionExpression is required for WebSocket APIs");
  const std::string id = gateway.new_id(10);
  Json api = {
      {"apiEndpoint", (is_websocket ? "wss://" : "https://") + id + ".execute-api." + scope.region + ".amazonaws.com"},
      {"apiId", id},
      {"apiKeySelectionExpression", "$request.header.x-api-key"},
      {"createdDate", iso_seconds(gateway.context.clock.now_ms())},
      {"disableExecuteApiEndpoint", false},
      {"ipAddressType", "ipv4"},
      {"protocolType", is_websocket ? "WEBSOCKET" : "HTTP"},
      {"routeSelectionExpression", "$request.method $request.path"}};
  merge(api, input, kMembers);
  if (const Json* tags = find(input, "tags"); tags && !tags->empty()) api["tags"] = *tags;
  TRY_VOID(check_cors(api));
  storage::put_document(txn, api_key(scope, id), api);
  storage::put_document(txn, way_back_key(id), {{"account", scope.account}, {"region", scope.region}});
  return api;
}

Operation create_api(Gateway& gateway) {
  static const Shape input = structure(
      {required("name", string().length(1, 128)), required("protocolType", string().one_of({"WEBSOCKET", "HTTP"})),
       optional("description", string().length(0, 1024)), optional("version", string().length(0, 64)),
       optional("corsConfiguration", cors_shape()), optional("tags", map(string())),
       optional("ipAddressType", string().one_of({"ipv4", "dualstack"}))});
  return {.name = "CreateApi",
          .input = &input,
          .rest = {{"POST", "/v2/apis", 201}},
          .access = needs_of,
          .handle = JsonHandler([&gateway](Call& call) { return create(gateway, call); })};
}

Operation get_api(Gateway& gateway) {
  return {.name = "GetApi",
          .rest = {{"GET", "/v2/apis/{apiId}", 200}},
          .access = needs_of,
          .handle = JsonHandler([&gateway](Call& call) -> Result<Json> {
            TRY(Json api, load_api(gateway.context.store, scope_of(call), text_of(call.input, "apiId")));
            return shown(api);
          })};
}

Operation get_apis(Gateway& gateway) {
  return {.name = "GetApis",
          .rest = {{"GET", "/v2/apis", 200}},
          .access = needs_of,
          .handle = JsonHandler([&gateway](Call& call) {
            const Scope scope = scope_of(call);
            return page_of(
                storage::list_documents(gateway.context.store,
                                        storage::document_key({"apigateway", scope.account, scope.region, "api"})),
                "apiId", call);
          })};
}

Operation update_api(Gateway& gateway) {
  return {.name = "UpdateApi",
          .input = &change_shape(),
          .rest = {{"PATCH", "/v2/apis/{apiId}", 200}},
          .access = needs_of,
          .handle = JsonHandler([&gateway](Call& call) { return update(gateway, call); })};
}

Operation delete_api(Gateway& gateway) {
  return {.name = "DeleteApi",
          .rest = {{"DELETE", "/v2/apis/{apiId}", 204}},
          .access = needs_of,
          .handle = JsonHandler([&gateway](Call& call) { return remove(gateway, call); })};
}

Operation delete_cors_configuration(Gateway& gateway) {
  return {.name = "DeleteCorsConfiguration",
          .rest = {{"DELETE", "/v2/apis/{apiId}/cors", 204}},
          .access = needs_of,
          .handle = JsonHandler([&gateway](Call& call) {
            return change(gateway, call, [](Json& api) -> Result<void> {
              api.erase("corsConfiguration");
              return {};
            });
          })};
}

protocol::Operation v2_operation(Gateway& gateway, const char* name, protocol::RestBinding binding,
                                 std::function<Result<Json>(Gateway&, const protocol::Call&)> handler,
                                 const protocol::Shape* input) {
  return {.name = name,
          .input = input,
          .rest = {std::move(binding)},
          .access = needs_of,
          .handle = protocol::JsonHandler(
              [&gateway, handler = std::move(handler)](protocol::Call& call) { return handler(gateway, call); })};
}

}  // namespace millrace::apigateway
