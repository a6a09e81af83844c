// CreateDeployment, GetDeployment, GetDeployments, UpdateDeployment, DeleteDeployment.

#include "emulator/services/apigateway/rest/operations.h"
#include "emulator/services/apigateway/rest/patch.h"

namespace millrace::apigateway::rest {

using namespace protocol;

namespace {

constexpr const char* kAll = "/restapis/{restApiId}/deployments";
constexpr const char* kOne = "/restapis/{restApiId}/deployments/{deploymentId}";
constexpr const char* kMissing = "Invalid Deployment identifier specified";

Json summary_of(const Json& snapshot) {
  Json out = Json::object();
  for (const Json& resource : snapshot.value("resources", Json::array())) {
    const Json& methods = methods_of(resource);
    for (const auto& [verb, method] : methods.items())
      out[text_of(resource, "path")][verb] = {{"authorizationType", text_of(method, "authorizationType")},
                                              {"apiKeyRequired", bool_of(method, "apiKeyRequired")}};
  }
  return out;
}

/// Puts the deployment on the stage that the input names, which is made where there is none.
Result<void> put_on_stage(Gateway& gateway, storage::Txn& txn, const Scope& scope, const std::string& api,
                          const std::string& deployment, const Json& input) {
  const std::string name = text_of(input, "stageName");
  auto stage = storage::get_document(txn, part_key(scope, kStage, api, name));
  if (!stage) {
    Json made = {{"stageName", name},
                 {"deploymentId", deployment},
                 {"description", text_of(input, "stageDescription")},
                 {"tracingEnabled", bool_of(input, "tracingEnabled")}};
    copy_given(made, input, {"variables", "cacheClusterEnabled", "cacheClusterSize"});
    TRY_VOID(create_stage_in(gateway, txn, scope, api, made));
    return {};
  }
  (*stage)["deploymentId"] = deployment;
  (*stage)["lastUpdatedDate"] = now_s(gateway);
  if (const std::string text = text_of(input, "stageDescription"); !text.empty()) (*stage)["description"] = text;
  copy_given(*stage, input, {"variables"});
  put_part(txn, scope, kStage, api, name, *stage);
  return {};
}

Result<Json> create(Gateway& gateway, const Call& call) {
  const Scope scope = scope_of(call);
  const std::string api = text_of(call.input, "restApiId");
  return change(gateway, [&](storage::Txn& txn) -> Result<Json> {
    TRY(Json deployment, deploy_in(gateway, txn, scope, api, text_of(call.input, "description")));
    // An empty name means none: Terraform sends it.
    if (text_of(call.input, "stageName").empty()) return deployment;
    TRY_VOID(put_on_stage(gateway, txn, scope, api, text_of(deployment, "id"), call.input));
    return deployment;
  });
}

Result<Json> get(Gateway& gateway, const Call& call) {
  const std::string api = text_of(call.input, "restApiId"), id = text_of(call.input, "deploymentId");
  TRY(Json deployment, load_part(gateway.context.store, scope_of(call), kDeployment, api, id, kMissing));
  if (query_value(call.query, "embed") != "apisummary") return deployment;
  auto snapshot = storage::get_document(gateway.context.store, part_key(scope_of(call), kSnapshot, api, id));
  if (snapshot) deployment["apiSummary"] = summary_of(*snapshot);
  return deployment;
}

Result<Json> get_all(Gateway& gateway, const Call& call) {
  const std::string api = text_of(call.input, "restApiId");
  TRY_VOID(load_rest_api(gateway.context.store, scope_of(call), api));
  return items_of(storage::list_documents(gateway.context.store, children_prefix(scope_of(call), kDeployment, api)),
                  "id", call);
}

Result<Json> update(Gateway& gateway, const Call& call) {
  static const std::vector<PatchRule> rules = {{"/description", "r", As::optional}};
  const std::string api = text_of(call.input, "restApiId"), id = text_of(call.input, "deploymentId");
  return change(gateway, [&](storage::Txn& txn) -> Result<Json> {
    TRY(Json deployment, load_part(txn, scope_of(call), kDeployment, api, id, kMissing));
    TRY_VOID(apply_patches(deployment, call.input, "updateDeploymentInput", rules));
    put_part(txn, scope_of(call), kDeployment, api, id, deployment);
    return deployment;
  });
}

Result<Json> remove(Gateway& gateway, const Call& call) {
  const Scope scope = scope_of(call);
  const std::string api = text_of(call.input, "restApiId"), id = text_of(call.input, "deploymentId");
  return change(gateway, [&](storage::Txn& txn) -> Result<Json> {
    TRY_VOID(load_part(txn, scope, kDeployment, api, id, kMissing));
    for (const Json& stage : storage::list_documents(txn, children_prefix(scope, kStage, api))) {
      if (text_of(stage, "deploymentId") == id)
        return errors::bad_request("Active stages pointing to this deployment must be moved or deleted");
    }
    txn.erase(storage::Family::meta, part_key(scope, kDeployment, api, id));
    txn.erase(storage::Family::meta, part_key(scope, kSnapshot, api, id));
    return Json();
  });
}

}  // namespace

Result<Json> frozen_api(const storage::Reader& reader, const Scope& scope, const std::string& api) {
  TRY(Json frozen, load_rest_api(reader, scope, api));
  Json snapshot = {{"api", std::move(frozen)}};
  for (const auto& [member, kind] :
       {std::pair{"resources", kResource}, std::pair{"authorizers", kAuthorizer}, std::pair{"models", kModel},
        std::pair{"validators", kValidator}, std::pair{"responses", kResponse}})
    snapshot[member] = storage::list_documents(reader, children_prefix(scope, kind, api));
  return snapshot;
}

Result<Json> deploy_in(Gateway& gateway, storage::Txn& txn, const Scope& scope, const std::string& api,
                       const std::string& description) {
  TRY(const Json snapshot, frozen_api(txn, scope, api));
  size_t count = 0;
  for (const Json& resource : snapshot.at("resources")) {
    const Json& methods = methods_of(resource);
    for (const auto& [verb, method] : methods.items()) {
      if (!find(method, "methodIntegration")) return errors::bad_request("No integration defined for method");
      ++count;
    }
  }
  if (count == 0) return errors::bad_request("The REST API doesn't contain any methods");
  const std::string id = gateway.new_id(6);
  put_part(txn, scope, kSnapshot, api, id, snapshot);
  Json deployment = {{"id", id}};
  if (!description.empty()) deployment["description"] = description;
  deployment["createdDate"] = now_s(gateway);
  put_part(txn, scope, kDeployment, api, id, deployment);
  return deployment;
}

Operations deployment_operations(Gateway& gateway) {
  static const Shape shape = structure({optional("stageName", string()), optional("stageDescription", string()),
                                        optional("description", string()), optional("variables", map(string()))});
  return {operation(gateway, "CreateDeployment", {"POST", kAll, 201}, create, &shape),
          operation(gateway, "GetDeployment", {"GET", kOne, 200}, get),
          operation(gateway, "GetDeployments", {"GET", kAll, 200}, get_all),
          operation(gateway, "UpdateDeployment", {"PATCH", kOne, 200}, update),
          operation(gateway, "DeleteDeployment", {"DELETE", kOne, 202}, remove)};
}

}  // namespace millrace::apigateway::rest
