// CreateStage, GetStage, GetStages, UpdateStage, DeleteStage, DeleteRouteSettings, DeleteAccessLogSettings.

#include "emulator/services/apigateway/operations.h"

namespace millrace::apigateway {

using namespace protocol;

namespace {

constexpr const char* kAll = "/v2/apis/{apiId}/stages";
constexpr const char* kOne = "/v2/apis/{apiId}/stages/{stageName}";
constexpr size_t kNameMax = 128;

const std::vector<std::string> kMembers = {"accessLogSettings",    "autoDeploy",  "clientCertificateId",
                                           "defaultRouteSettings", "description", "routeSettings"};

const Shape& settings_shape() {
  static const Shape shape = structure(
      {optional("description", string().length(0, 1024)), optional("autoDeploy", boolean()),
       optional("stageVariables", map(string())),
       optional("accessLogSettings", structure({optional("destinationArn", string()), optional("format", string())}))});
  return shape;
}

Result<Json> load(const storage::Reader& reader, const Call& call) {
  const std::string api = text_of(call.input, "apiId"), name = text_of(call.input, "stageName");
  TRY_VOID(load_api(reader, scope_of(call), api));
  auto document = storage::get_document(reader, child_key(scope_of(call), "stage", api, name));
  if (!document) return errors::not_found("Stage", name);
  return std::move(*document);
}

/// A variable's empty value takes it away.
void merge_variables(Json& stage, const Json& input) {
  const Json* given = find(input, "stageVariables");
  if (!given) return;
  Json variables = stage.value("stageVariables", Json::object());
  for (const auto& [name, value] : given->items()) {
    if (value.is_string() && !value.get_ref<const std::string&>().empty()) {
      variables[name] = value;
    } else {
      variables.erase(name);
    }
  }
  stage["stageVariables"] = std::move(variables);
}

/// What both CreateStage and UpdateStage do with a client's members.
Result<void> apply(Gateway& gateway, storage::Txn& txn, const Scope& scope, const std::string& api, Json& stage,
                   const Json& input) {
  merge(stage, input, kMembers);
  if (const Json* log = find(input, "accessLogSettings"); log && text_of(*log, "destinationArn").empty())
    stage.erase("accessLogSettings");
  merge_variables(stage, input);
  stage["lastUpdatedDate"] = iso_seconds(gateway.context.clock.now_ms());
  const std::string deployment = text_of(input, "deploymentId");
  if (!deployment.empty() && bool_of(stage, "autoDeploy"))
    return errors::bad_request("Deployment ID cannot be set on stage because AutoDeploy is enabled");
  if (!deployment.empty()) TRY_VOID(point_stage(gateway, txn, scope, stage, api, deployment));
  return {};
}

bool is_stage_name(const std::string& name) {
  if (name == "$default") return true;
  if (name.empty() || name.size() > kNameMax) return false;
  return name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") ==
         std::string::npos;
}

/// Runs `edit(txn, stage)` inside a change, keeps the stage and answers it; a stage that deploys by itself does so once
/// it is kept if `redeploy`.
Result<Json> change(Gateway& gateway, const Call& call, const std::function<Result<void>(storage::Txn&, Json&)>& edit) {
  const Scope scope = scope_of(call);
  return gateway.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
    TRY(Json stage, load(txn, call));
    const bool deployed_itself = bool_of(stage, "autoDeploy");
    TRY_VOID(edit(txn, stage));
    const std::string api = text_of(call.input, "apiId");
    const std::string key = child_key(scope, "stage", api, text_of(stage, "stageName"));
    storage::put_document(txn, key, stage);
    if (deployed_itself || !bool_of(stage, "autoDeploy")) return shown(stage);
    gateway.deploy_automatically(txn, scope, api);
    return shown(*storage::get_document(txn, key));
  });
}

Result<Json> remove(Gateway& gateway, const Call& call) {
  return gateway.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
    TRY(Json stage, load(txn, call));
    const Scope scope = scope_of(call);
    const std::string api = text_of(call.input, "apiId"), deployment = text_of(stage, "deploymentId");
    txn.erase(storage::Family::meta, child_key(scope, "stage", api, text_of(stage, "stageName")));
    if (!bool_of(stage, "autoDeploy")) return Json();
    txn.erase(storage::Family::meta, child_key(scope, "deployment", api, deployment));
    txn.erase(storage::Family::meta, child_key(scope, "snapshot", api, deployment));
    return Json();
  });
}

}  // namespace

Result<void> point_stage(Gateway& gateway, storage::Txn& txn, const Scope& scope, Json& stage, const std::string& api,
                         const std::string& deployment) {
  if (!storage::get_document(txn, child_key(scope, "deployment", api, deployment)))
    return errors::bad_request("Deployment id does not exist");
  stage["deploymentId"] = deployment;
  stage["lastUpdatedDate"] = iso_seconds(gateway.context.clock.now_ms());
  return {};
}

