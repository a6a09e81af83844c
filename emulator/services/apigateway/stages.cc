// Stages: how they are made, changed and go (the operations are resources.cc's); DeleteRouteSettings,
// DeleteAccessLogSettings, ResetAuthorizersCache.

#include "emulator/base/log.h"
#include "emulator/services/apigateway/operations.h"
#include "emulator/services/apigateway/resources.h"

namespace millrace::apigateway {

using namespace protocol;

namespace {

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

/// Terraform's provider sends a rate of 0 for settings that name none: on AWS such a stage answers 429 to everything.
void note_closed(const Gateway& gateway, const Json& stage, const std::string& api) {
  const Json* settings = find(stage, "defaultRouteSettings");
  const bool closed = settings && find(*settings, "throttlingRateLimit") && (*settings)["throttlingRateLimit"] == 0 &&
                      find(*settings, "throttlingBurstLimit") && (*settings)["throttlingBurstLimit"] == 0;
  if (closed && !gateway.context.throttle)
    log::info(
        "API " + api + ", stage " + text_of(stage, "stageName") +
        ": its default route settings have a rate and a burst of 0, which lets nothing through on AWS (429). Here it "
        "does unless the server was started with --throttle.");
}

/// What both CreateStage and UpdateStage do with a client's members.
Result<void> apply(Gateway& gateway, storage::Txn& txn, const Scope& scope, const std::string& api, Json& stage,
                   const Json& input) {
  merge(stage, input, kMembers);
  if (const Json* log = find(input, "accessLogSettings"); log && text_of(*log, "destinationArn").empty())
    stage.erase("accessLogSettings");
  merge_variables(stage, input);
  note_closed(gateway, stage, api);
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

/// Runs `edit(stage)` inside a change, keeps the stage and answers it.
Result<Json> change(Gateway& gateway, const Call& call, const std::function<Result<void>(Json&)>& edit) {
  return gateway.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
    TRY(Json stage, load(txn, call));
    TRY_VOID(edit(stage));
    storage::put_document(
        txn, child_key(scope_of(call), "stage", text_of(call.input, "apiId"), text_of(stage, "stageName")), stage);
    return shown(stage);
  });
}

/// UpdateStage; a stage that begins to deploy by itself does so at once.
Result<Json> change_stage(Gateway& gateway, storage::Txn& txn, const Scope& scope, const Json& api, Json stage,
                          const Json& input) {
  const std::string id = text_of(api, "apiId");
  const bool deployed_itself = bool_of(stage, "autoDeploy");
  TRY_VOID(apply(gateway, txn, scope, id, stage, input));
  const std::string key = child_key(scope, "stage", id, text_of(stage, "stageName"));
  storage::put_document(txn, key, stage);
  if (deployed_itself || !bool_of(stage, "autoDeploy")) return stage;
  gateway.deploy_automatically(txn, scope, id);
  return *storage::get_document(txn, key);
}

/// A deployment that the stage made for itself goes with it.
void erase_own_deployment(storage::Txn& txn, const Scope& scope, const std::string& api, const Json& stage) {
  if (!bool_of(stage, "autoDeploy")) return;
  for (const char* kind : {"deployment", "snapshot"})
    txn.erase(storage::Family::meta, child_key(scope, kind, api, text_of(stage, "deploymentId")));
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

const Kind& stage_kind() {
  static const Kind kind{
      .name = "Stage",
      .segment = "stages",
      .stored = "stage",
      .id_member = "stageName",
      .id_length = 0,  // a client names them
      .is_deployed = false,
      .create = structure({required("stageName", string()), optional("description", string().length(0, 1024)),
                           optional("autoDeploy", boolean()), optional("stageVariables", map(string())),
                           optional("tags", map(string()))}),
      .update = settings_shape(),
      .members = kMembers,
      .make = [](Gateway& gateway, storage::Txn& txn, const Scope& scope, const Json& api,
                 const Json& input) { return create_stage_in(gateway, txn, scope, text_of(api, "apiId"), input); },
      .change = change_stage,
      .erase_with = erase_own_deployment,
      .gone = [](Gateway& gateway, const std::string& api, const std::string& name) { gateway.stage_gone(api, name); }};
  return kind;
}

Operation reset_authorizers_cache(Gateway& gateway) {
  return {.name = "ResetAuthorizersCache",
          .rest = {{"DELETE", "/v2/apis/{apiId}/stages/{stageName}/cache/authorizers", 204}},
          .access = needs_of,
          .handle = JsonHandler([&gateway](Call& call) -> Result<Json> {
            TRY_VOID(load(gateway.context.store, call));
            gateway.answers.forget(text_of(call.input, "apiId") + "/" + text_of(call.input, "stageName") + "/");
            return Json();
          })};
}

Operation delete_route_settings(Gateway& gateway) {
  return {.name = "DeleteRouteSettings",
          .rest = {{"DELETE", "/v2/apis/{apiId}/stages/{stageName}/routesettings/{routeKey}", 204}},
          .access = needs_of,
          .handle = JsonHandler([&gateway](Call& call) {
            return change(gateway, call, [&](Json& stage) -> Result<void> {
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
            return change(gateway, call, [](Json& stage) -> Result<void> {
              stage.erase("accessLogSettings");
              return {};
            });
          })};
}

}  // namespace millrace::apigateway
