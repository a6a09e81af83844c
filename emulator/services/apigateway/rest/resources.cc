// CreateResource, GetResource, GetResources, UpdateResource, DeleteResource.

#include <algorithm>

#include "emulator/services/apigateway/rest/operations.h"
#include "emulator/services/apigateway/rest/patch.h"

namespace millrace::apigateway::rest {

using namespace protocol;

namespace {

constexpr const char* kMissing = "Invalid Resource identifier specified";
constexpr const char* kOne = "/restapis/{restApiId}/resources/{resourceId}";

bool is_variable(const std::string& part) {
  return part.size() > 2 && part.front() == '{' && part.back() == '}';
}

bool is_part(const std::string& part) {
  std::string inner = part;
  if (is_variable(part)) {
    inner = part.substr(1, part.size() - 2);
    if (inner.ends_with('+')) inner.pop_back();
  }
  static constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-:";
  // AWS also takes '+', '~', '$' and ',' nowhere else than here.
  return !inner.empty() && inner.find_first_not_of(std::string(kLetters) + "~$,@*!'()&=;") == std::string::npos;
}

std::string path_below(const std::string& parent, const std::string& part) {
  return (parent == "/" ? "" : parent) + "/" + part;
}

Result<void> check_place(const std::vector<Json>& all, const Json& parent, const std::string& part,
                         const std::string& own_id) {
  if (!is_part(part))
    return errors::bad_request(
        "Resource's path part only allow a-zA-Z0-9._-: or a valid greedy path variable and curly braces at the "
        "beginning "
        "and the end.");
  const std::string parent_part = text_of(parent, "pathPart");
  if (parent_part.ends_with("+}"))
    return errors::bad_request("Cannot create a child of a resource with a greedy path variable: " + parent_part);
  for (const Json& other : all) {
    if (text_of(other, "parentId") != text_of(parent, "id") || text_of(other, "id") == own_id) continue;
    const std::string sibling = text_of(other, "pathPart");
    if (sibling == part)
      return errors::conflict("Another resource with the same parent already has this name: " + part);
    if (is_variable(sibling) && is_variable(part))
      return errors::bad_request("A sibling (" + sibling +
                                 ") of this resource already has a variable path part -- only one is allowed");
  }
  return {};
}

std::vector<Json> all_of(const storage::Reader& reader, const Scope& scope, const std::string& api) {
  return storage::list_documents(reader, children_prefix(scope, kResource, api));
}

/// The paths of everything below a resource that was moved or renamed.
void move_children(storage::Txn& txn, const Scope& scope, const std::string& api, const std::vector<Json>& all,
                   const Json& parent) {
  for (Json child : all) {
    if (text_of(child, "parentId") != text_of(parent, "id")) continue;
    child["path"] = path_below(text_of(parent, "path"), text_of(child, "pathPart"));
    put_part(txn, scope, kResource, api, text_of(child, "id"), child);
    move_children(txn, scope, api, all, child);
  }
}

void erase_subtree(storage::Txn& txn, const Scope& scope, const std::string& api, const std::vector<Json>& all,
                   const std::string& id) {
  for (const Json& child : all) {
    if (text_of(child, "parentId") == id) erase_subtree(txn, scope, api, all, text_of(child, "id"));
  }
  txn.erase(storage::Family::meta, part_key(scope, kResource, api, id));
}

bool is_below(const std::vector<Json>& all, std::string id, const std::string& ancestor) {
  while (!id.empty()) {
    if (id == ancestor) return true;
    const auto found = std::find_if(all.begin(), all.end(), [&](const Json& one) { return text_of(one, "id") == id; });
    if (found == all.end()) return false;
    id = text_of(*found, "parentId");
  }
  return false;
}

bool embeds(const Call& call) {
  for (const auto& [name, value] : call.query) {
    if (name == "embed" && value == "methods") return true;
  }
  return false;
}

Result<Json> create(Gateway& gateway, const Call& call) {
  const Scope scope = scope_of(call);
  const std::string api = text_of(call.input, "restApiId");
  return change(gateway, [&](storage::Txn& txn) -> Result<Json> {
    TRY(Json parent, load_part(txn, scope, kResource, api, text_of(call.input, "parentId"), kMissing));
    TRY(Json made, create_resource_in(gateway, txn, scope, api, parent, text_of(call.input, "pathPart")));
    return shown_resource(made, false);
  });
}

Result<Json> get(Gateway& gateway, const Call& call) {
  TRY(Json resource, load_part(gateway.context.store, scope_of(call), kResource, text_of(call.input, "restApiId"),
                               text_of(call.input, "resourceId"), kMissing));
  return shown_resource(resource, embeds(call));
}

Result<Json> get_all(Gateway& gateway, const Call& call) {
  const std::string api = text_of(call.input, "restApiId");
  TRY_VOID(load_rest_api(gateway.context.store, scope_of(call), api));
  const bool embed = embeds(call);
  return items_of(all_of(gateway.context.store, scope_of(call), api), "id", call,
                  [embed](const Json& one) { return shown_resource(one, embed); });
}

Result<Json> update(Gateway& gateway, const Call& call) {
  static const std::vector<PatchRule> rules = {{"/parentId", "r"}, {"/pathPart", "r"}};
  const Scope scope = scope_of(call);
  const std::string api = text_of(call.input, "restApiId");
  return change(gateway, [&](storage::Txn& txn) -> Result<Json> {
    TRY(Json resource, load_part(txn, scope, kResource, api, text_of(call.input, "resourceId"), kMissing));
    const std::string id = text_of(resource, "id");
    Json changed = resource;
    TRY_VOID(apply_patches(changed, call.input, "updateResourceInput", rules));
    if (text_of(resource, "parentId").empty()) {
      if (text_of(changed, "parentId") != "") return errors::bad_request("Resources cannot be cyclical.");
      if (text_of(changed, "pathPart") != "") return errors::bad_request("Root resource cannot update its pathPart.");
      return shown_resource(resource, false);
    }
    const std::vector<Json> all = all_of(txn, scope, api);
    TRY(Json parent, load_part(txn, scope, kResource, api, text_of(changed, "parentId"), kMissing));
    if (is_below(all, text_of(parent, "id"), id)) return errors::bad_request("Resources cannot be cyclical.");
    TRY_VOID(check_place(all, parent, text_of(changed, "pathPart"), id));
    changed["path"] = path_below(text_of(parent, "path"), text_of(changed, "pathPart"));
    put_part(txn, scope, kResource, api, id, changed);
    move_children(txn, scope, api, all, changed);
    return shown_resource(changed, false);
  });
}

Result<Json> remove(Gateway& gateway, const Call& call) {
  const Scope scope = scope_of(call);
  const std::string api = text_of(call.input, "restApiId");
  return change(gateway, [&](storage::Txn& txn) -> Result<Json> {
    TRY(Json resource, load_part(txn, scope, kResource, api, text_of(call.input, "resourceId"), kMissing));
    if (text_of(resource, "parentId").empty())
      return errors::bad_request("Root resource cannot be removed");  // unverified: the words
    erase_subtree(txn, scope, api, all_of(txn, scope, api), text_of(resource, "id"));
    return Json();
  });
}

}  // namespace

Result<Json> create_resource_in(Gateway& gateway, storage::Txn& txn, const Scope& scope, const std::string& api,
                                const Json& parent, const std::string& part) {
  constexpr size_t kResourcesMax = 300;  // API Gateway's quota for resources of an API
  const std::vector<Json> all = all_of(txn, scope, api);
  TRY_VOID(check_place(all, parent, part, ""));
  if (all.size() > kResourcesMax) {
    static const ErrorKind limit{"LimitExceededException", 429};
    return AwsError(limit, "Maximum number of Resources for this API has been reached");
  }
  const std::string id = gateway.new_id(6);
  Json resource = {{"id", id},
                   {"parentId", text_of(parent, "id")},
                   {"pathPart", part},
                   {"path", path_below(text_of(parent, "path"), part)}};
  put_part(txn, scope, kResource, api, id, resource);
  return resource;
}

Json shown_resource(const Json& resource, bool embed) {
  Json out = shown(resource);
  if (embed || !find(out, "resourceMethods")) return out;
  for (auto& [verb, method] : out["resourceMethods"].items()) method = Json::object();
  return out;
}

Operations resource_operations(Gateway& gateway) {
  static const Shape create_shape = structure({required("pathPart", string())});
  return {operation(gateway, "CreateResource", {"POST", "/restapis/{restApiId}/resources/{parentId}", 201}, create,
                    &create_shape),
          operation(gateway, "GetResource", {"GET", kOne, 200}, get),
          operation(gateway, "GetResources", {"GET", "/restapis/{restApiId}/resources", 200}, get_all),
          operation(gateway, "UpdateResource", {"PATCH", kOne, 200}, update),
          operation(gateway, "DeleteResource", {"DELETE", kOne, 202}, remove)};
}

}  // namespace millrace::apigateway::rest
