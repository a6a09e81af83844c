// Deployments: what CreateDeployment freezes, and when one may go. Their operations are resources.cc's.

#include "emulator/services/apigateway/operations.h"
#include "emulator/services/apigateway/resources.h"

namespace millrace::apigateway {

using namespace protocol;

namespace {

Result<Json> make(Gateway& gateway, storage::Txn& txn, const Scope& scope, const Json& api, const Json& input) {
  const std::string id = text_of(api, "apiId"), stage_name = text_of(input, "stageName");
  if (storage::list_documents(txn, children_prefix(scope, "route", id)).empty())
    return errors::bad_request("At least one route is required before deploying the Api.");
  Json deployment = gateway.deploy(txn, scope, id, text_of(input, "description"), false);
  if (stage_name.empty()) return deployment;
  auto stage = storage::get_document(txn, child_key(scope, "stage", id, stage_name));
  if (!stage) return errors::not_found("Stage", stage_name);
  TRY_VOID(point_stage(gateway, txn, scope, *stage, id, text_of(deployment, "deploymentId")));
  storage::put_document(txn, child_key(scope, "stage", id, stage_name), *stage);
  return deployment;
}

Result<void> unused_by_stages(const storage::Reader& reader, const Scope& scope, const std::string& api,
                              const std::string& id) {
  for (const Json& stage : storage::list_documents(reader, children_prefix(scope, "stage", api))) {
    if (text_of(stage, "deploymentId") == id)
      return errors::bad_request("Active stages pointing to this deployment must be moved or deleted");
  }
  return {};
}

}  // namespace

const Kind& deployment_kind() {
  static const Kind kind{
      .name = "Deployment",
      .segment = "deployments",
      .stored = "deployment",
      .id_member = "deploymentId",
      .id_length = 6,
      .is_deployed = false,
      .create = structure(
          {optional("description", string().length(0, 1024)), optional("stageName", string().length(0, 128))}),
      .members = {"description"},
      .complete = [](const storage::Reader&, const Scope&, const Json&, Json&) -> Result<void> { return {}; },
      .may_go = unused_by_stages,
      .make = make,
      .erase_with =
          [](storage::Txn& txn, const Scope& scope, const std::string& api, const Json& document) {
            txn.erase(storage::Family::meta, child_key(scope, "snapshot", api, text_of(document, "deploymentId")));
          }};
  return kind;
}

}  // namespace millrace::apigateway
