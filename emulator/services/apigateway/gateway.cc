#include "emulator/services/apigateway/gateway.h"

#include "emulator/base/encoding.h"
#include "emulator/services/apigateway/operations.h"

namespace millrace::apigateway {

namespace {

/// The first segment of a path, decoded, and where it ends.
std::pair<std::string, size_t> first_segment(const std::string& path) {
  const size_t end = path.find('/', 1);
  const std::string_view first = std::string_view(path).substr(0, end);
  return {percent_decode(first.starts_with('/') ? first.substr(1) : first), end};
}

}  // namespace

Json frozen_parts(const storage::Reader& reader, const Scope& scope, const std::string& api) {
  Json out = Json::object();
  for (const auto& [member, kind] :
       {std::pair{"routes", "route"}, std::pair{"integrations", "integration"}, std::pair{"authorizers", "authorizer"},
        std::pair{"routeResponses", "routeresponse"}, std::pair{"integrationResponses", "integrationresponse"},
        std::pair{"models", "model"}})
    out[member] = storage::list_documents(reader, children_prefix(scope, kind, api));
  return out;
}

std::shared_ptr<const Json> Gateway::document(const storage::Reader& reader, const std::string& key) const {
  auto text = reader.get(storage::Family::meta, key);
  if (!text) return nullptr;
  MutexLock lock(parsed_mutex_);
  if (auto found = parsed_.find(key); found != parsed_.end() && found->second.text == *text)
    return found->second.document;
  auto parsed = storage::get_document(reader, key);
  if (!parsed) return nullptr;
  if (parsed_.size() >= kParsedMax) parsed_.clear();
  auto kept = std::make_shared<const Json>(std::move(*parsed));
  parsed_[key] = {std::move(*text), kept};
  return kept;
}

std::optional<Json> Gateway::find_api(const std::string& id, Scope& scope) const {
  const auto back = document(context.store, way_back_key(id));
  if (!back) return std::nullopt;
  scope = {text_of(*back, "account"), text_of(*back, "region")};
  const auto api = document(context.store, api_key(scope, id));
  return api ? std::optional(*api) : std::nullopt;
}

std::optional<Live> Gateway::find_live(const std::string& id, std::string& path) {
  // One view of all: a stage's former deployment goes when the stage moves on.
  const auto reader = context.store.snapshot();
  const auto back = document(*reader, way_back_key(id));
  if (!back) return std::nullopt;
  const Scope scope{text_of(*back, "account"), text_of(*back, "region")};
  const auto api = document(*reader, api_key(scope, id));
  if (!api) return std::nullopt;
  Live live;
  live.api = {id,
              scope.account,
              scope.region,
              bool_of(*api, "disableExecuteApiEndpoint"),
              text_of(*api, "protocolType") == "WEBSOCKET",
              text_of(*api, "routeSelectionExpression"),
              std::nullopt};
  if (const Json* cors = find(*api, "corsConfiguration")) live.api.cors = cors_of(*cors);
  const auto [first, end] = first_segment(path);
  auto stage = first.empty() ? nullptr : document(*reader, child_key(scope, "stage", id, first));
  if (stage) {
    path = end == std::string::npos ? "/" : path.substr(end);
  } else {
    stage = document(*reader, child_key(scope, "stage", id, "$default"));
  }
  if (!stage) return std::nullopt;
  live.stage = stage_of(*stage);
  live.deployment = read_deployment(*reader, scope, id, live.stage.deployment_id);
  if (!live.deployment) return std::nullopt;
  return live;
}

std::shared_ptr<const Deployment> Gateway::read_deployment(const storage::Reader& reader, const Scope& scope,
                                                           const std::string& api, const std::string& id) {
  if (id.empty()) return nullptr;
  return deployments_.get(api + "/" + id, [&]() -> std::shared_ptr<const Deployment> {
    auto snapshot = storage::get_document(reader, child_key(scope, "snapshot", api, id));
    return snapshot ? deployment_of(*snapshot) : nullptr;
  });
}

bool Gateway::within_rates(const Live& live, const std::string& route_key) {
  const RouteSettings& settings = live.stage.settings_of(route_key);
  const Millis now = context.clock.now_ms();
  // A rate of 0 with a burst of 0 is what Terraform's provider sends of settings that name neither. On AWS that closes the
  // stage; here only with --throttle.
  const bool limited =
      settings.rate >= 0 && settings.burst >= 0 && (context.throttle || settings.rate + settings.burst > 0);
  const std::string name = live.api.id + "/" + live.stage.name + "/" + route_key;
  if (limited && !throttle.take(name, settings.rate, settings.burst, now)) return false;
  return !context.throttle || throttle.take(live.api.account + "/" + live.api.region, kAccountRate, kAccountBurst, now);
}

Json Gateway::deploy(storage::Txn& txn, const Scope& scope, const std::string& api, const std::string& description,
                     bool automatic) {
  const std::string id = new_id(6);
  storage::put_document(txn, child_key(scope, "snapshot", api, id), frozen_parts(txn, scope, api));
  Json document = {{"autoDeployed", automatic},
                   {"createdDate", iso_seconds(context.clock.now_ms())},
                   {"deploymentId", id},
                   {"deploymentStatus", "DEPLOYED"}};
  if (!description.empty()) document["description"] = description;
  storage::put_document(txn, child_key(scope, "deployment", api, id), document);
  return document;
}

void Gateway::deploy_automatically(storage::Txn& txn, const Scope& scope, const std::string& api) {
  for (Json stage : storage::list_documents(txn, children_prefix(scope, "stage", api))) {
    if (!bool_of(stage, "autoDeploy")) continue;
    const std::string former = text_of(stage, "deploymentId");
    Json deployment =
        deploy(txn, scope, api, "Automatic deployment triggered by changes to the Api configuration", true);
    const std::string id = text_of(deployment, "deploymentId");
    stage["deploymentId"] = id;
    stage["lastUpdatedDate"] = iso_seconds(context.clock.now_ms());
    stage["lastDeploymentStatusMessage"] = "Successfully deployed stage with deployment ID '" + id + "'";
    storage::put_document(txn, child_key(scope, "stage", api, text_of(stage, "stageName")), stage);
    // Kept without bound they would grow with every change: an automatic one goes when the next takes its place.
    auto old = storage::get_document(txn, child_key(scope, "deployment", api, former));
    if (!old || !bool_of(*old, "autoDeployed")) continue;
    txn.erase(storage::Family::meta, child_key(scope, "deployment", api, former));
    txn.erase(storage::Family::meta, child_key(scope, "snapshot", api, former));
  }
}

}  // namespace millrace::apigateway
