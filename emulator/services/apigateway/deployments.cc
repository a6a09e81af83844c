// CreateDeployment, GetDeployment, GetDeployments, UpdateDeployment, DeleteDeployment.

#include "emulator/services/apigateway/operations.h"

namespace millrace::apigateway {

using namespace protocol;

namespace {

constexpr const char* kAll = "/v2/apis/{apiId}/deployments";
constexpr const char* kOne = "/v2/apis/{apiId}/deployments/{deploymentId}";

Result<Json> load(const storage::Reader& reader, const Call& call) {
  const std::string api = text_of(call.input, "apiId"), id = text_of(call.input, "deploymentId");
  TRY_VOID(load_api(reader, scope_of(call), api));
  auto document = storage::get_document(reader, child_key(scope_of(call), "deployment", api, id));
  if (!document) return errors::not_found("Deployment", id);
  return std::move(*document);
}

Result<Json> create(Gateway& gateway, const Call& call) {
  const Scope scope = scope_of(call);
  return gateway.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
    const std::string api = text_of(call.input, "apiId"), stage_name = text_of(call.input, "stageName");
    TRY_VOID(load_api(txn, scope, api));
    if (storage::list_documents(txn, children_prefix(scope, "route", api)).empty())
      return errors::bad_request("At least one route is required before deploying the Api.");
    Json deployment = gateway.deploy(txn, scope, api, text_of(call.input, "description"), false);
    if (stage_name.empty()) return shown(deployment);
    auto stage = storage::get_document(txn, child_key(scope, "stage", api, stage_name));
    if (!stage) return errors::not_found("Stage", stage_name);
    TRY_VOID(point_stage(gateway, txn, scope, *stage, api, text_of(deployment, "deploymentId")));
    storage::put_document(txn, child_key(scope, "stage", api, stage_name), *stage);
    return shown(deployment);
  });
}

Result<Json> update(Gateway& gateway, const Call& call) {
  return gateway.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
    TRY(Json deployment, load(txn, call));
    merge(deployment, call.input, {"description"});
    storage::put_document(
        txn, child_key(scope_of(call), "deployment", text_of(call.input, "apiId"), text_of(deployment, "deploymentId")),
        deployment);
    return shown(deployment);
  });
}

Result<Json> remove(Gateway& gateway, const Call& call) {
  const Scope scope = scope_of(call);
  return gateway.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
    TRY(Json deployment, load(txn, call));
    const std::string api = text_of(call.input, "apiId"), id = text_of(deployment, "deploymentId");
    for (const Json& stage : storage::list_documents(txn, children_prefix(scope, "stage", api))) {
      if (text_of(stage, "deploymentId") == id)
        return errors::bad_request("Active stages pointing to this deployment must be moved or deleted");
    }
    txn.erase(storage::Family::meta, child_key(scope, "deployment", api, id));
    txn.erase(storage::Family::meta, child_key(scope, "snapshot", api, id));
    return Json();
  });
}

}  // namespace

Operation create_deployment(Gateway& gateway) {
  return {.name = "CreateDeployment",
          .rest = {{"POST", kAll, 201}},
          .access = needs_of,
          .handle = JsonHandler([&gateway](Call& call) { return create(gateway, call); })};
}

Operation get_deployment(Gateway& gateway) {
  return {.name = "GetDeployment",
          .rest = {{"GET", kOne, 200}},
          .access = needs_of,
          .handle = JsonHandler([&gateway](Call& call) -> Result<Json> {
            TRY(Json deployment, load(gateway.context.store, call));
            return shown(deployment);
          })};
}

Operation get_deployments(Gateway& gateway) {
  return {.name = "GetDeployments",
          .rest = {{"GET", kAll, 200}},
          .access = needs_of,
          .handle = JsonHandler([&gateway](Call& call) -> Result<Json> {
            const std::string api = text_of(call.input, "apiId");
            TRY_VOID(load_api(gateway.context.store, scope_of(call), api));
            return page_of(
                storage::list_documents(gateway.context.store, children_prefix(scope_of(call), "deployment", api)),
                "deploymentId", call);
          })};
}

Operation update_deployment(Gateway& gateway) {
  return {.name = "UpdateDeployment",
          .rest = {{"PATCH", kOne, 200}},
          .access = needs_of,
          .handle = JsonHandler([&gateway](Call& call) { return update(gateway, call); })};
}

Operation delete_deployment(Gateway& gateway) {
  return {.name = "DeleteDeployment",
          .rest = {{"DELETE", kOne, 204}},
          .access = needs_of,
          .handle = JsonHandler([&gateway](Call& call) { return remove(gateway, call); })};
}

}  // namespace millrace::apigateway