Result<Json> create_stage_in(Gateway& gateway, storage::Txn& txn, const Scope& scope, const std::string& api,
                             const Json& input) {
  const std::string name = text_of(input, "stageName");
  if (!is_stage_name(name))
    return errors::bad_request("Stage name only allows a-zA-Z0-9-_ and $default, and at most 128 of them");
  const std::string key = child_key(scope, "stage", api, name);
  if (storage::get_document(txn, key)) return errors::conflict("Stage already exists");
  Json stage = {{"autoDeploy", false},
                {"createdDate", iso_seconds(gateway.context.clock.now_ms())},
                {"defaultRouteSettings", {{"detailedMetricsEnabled", false}}},
                {"routeSettings", Json::object()},
                {"stageName", name},
                {"stageVariables", Json::object()}};
  if (bool_of(input, "apiGatewayManaged")) stage["apiGatewayManaged"] = true;
  if (const Json* tags = find(input, "tags"); tags && !tags->empty()) stage["tags"] = *tags;
  TRY_VOID(apply(gateway, txn, scope, api, stage, input));
  storage::put_document(txn, key, stage);
  if (bool_of(stage, "autoDeploy")) gateway.deploy_automatically(txn, scope, api);
  return *storage::get_document(txn, key);
}

Operation create_stage(Gateway& gateway) {
  static const Shape input = structure(
      {required("stageName", string()), optional("description", string().length(0, 1024)),
       optional("autoDeploy", boolean()), optional("stageVariables", map(string())), optional("tags", map(string()))});
  return {.name = "CreateStage",
          .input = &input,
          .rest = {{"POST", kAll, 201}},
          .access = needs_of,
          .handle = JsonHandler([&gateway](Call& call) -> Result<Json> {
            const std::string api = text_of(call.input, "apiId");
            return gateway.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
              TRY_VOID(load_api(txn, scope_of(call), api));
              TRY(Json stage, create_stage_in(gateway, txn, scope_of(call), api, call.input));
              return shown(stage);
            });
          })};
}

Operation get_stage(Gateway& gateway) {
  return {.name = "GetStage",
          .rest = {{"GET", kOne, 200}},
          .access = needs_of,
          .handle = JsonHandler([&gateway](Call& call) -> Result<Json> {
            TRY(Json stage, load(gateway.context.store, call));
            return shown(stage);
          })};
}

Operation get_stages(Gateway& gateway) {
  return {.name = "GetStages",
          .rest = {{"GET", kAll, 200}},
          .access = needs_of,
          .handle = JsonHandler([&gateway](Call& call) -> Result<Json> {
            const std::string api = text_of(call.input, "apiId");
            TRY_VOID(load_api(gateway.context.store, scope_of(call), api));
            return page_of(
                storage::list_documents(gateway.context.store, children_prefix(scope_of(call), "stage", api)),
                "stageName", call);
          })};
}

Operation update_stage(Gateway& gateway) {
  return {.name = "UpdateStage",
          .input = &settings_shape(),
          .rest = {{"PATCH", kOne, 200}},
          .access = needs_of,
          .handle = JsonHandler([&gateway](Call& call) {
            return change(gateway, call, [&](storage::Txn& txn, Json& stage) {
              return apply(gateway, txn, scope_of(call), text_of(call.input, "apiId"), stage, call.input);
            });
          })};
}

Operation delete_stage(Gateway& gateway) {
  return {.name = "DeleteStage",
          .rest = {{"DELETE", kOne, 204}},
          .access = needs_of,
          .handle = JsonHandler([&gateway](Call& call) { return remove(gateway, call); })};
}

Operation delete_route_settings(Gateway& gateway) {
  return {.name = "DeleteRouteSettings",
          .rest = {{"DELETE", "/v2/apis/{apiId}/stages/{stageName}/routesettings/{routeKey}", 204}},
          .access = needs_of,
          .handle = JsonHandler([&gateway](Call& call) {
            return change(gateway, call, [&](storage::Txn&, Json& stage) -> Result<void> {
              const std::string key = text_of(call.input, "routeKey");
              if (!find(stage, "routeSettings") || !stage["routeSettings"].contains(key))
                return errors::not_found("RouteSettings", key);
              stage["routeSettings"].erase(key);
              return {};
            });
          })};
}

Operation delete_access_log_settings(Gateway& gateway) {
  return {.name = "DeleteAccessLogSettings",
          .rest = {{"DELETE", "/v2/apis/{apiId}/stages/{stageName}/accesslogsettings", 204}},
          .access = needs_of,
          .handle = JsonHandler([&gateway](Call& call) {
            return change(gateway, call, [](storage::Txn&, Json& stage) -> Result<void> {
              stage.erase("accessLogSettings");
              return {};
            });
          })};
}

}  // namespace millrace::apigateway
