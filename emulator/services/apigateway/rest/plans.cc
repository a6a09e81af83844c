// CreateUsagePlan, GetUsagePlan, GetUsagePlans, UpdateUsagePlan, DeleteUsagePlan, and the keys of a plan.

#include <algorithm>

#include "emulator/services/apigateway/rest/operations.h"
#include "emulator/services/apigateway/rest/patch.h"

namespace millrace::apigateway::rest {

using namespace protocol;

namespace {

constexpr const char* kOne = "/usageplans/{usagePlanId}";
constexpr const char* kKeys = "/usageplans/{usagePlanId}/keys";
constexpr const char* kKey = "/usageplans/{usagePlanId}/keys/{planKeyId}";

const std::vector<PatchRule>& rules() {
  static const std::vector<PatchRule> all = {{"/name", "r"},
                                             {"/description", "r", As::optional},
                                             {"/productCode", "ard", As::optional},
                                             {"/throttle", "d", As::whole},
                                             {"/throttle/rateLimit", "ar", As::number},
                                             {"/throttle/burstLimit", "ar", As::integer},
                                             {"/quota", "d", As::whole},
                                             {"/quota/limit", "ar", As::integer},
                                             {"/quota/offset", "ar", As::integer},
                                             {"/quota/period", "ar"}};
  return all;
}

Result<Json> load(const storage::Reader& reader, const Call& call) {
  auto document = storage::get_document(reader, own_key(scope_of(call), "plan", text_of(call.input, "usagePlanId")));
  if (!document) return errors::not_found("Invalid Usage Plan ID specified");
  return std::move(*document);
}

Result<void> check_stages(const storage::Reader& reader, const Scope& scope, const Json& plan) {
  for (const Json& one : plan.value("apiStages", Json::array())) {
    const std::string api = text_of(one, "apiId"), stage = text_of(one, "stage");
    if (!storage::get_document(reader, part_key(scope, kStage, api, stage)))
      return errors::not_found("Invalid API Stage {api: " + api + ", stage: " + stage + "} specified for usageplan " +
                               text_of(plan, "id"));
  }
  return {};
}

Result<void> check_plan(const Json& plan) {
  const Json* quota = find(plan, "quota");
  if (!quota) return {};
  const std::string period = text_of(*quota, "period");
  if (period != "DAY" && period != "WEEK" && period != "MONTH")
    return errors::bad_request("Usage Plan quota period must be one of DAY, WEEK, MONTH");  // unverified: the words
  return {};
}

/// `api:stage` as the two.
std::pair<std::string, std::string> split_stage(const std::string& text) {
  const size_t colon = text.find(':');
  return {text.substr(0, colon), colon == std::string::npos ? "" : text.substr(colon + 1)};
}

Json::iterator find_stage(Json& stages, const std::string& text) {
  const auto [api, stage] = split_stage(text);
  return std::find_if(stages.begin(), stages.end(), [a = api, s = stage](const Json& one) {
    return text_of(one, "apiId") == a && text_of(one, "stage") == s;
  });
}

/// `/apiStages/{api:stage}/throttle/{path}/{verb}/rateLimit`: the method's path may hold slashes.
Result<void> patch_method_throttle(Json& stage, const PatchOperation& operation) {
  const std::vector<std::string>& path = operation.segments;
  if (path.size() == 3) {
    stage.erase("throttle");
    return {};
  }
  const std::string& member = path.back();
  const bool sets = member == "rateLimit" || member == "burstLimit";
  std::string method;
  for (size_t i = 3; i < path.size() - (sets ? 1 : 0); ++i) method += (i > 3 ? "/" : "") + path[i];
  if (operation.op == "remove") {
    if (find(stage, "throttle")) stage["throttle"].erase(method);
    return {};
  }
  if (member == "rateLimit") {
    TRY(const double value, patched_number(operation));
    stage["throttle"][method]["rateLimit"] = value;
  } else {
    TRY(const int64_t value, patched_integer(operation));
    stage["throttle"][method]["burstLimit"] = value;
  }
  return {};
}

Result<bool> patch_stages(Json& plan, const PatchOperation& operation) {
  if (operation.segments.empty() || operation.segments[0] != "apiStages") return false;
  if (!find(plan, "apiStages")) plan["apiStages"] = Json::array();
  Json& stages = plan["apiStages"];
  const std::string named = operation.segments.size() > 1 ? operation.segments[1] : operation.text();
  auto found = find_stage(stages, named);
  if (operation.segments.size() > 2) {
    if (found == stages.end()) return invalid_path(operation, rules());
    TRY_VOID(patch_method_throttle(*found, operation));
    return true;
  }
  if (operation.op == "remove") {
    if (found != stages.end()) stages.erase(found);
  } else if (found == stages.end()) {
    const auto [api, stage] = split_stage(named);
    stages.push_back({{"apiId", api}, {"stage", stage}});
  }
  return true;
}

Json with_tags(const Json& plan) {
  Json out = shown(plan);
  if (!find(out, "tags")) out["tags"] = Json::object();
  return out;
}

Result<Json> create(Gateway& gateway, const Call& call) {
  const Scope scope = scope_of(call);
  return change(gateway, [&](storage::Txn& txn) -> Result<Json> {
    Json plan = {{"id", gateway.new_id(6)}, {"name", text_of(call.input, "name")}};
    copy_given(plan, call.input, {"description"});
    plan["apiStages"] = call.input.value("apiStages", Json::array());
    copy_given(plan, call.input, {"throttle", "quota", "tags"});
    if (find(plan, "quota") && !find(plan["quota"], "offset")) plan["quota"]["offset"] = 0;
    TRY_VOID(check_stages(txn, scope, plan));
    TRY_VOID(check_plan(plan));
    storage::put_document(txn, own_key(scope, "plan", text_of(plan, "id")), plan);
    return shown(plan);
  });
}

Result<Json> get(Gateway& gateway, const Call& call) {
  TRY(Json plan, load(gateway.context.store, call));
  return with_tags(plan);
}

/// `?keyId=` lists the plans of one key.
Result<Json> get_all(Gateway& gateway, const Call& call) {
  const Scope scope = scope_of(call);
  const std::string key = query_value(call.query, "keyId").value_or("");
  std::vector<Json> found;
  for (Json& plan : storage::list_documents(gateway.context.store, own_prefix(scope, "plan"))) {
    if (key.empty() ||
        storage::get_document(gateway.context.store, part_key(scope, "plan-key", text_of(plan, "id"), key)))
      found.push_back(std::move(plan));
  }
  return items_of(found, "id", call);
}

Result<Json> update(Gateway& gateway, const Call& call) {
  const Scope scope = scope_of(call);
  return change(gateway, [&](storage::Txn& txn) -> Result<Json> {
    TRY(Json plan, load(txn, call));
    TRY_VOID(apply_patches(plan, call.input, "updateUsagePlanInput", rules(), patch_stages));
    if (find(plan, "quota") && !find(plan["quota"], "offset")) plan["quota"]["offset"] = 0;
    TRY_VOID(check_stages(txn, scope, plan));
    TRY_VOID(check_plan(plan));
    storage::put_document(txn, own_key(scope, "plan", text_of(plan, "id")), plan);
    return with_tags(plan);
  });
}

Result<Json> remove(Gateway& gateway, const Call& call) {
  const Scope scope = scope_of(call);
  return change(gateway, [&](storage::Txn& txn) -> Result<Json> {
    TRY(Json plan, load(txn, call));
    const std::string id = text_of(plan, "id");
    for (const Json& stage : plan.value("apiStages", Json::array())) {
      if (storage::get_document(txn, part_key(scope, kStage, text_of(stage, "apiId"), text_of(stage, "stage"))))
        return errors::bad_request("Cannot delete Usage Plan " + id +
                                   ", please remove all API stages first.");  // unverified: the words
    }
    const std::string keys = children_prefix(scope, "plan-key", id);
    txn.erase_range(storage::Family::meta, keys, storage::prefix_end(keys));
    txn.erase(storage::Family::meta, own_key(scope, "plan", id));
    return Json();
  });
}

Result<Json> create_key(Gateway& gateway, const Call& call) {
  const Scope scope = scope_of(call);
  const std::string id = text_of(call.input, "keyId");
  return change(gateway, [&](storage::Txn& txn) -> Result<Json> {
    TRY(Json plan, load(txn, call));
    auto key = storage::get_document(txn, own_key(scope, "key", id));
    if (!key) return errors::not_found("Invalid API Key identifier specified");
    const std::string place = part_key(scope, "plan-key", text_of(plan, "id"), id);
    if (storage::get_document(txn, place))  // unverified: the words
      return errors::conflict("Usage Plan " + text_of(plan, "id") + " already has the API Key " + id);
    Json made = {{"id", id}, {"type", "API_KEY"}, {"value", text_of(*key, "value")}};
    copy_given(made, *key, {"name"});
    storage::put_document(txn, place, made);
    return made;
  });
}

Result<Json> get_key(Gateway& gateway, const Call& call) {
  TRY(Json plan, load(gateway.context.store, call));
  auto key = storage::get_document(gateway.context.store, part_key(scope_of(call), "plan-key", text_of(plan, "id"),
                                                                   text_of(call.input, "planKeyId")));
  if (!key) return errors::not_found("Invalid Usage Plan ID specified");  // as recorded
  return std::move(*key);
}

Result<Json> get_keys(Gateway& gateway, const Call& call) {
  TRY(Json plan, load(gateway.context.store, call));
  return items_of(
      storage::list_documents(gateway.context.store, children_prefix(scope_of(call), "plan-key", text_of(plan, "id"))),
      "id", call);
}

Result<Json> remove_key(Gateway& gateway, const Call& call) {
  return change(gateway, [&](storage::Txn& txn) -> Result<Json> {
    TRY(Json plan, load(txn, call));
    const std::string place =
        part_key(scope_of(call), "plan-key", text_of(plan, "id"), text_of(call.input, "planKeyId"));
    if (!storage::get_document(txn, place)) return errors::not_found("Invalid Usage Plan Key identifier specified");
    txn.erase(storage::Family::meta, place);
    return Json();
  });
}

std::string today(Gateway& gateway) {
  return iso_seconds(gateway.context.clock.now_ms()).substr(0, 10);
}

/// What a plan's keys used from day to day; of one key, if `only` isn't empty.
Json usage_of(Gateway& gateway, const Scope& scope, const Json& plan, const std::string& only, const std::string& first,
              const std::string& last) {
  const std::string id = text_of(plan, "id");
  Json values = Json::object();
  for (const Json& key : storage::list_documents(gateway.context.store, children_prefix(scope, "plan-key", id))) {
    const std::string key_id = text_of(key, "id");
    if (only.empty() || key_id == only)
      values[key_id] = gateway.usage.days(scope, id, key_id, find(plan, "quota"), first, last);
  }
  return {{"usagePlanId", id}, {"startDate", first}, {"endDate", last}, {"values", std::move(values)}};
}

Result<Json> get_usage(Gateway& gateway, const Call& call) {
  TRY(const Json plan, load(gateway.context.store, call));
  const std::string first = query_value(call.query, "startDate").value_or(""),
                    last = query_value(call.query, "endDate").value_or("");
  const auto is_day = [](const std::string& text) { return text.size() == 10 && parse_iso(text + "T00:00:00Z") >= 0; };
  if (!is_day(first) || !is_day(last) || last < first)  // unverified: the words
    return errors::bad_request("Usage start date and end date must be of the form YYYY-MM-DD");
  return usage_of(gateway, scope_of(call), plan, query_value(call.query, "keyId").value_or(""), first, last);
}

/// `replace /remaining`: more or fewer requests until the period ends.
Result<Json> update_usage(Gateway& gateway, const Call& call) {
  TRY(const Json plan, load(gateway.context.store, call));
  const std::string key = text_of(call.input, "planKeyId");
  const Json* quota = find(plan, "quota");
  if (!quota ||
      !storage::get_document(gateway.context.store, part_key(scope_of(call), "plan-key", text_of(plan, "id"), key)))
    return errors::not_found("Invalid Usage Plan ID specified");
  TRY(const auto operations, patch_operations(call.input, "updateUsageInput"));
  static const std::vector<PatchRule> own = {{"/remaining", "r"}};
  for (const PatchOperation& one : operations) {
    if (!allows_path(own, one) || one.op != "replace") return invalid_path(one, own);
    TRY(const int64_t remaining, patched_integer(one));
    gateway.usage.set_remaining(scope_of(call), text_of(plan, "id"), key, *quota, remaining);
  }
  return usage_of(gateway, scope_of(call), plan, key, today(gateway), today(gateway));
}

}  // namespace

Operations plan_operations(Gateway& gateway) {
  static const Shape shape =
      structure({required("name", string()), optional("description", string()), optional("apiStages", list(any())),
                 optional("throttle", structure({optional("burstLimit", integer()), optional("rateLimit", number())})),
                 optional("quota", structure({optional("limit", integer()), optional("offset", integer()),
                                              optional("period", string().one_of({"DAY", "WEEK", "MONTH"}))})),
                 optional("tags", map(string()))});
  static const Shape key_shape = structure({required("keyId", string()), required("keyType", string())});
  return {operation(gateway, "CreateUsagePlan", {"POST", "/usageplans", 201}, create, &shape),
          operation(gateway, "GetUsagePlan", {"GET", kOne, 200}, get),
          operation(gateway, "GetUsagePlans", {"GET", "/usageplans", 200}, get_all),
          operation(gateway, "UpdateUsagePlan", {"PATCH", kOne, 200}, update),
          operation(gateway, "DeleteUsagePlan", {"DELETE", kOne, 202}, remove),
          operation(gateway, "CreateUsagePlanKey", {"POST", kKeys, 201}, create_key, &key_shape),
          operation(gateway, "GetUsagePlanKey", {"GET", kKey, 200}, get_key),
          operation(gateway, "GetUsagePlanKeys", {"GET", kKeys, 200}, get_keys),
          operation(gateway, "DeleteUsagePlanKey", {"DELETE", kKey, 202}, remove_key),
          operation(gateway, "GetUsage", {"GET", "/usageplans/{usagePlanId}/usage", 200}, get_usage),
          operation(gateway, "UpdateUsage", {"PATCH", "/usageplans/{usagePlanId}/keys/{planKeyId}/usage", 200},
                    update_usage)};
}

}  // namespace millrace::apigateway::rest
