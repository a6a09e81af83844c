// Policies embedded in a user, group or role: Put, Get, Delete, List for each.

#include "emulator/base/encoding.h"
#include "emulator/services/iam/operations.h"

namespace millrace::iam {
namespace {

/// IAM quotas: white space doesn't count, all inline policies of an entity together.
int64_t inline_size_max(Kind kind) {
  return kind == Kind::user ? 2048 : kind == Kind::group ? 5120 : 10240;
}

AwsError no_such_inline(Kind kind, const std::string& policy) {
  return {errors::no_such_entity,
          std::string("The ") + words(kind).stored + " policy with name " + policy + " cannot be found."};
}

Result<void> check_changeable(Kind kind, const Json& entity) {
  if (kind == Kind::role && text_of(entity, "Path").starts_with("/aws-service-role/")) {
    return AwsError(errors::unmodifiable, "Cannot perform the operation on the protected role '" +
                                              text_of(entity, "Name") + "' - this role is only modifiable by AWS");
  }
  return {};
}

Handler put_policy(Kind kind) {
  return [kind](State& state, Call& call) -> Result<Json> {
    const std::string policy = text_of(call.input, "PolicyName"), document = text_of(call.input, "PolicyDocument");
    const std::string name = name_in(call, kind);
    return state.write([&](Txn& txn) -> Result<Json> {
      TRY(Json entity, get_entity(txn, call.caller.account, kind, name));
      TRY_VOID(check_changeable(kind, entity));
      TRY_VOID(check_identity_policy(document));
      Json& held = entity["Inline"];
      if (!held.is_object()) held = Json::object();
      held[policy] = document;
      int64_t size = 0;
      for (const auto& [unused, text] : held.items()) size += policy_size(text.get<std::string>());
      if (size > inline_size_max(kind)) {
        return AwsError(errors::limit_exceeded, "Maximum policy size of " + std::to_string(inline_size_max(kind)) +
                                                    " bytes exceeded for " + words(kind).stored + " " + name);
      }
      put_entity(txn, call.caller.account, kind, entity);
      return Json(nullptr);
    });
  };
}

Handler get_policy(Kind kind) {
  return [kind](State& state, Call& call) -> Result<Json> {
    const std::string policy = text_of(call.input, "PolicyName");
    TRY(const Json entity, get_entity(state.store(), call.caller.account, kind, name_in(call, kind)));
    const Json* held = find(entity, "Inline");
    const Json* document = held ? find(*held, policy) : nullptr;
    if (document == nullptr) return no_such_inline(kind, policy);
    Json answer = Json::object();
    answer[name_member(kind)] = text_of(entity, "Name");
    answer["PolicyName"] = policy;
    answer["PolicyDocument"] = encoded(document->get<std::string>());
    return answer;
  };
}

Handler delete_policy(Kind kind) {
  return [kind](State& state, Call& call) -> Result<Json> {
    const std::string policy = text_of(call.input, "PolicyName");
    return state.write([&](Txn& txn) -> Result<Json> {
      TRY(Json entity, get_entity(txn, call.caller.account, kind, name_in(call, kind)));
      TRY_VOID(check_changeable(kind, entity));
      if (!entity.contains("Inline") || entity["Inline"].erase(policy) == 0) return no_such_inline(kind, policy);
      put_entity(txn, call.caller.account, kind, entity);
      return Json(nullptr);
    });
  };
}

Handler list_policies(Kind kind) {
  return [kind](State& state, Call& call) -> Result<Json> {
    TRY(const Pager page, page_in(call));
    TRY(const Json entity, get_entity(state.store(), call.caller.account, kind, name_in(call, kind)));
    std::map<std::string, Json> sorted;
    if (const Json* held = find(entity, "Inline")) {
      for (const auto& [name, unused] : held->items()) sorted.emplace(name, name);
    }
    return paged("PolicyNames", {sorted.begin(), sorted.end()}, page);
  };
}

}  // namespace

Operations inline_policy_operations(State& state) {
  using protocol::required, protocol::string;
  Operations all;
  for (const Kind kind : {Kind::user, Kind::group, Kind::role}) {
    const std::string word = words(kind).member;
    const Member entity = required(word + "Name", name_shape(kind));
    const Member policy = required("PolicyName", string().length(1, 128));
    all.push_back(operation(state, "Put" + word + "Policy",
                            {entity, policy, required("PolicyDocument", string().length(1, 131072))}, on_entity(kind),
                            put_policy(kind)));
    all.push_back(operation(state, "Get" + word + "Policy", {entity, policy}, on_entity(kind), get_policy(kind)));
    all.push_back(operation(state, "Delete" + word + "Policy", {entity, policy}, on_entity(kind), delete_policy(kind)));
    all.push_back(operation(state, "List" + word + "Policies", {entity, page_marker(), page_size()}, on_entity(kind),
                            list_policies(kind)));
  }
  return all;
}

}  // namespace millrace::iam
