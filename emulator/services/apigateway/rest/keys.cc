// CreateApiKey, GetApiKey, GetApiKeys, UpdateApiKey, DeleteApiKey.

#include "emulator/services/apigateway/rest/operations.h"
#include "emulator/services/apigateway/rest/patch.h"

namespace millrace::apigateway::rest {

using namespace protocol;

namespace {

constexpr const char* kOne = "/apikeys/{apiKey}";
constexpr size_t kValueMin = 20, kValueMax = 128;

Result<Json> load(const storage::Reader& reader, const Call& call) {
  auto document = storage::get_document(reader, own_key(scope_of(call), "key", text_of(call.input, "apiKey")));
  if (!document) return errors::not_found("Invalid API Key identifier specified");
  return std::move(*document);
}

Json without_value(const Json& key) {
  Json out = shown(key);
  out.erase("value");
  return out;
}

bool is_set(const Call& call, const char* name) {
  return query_value(call.query, name).value_or("") == "true";
}

Result<Json> create_in(Gateway& gateway, storage::Txn& txn, const Scope& scope, const Json& input) {
  std::string value = text_of(input, "value");
  if (value.empty())
    value = gateway.context.random.text(40, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");
  if (value.size() < kValueMin) return errors::bad_request("API Key value should be at least 20 characters");
  if (value.size() > kValueMax) return errors::bad_request("API Key value exceeds maximum size of 128 characters");
  const std::string by_value = own_key(scope, "key-value", value), id = gateway.new_id(10);
  if (storage::get_document(txn, by_value)) return errors::conflict("API Key already exists");
  Json key = {{"id", id}, {"value", value}};
  copy_given(key, input, {"name", "customerId", "description"});
  key["enabled"] = bool_of(input, "enabled");
  key["createdDate"] = now_s(gateway);
  key["lastUpdatedDate"] = now_s(gateway);
  key["stageKeys"] = Json::array();
  copy_given(key, input, {"tags"});
  storage::put_document(txn, own_key(scope, "key", id), key);
  storage::put_document(txn, by_value, {{"id", id}});
  return key;
}

Result<Json> create(Gateway& gateway, const Call& call) {
  return change(gateway, [&](storage::Txn& txn) -> Result<Json> {
    TRY(Json key, create_in(gateway, txn, scope_of(call), call.input));
    return shown(key);
  });
}

Result<Json> get(Gateway& gateway, const Call& call) {
  TRY(Json key, load(gateway.context.store, call));
  return is_set(call, "includeValue") ? shown(key) : without_value(key);
}

Result<Json> get_all(Gateway& gateway, const Call& call) {
  const std::string name = query_value(call.query, "name").value_or("");
  const std::string customer = query_value(call.query, "customerId").value_or("");
  std::vector<Json> found;
  for (Json& key : storage::list_documents(gateway.context.store, own_prefix(scope_of(call), "key"))) {
    if (!name.empty() && !text_of(key, "name").starts_with(name)) continue;
    if (!customer.empty() && text_of(key, "customerId") != customer) continue;
    found.push_back(std::move(key));
  }
  const bool values = is_set(call, "includeValues");
  return items_of(found, "id", call, [values](const Json& key) { return values ? shown(key) : without_value(key); });
}

Result<Json> update(Gateway& gateway, const Call& call) {
  static const std::vector<PatchRule> rules = {{"/name", "r"},
                                               {"/description", "r", As::optional},
                                               {"/enabled", "r", As::boolean},
                                               {"/customerId", "r", As::optional}};
  return change(gateway, [&](storage::Txn& txn) -> Result<Json> {
    TRY(Json key, load(txn, call));
    TRY_VOID(apply_patches(key, call.input, "updateApiKeyInput", rules));
    key["lastUpdatedDate"] = now_s(gateway);
    storage::put_document(txn, own_key(scope_of(call), "key", text_of(key, "id")), key);
    Json out = without_value(key);
    if (!find(out, "tags")) out["tags"] = Json::object();
    return out;
  });
}

Result<Json> remove(Gateway& gateway, const Call& call) {
  const Scope scope = scope_of(call);
  return change(gateway, [&](storage::Txn& txn) -> Result<Json> {
    TRY(Json key, load(txn, call));
    const std::string id = text_of(key, "id");
    txn.erase(storage::Family::meta, own_key(scope, "key", id));
    txn.erase(storage::Family::meta, own_key(scope, "key-value", text_of(key, "value")));
    for (const Json& plan : storage::list_documents(txn, own_prefix(scope, "plan")))
      txn.erase(storage::Family::meta, part_key(scope, "plan-key", text_of(plan, "id"), id));
    return Json();
  });
}

}  // namespace

Operations key_operations(Gateway& gateway) {
  static const Shape shape =
      structure({optional("name", string()), optional("description", string()), optional("enabled", boolean()),
                 optional("value", string()), optional("customerId", string()), optional("tags", map(string()))});
  return {operation(gateway, "CreateApiKey", {"POST", "/apikeys", 201}, create, &shape),
          operation(gateway, "GetApiKey", {"GET", kOne, 200}, get),
          operation(gateway, "GetApiKeys", {"GET", "/apikeys", 200}, get_all),
          operation(gateway, "UpdateApiKey", {"PATCH", kOne, 200}, update),
          operation(gateway, "DeleteApiKey", {"DELETE", kOne, 202}, remove)};
}

}  // namespace millrace::apigateway::rest
