// CreateStage, GetStage, GetStages, UpdateStage, DeleteStage, FlushStageCache. A stage's method settings are patched
// as `/{resource path}/{verb}/{setting}`.

#include <algorithm>

#include "emulator/services/apigateway/rest/operations.h"
#include "emulator/services/apigateway/rest/patch.h"

namespace millrace::apigateway::rest {

using namespace protocol;

namespace {

constexpr const char* kAll = "/restapis/{restApiId}/stages";
constexpr const char* kOne = "/restapis/{restApiId}/stages/{stageName}";
constexpr const char* kMissing = "Invalid stage identifier specified";
constexpr size_t kNameMax = 128, kVariablesMax = 100, kStagesMax = 10;  // API Gateway's quotas

const std::vector<PatchRule>& rules() {
  static const std::vector<PatchRule> all = {{"/description", "r", As::optional},
                                             {"/documentationVersion", "r", As::optional},
                                             {"/clientCertificateId", "r", As::optional},
                                             {"/cacheClusterEnabled", "r", As::boolean},
                                             {"/cacheClusterSize", "r"},
                                             {"/tracingEnabled", "r", As::boolean},
                                             {"/variables/*", "ard"},
                                             {"/accessLogSettings/destinationArn", "ar"},
                                             {"/accessLogSettings/format", "ar"},
                                             {"/accessLogSettings", "d", As::whole},
                                             {"/canarySettings/deploymentId", "r"},
                                             {"/canarySettings/percentTraffic", "r", As::number},
                                             {"/canarySettings/useStageCache", "r", As::boolean},
                                             {"/canarySettings/stageVariableOverrides/*", "ard"},
                                             {"/canarySettings", "d", As::whole},
                                             {"/deploymentId", "r"},
                                             {"/webAclArn", "r"}};
  return all;
}

/// What a path's last two segments set, and where.
struct Setting {
  const char* path;
  const char* member;
  As as;
};
constexpr Setting kSettings[] = {
    {"metrics/enabled", "metricsEnabled", As::boolean},
    {"logging/loglevel", "loggingLevel", As::text},
    {"logging/dataTrace", "dataTraceEnabled", As::boolean},
    {"throttling/burstLimit", "throttlingBurstLimit", As::integer},
    {"throttling/rateLimit", "throttlingRateLimit", As::number},
    {"caching/enabled", "cachingEnabled", As::boolean},
    {"caching/ttlInSeconds", "cacheTtlInSeconds", As::integer},
    {"caching/dataEncrypted", "cacheDataEncrypted", As::boolean},
    {"caching/requireAuthorizationForCacheControl", "requireAuthorizationForCacheControl", As::boolean},
    {"caching/unauthorizedCacheControlHeaderStrategy", "unauthorizedCacheControlHeaderStrategy", As::text}};

/// What a method has before anything of it is set (the first touch fills all of it).
Json first_settings() {
  return {{"metricsEnabled", false},
          {"dataTraceEnabled", false},
          {"throttlingBurstLimit", 5000},
          {"throttlingRateLimit", 10000.0},
          {"cachingEnabled", false},
          {"cacheTtlInSeconds", 300},
          {"cacheDataEncrypted", false},
          {"requireAuthorizationForCacheControl", true},
          {"unauthorizedCacheControlHeaderStrategy", "SUCCEED_WITH_RESPONSE_HEADER"}};
}

/// The key of a method's settings, as the client wrote the path: without its first slash and last `cut` segments.
std::string key_of(const PatchOperation& operation, size_t cut) {
  std::string out = operation.path.substr(operation.path.starts_with('/') ? 1 : 0);
  for (; cut > 0; --cut) out.resize(out.rfind('/'));
  return out;
}

bool is_verb(const std::string& text) {
  static constexpr std::string_view kVerbs[] = {"GET", "PUT", "POST", "DELETE", "PATCH", "OPTIONS", "HEAD", "ANY", "*"};
  return std::find(std::begin(kVerbs), std::end(kVerbs), text) != std::end(kVerbs);
}

Result<bool> patch_setting(Json& stage, const PatchOperation& operation) {
  const std::vector<std::string>& path = operation.segments;
  if (path.size() >= 2 && operation.op == "remove" && is_verb(path.back())) {
    const std::string key = key_of(operation, 0);
    if (!stage["methodSettings"].contains(key))
      return errors::bad_request("Cannot remove method setting " + key +
                                 " because there is no method setting for this method ");
    stage["methodSettings"].erase(key);
    return true;
  }
  if (path.size() < 4 || !is_verb(path[path.size() - 3])) return false;
  const std::string name = path[path.size() - 2] + "/" + path.back();
  const Setting* setting =
      std::find_if(std::begin(kSettings), std::end(kSettings), [&](const Setting& one) { return name == one.path; });
  if (setting == std::end(kSettings)) return false;
  const std::string key = key_of(operation, 2);
  Json& all = stage["methodSettings"];
  if (!all.contains(key)) all[key] = all.contains("*/*") ? all["*/*"] : first_settings();
  PatchOperation inner = operation;
  inner.segments = {setting->member};
  inner.path = "/" + std::string(setting->member);
  if (inner.op == "add") inner.op = "replace";
  TRY_VOID(apply_patch(all[key], inner, {{inner.path.c_str(), "rd", setting->as}}));
  return true;
}

Result<bool> patch_own(Json& stage, const PatchOperation& operation) {
  if (operation.op == "copy") {
    // A canary is promoted: its deployment and variables become the stage's.
    if (operation.from == "/canarySettings/deploymentId" && operation.path == "/deploymentId") {
      if (const Json* canary = find(stage, "canarySettings")) stage["deploymentId"] = text_of(*canary, "deploymentId");
      return true;
    }
    if (operation.from == "/canarySettings/stageVariableOverrides" && operation.path == "/variables") {
      if (const Json* canary = find(stage, "canarySettings")) {
        const Json overrides = canary->value("stageVariableOverrides", Json::object());
        for (const auto& [name, value] : overrides.items()) stage["variables"][name] = value;
      }
      return true;
    }
  }
  TRY(const bool taken, patch_setting(stage, operation));
  if (taken || allows_path(rules(), operation)) return taken;
  return errors::bad_request("Invalid method setting path: " + operation.path + ". Must be one of: [" +
                             listed_paths(rules()) + "]");
}

Result<void> check_stage(const storage::Reader& reader, const Scope& scope, const std::string& api, const Json& stage) {
  const std::string deployment = text_of(stage, "deploymentId");
  if (!storage::get_document(reader, part_key(scope, kDeployment, api, deployment)))
    return errors::bad_request("Deployment id does not exist");
  const Json variables = stage.value("variables", Json::object());
  if (variables.size() > kVariablesMax)
    return errors::bad_request("A stage has at most 100 variables");  // unverified: the words
  for (const auto& [name, value] : variables.items()) {
    static const std::string letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~:/?#&=,";
    const std::string text = value.is_string() ? value.get<std::string>() : "";
    if (text.size() > 512 || text.find_first_not_of(letters) != std::string::npos)
      return errors::bad_request("Stage variable value '" + text + "' contains invalid characters");  // unverified
  }
  const Json* log = find(stage, "accessLogSettings");
  if (!log) return {};
  const std::string format = text_of(*log, "format");
  if (find(*log, "format") && format.empty()) return errors::bad_request("Access Log value must not be empty");
  if (!format.empty() && format.find("$context.requestId") == std::string::npos &&
      format.find("$context.extendedRequestId") == std::string::npos)  // unverified: the words
    return errors::bad_request("Access Log format must include $context.requestId or $context.extendedRequestId");
  auto account = storage::get_document(reader, own_key(scope, "account", ""));
  if (!account || text_of(*account, "cloudwatchRoleArn").empty())
    return errors::bad_request("CloudWatch Logs role ARN must be set in account settings to enable logging");
  return {};
}

Json shown_stage(const Json& stage) {
  Json out = shown(stage);
  // Without its trailing `:*` a log group's ARN is what AWS answers.
  if (find(out, "accessLogSettings")) {
    std::string arn = text_of(out["accessLogSettings"], "destinationArn");
    if (arn.ends_with(":*")) out["accessLogSettings"]["destinationArn"] = arn.substr(0, arn.size() - 2);
  }
  return out;
}

Result<Json> create(Gateway& gateway, const Call& call) {
  const std::string api = text_of(call.input, "restApiId");
  return change(gateway, [&](storage::Txn& txn) -> Result<Json> {
    TRY_VOID(load_rest_api(txn, scope_of(call), api));
    TRY(Json stage, create_stage_in(gateway, txn, scope_of(call), api, call.input));
    return shown_stage(stage);
  });
}

Result<Json> get(Gateway& gateway, const Call& call) {
  TRY(Json stage, load_part(gateway.context.store, scope_of(call), kStage, text_of(call.input, "restApiId"),
                            text_of(call.input, "stageName"), kMissing));
  return shown_stage(stage);
}

Result<Json> get_all(Gateway& gateway, const Call& call) {
  const std::string api = text_of(call.input, "restApiId");
  TRY_VOID(load_rest_api(gateway.context.store, scope_of(call), api));
  const std::string deployment = query_value(call.query, "deploymentId").value_or("");
  Json items = Json::array();
  for (const Json& stage :
       storage::list_documents(gateway.context.store, children_prefix(scope_of(call), kStage, api))) {
    if (deployment.empty() || text_of(stage, "deploymentId") == deployment) items.push_back(shown_stage(stage));
  }
  return Json{{"item", std::move(items)}};
}

Result<Json> update(Gateway& gateway, const Call& call) {
  const Scope scope = scope_of(call);
  const std::string api = text_of(call.input, "restApiId"), name = text_of(call.input, "stageName");
  return change(gateway, [&](storage::Txn& txn) -> Result<Json> {
    TRY(Json stage, load_part(txn, scope, kStage, api, name, kMissing));
    if (!find(stage, "methodSettings")) stage["methodSettings"] = Json::object();
    TRY_VOID(apply_patches(stage, call.input, "updateStageInput", rules(), patch_own));
    if (bool_of(stage, "cacheClusterEnabled")) {
      stage["cacheClusterStatus"] = "AVAILABLE";
      if (text_of(stage, "cacheClusterSize").empty()) stage["cacheClusterSize"] = "0.5";
    } else {
      stage["cacheClusterStatus"] = "NOT_AVAILABLE";
    }
    TRY_VOID(check_stage(txn, scope, api, stage));
    stage["lastUpdatedDate"] = now_s(gateway);
    put_part(txn, scope, kStage, api, name, stage);
    return shown_stage(stage);
  });
}

Result<Json> remove(Gateway& gateway, const Call& call) {
  const Scope scope = scope_of(call);
  const std::string api = text_of(call.input, "restApiId"), name = text_of(call.input, "stageName");
  return change(gateway, [&](storage::Txn& txn) -> Result<Json> {
    TRY_VOID(load_part(txn, scope, kStage, api, name, kMissing));
    txn.erase(storage::Family::meta, part_key(scope, kStage, api, name));
    return Json();
  });
}

/// Nothing is cached but authorizers' answers (authorization.cc), which go by themselves.
Result<Json> flush(Gateway& gateway, const Call& call) {
  TRY_VOID(load_part(gateway.context.store, scope_of(call), kStage, text_of(call.input, "restApiId"),
                     text_of(call.input, "stageName"), kMissing));
  return Json();
}

Result<Json> flush_authorizers(Gateway& gateway, const Call& call) {
  TRY_VOID(flush(gateway, call));
  gateway.answers.forget(text_of(call.input, "restApiId") + "/" + text_of(call.input, "stageName") + "/");
  return Json();
}

bool is_stage_name(const std::string& name) {
  return !name.empty() && name.size() <= kNameMax &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") ==
             std::string::npos;
}

}  // namespace

Result<Json> create_stage_in(Gateway& gateway, storage::Txn& txn, const Scope& scope, const std::string& api,
                             const Json& input) {
  const std::string name = text_of(input, "stageName");
  if (!is_stage_name(name)) return errors::bad_request("Stage name only allows a-zA-Z0-9_-");
  if (storage::get_document(txn, part_key(scope, kStage, api, name))) return errors::conflict("Stage already exists");
  if (storage::list_documents(txn, children_prefix(scope, kStage, api)).size() >= kStagesMax) {
    static const ErrorKind limit{"LimitExceededException", 429};
    return AwsError(limit, "Maximum number of Stages for this API has been reached");
  }
  const bool cached = bool_of(input, "cacheClusterEnabled");
  Json stage = {{"deploymentId", text_of(input, "deploymentId")}, {"stageName", name}};
  if (const std::string text = text_of(input, "description"); !text.empty()) stage["description"] = text;
  stage["cacheClusterEnabled"] = cached;
  if (const std::string size = text_of(input, "cacheClusterSize", cached ? "0.5" : ""); !size.empty())
    stage["cacheClusterSize"] = size;
  stage["cacheClusterStatus"] = cached ? "AVAILABLE" : "NOT_AVAILABLE";
  stage["methodSettings"] = Json::object();
  copy_given(stage, input, {"variables", "canarySettings"});
  if (const std::string version = text_of(input, "documentationVersion"); !version.empty())
    stage["documentationVersion"] = version;
  stage["tracingEnabled"] = bool_of(input, "tracingEnabled");
  copy_given(stage, input, {"tags"});
  stage["createdDate"] = now_s(gateway);
  stage["lastUpdatedDate"] = now_s(gateway);
  TRY_VOID(check_stage(txn, scope, api, stage));
  put_part(txn, scope, kStage, api, name, stage);
  return stage;
}

const Json* method_settings(const Json& stage, const std::string& resource_path, const std::string& verb) {
  const Json* all = find(stage, "methodSettings");
  if (!all || all->empty()) return nullptr;
  const std::string below = resource_path.substr(1);  // a key has no slash in front; slashes may be kept as ~1
  std::string escaped;
  for (char c : below) escaped += c == '/' ? std::string("~1") : std::string(1, c);
  for (const std::string& path : {below, escaped, "~1" + escaped, "/" + below}) {
    for (const std::string& key : {path + "/" + verb, path + "/*"}) {
      if (const Json* found = find(*all, key)) return found;
    }
  }
  return find(*all, "*/*");
}

Operations stage_operations(Gateway& gateway) {
  static const Shape shape = structure({required("stageName", string()), required("deploymentId", string()),
                                        optional("description", string()), optional("variables", map(string())),
                                        optional("tracingEnabled", boolean()), optional("tags", map(string()))});
  return {operation(gateway, "CreateStage", {"POST", kAll, 201}, create, &shape),
          operation(gateway, "GetStage", {"GET", kOne, 200}, get),
          operation(gateway, "GetStages", {"GET", kAll, 200}, get_all),
          operation(gateway, "UpdateStage", {"PATCH", kOne, 200}, update),
          operation(gateway, "DeleteStage", {"DELETE", kOne, 202}, remove),
          operation(gateway, "FlushStageCache", {"DELETE", "/restapis/{restApiId}/stages/{stageName}/cache/data", 202},
                    flush),
          operation(gateway, "FlushStageAuthorizersCache",
                    {"DELETE", "/restapis/{restApiId}/stages/{stageName}/cache/authorizers", 202}, flush_authorizers)};
}

}  // namespace millrace::apigateway::rest
