// Managed policies attached to users, groups and roles, and permissions boundaries.

#include "emulator/base/log.h"
#include "emulator/services/iam/operations.h"
#include "emulator/services/iam/policies.h"
#include "emulator/services/iam/trust_policy.h"

namespace millrace::iam {
namespace {

constexpr size_t kAttachedMax = 10;  // IAM quotas: 10 unless raised

Result<void> check_changeable(Kind kind, const Json& entity) {
  if (kind == Kind::role && text_of(entity, "Path").starts_with("/aws-service-role/")) {
    return AwsError(errors::unmodifiable, "Cannot perform the operation on the protected role '" +
                                              text_of(entity, "Name") + "' - this role is only modifiable by AWS");
  }
  return {};
}

/// Changes the list of an entity's attached policies by `change(txn, call, arn, attached)`, which says whether there is a
/// difference.
template <class Change>
Handler change_attached(Kind kind, Change change) {
  return [kind, change](State& state, Call& call) -> Result<Json> {
    const std::string arn = text_of(call.input, "PolicyArn");
    TRY_VOID(check_policy_arn(arn));
    return state.write([&](Txn& txn) -> Result<Json> {
      TRY(Json entity, get_entity(txn, call.caller.account, kind, name_in(call, kind)));
      TRY_VOID(check_changeable(kind, entity));
      std::vector<std::string> attached = texts_in(entity, "Attached");
      TRY(const bool differs, change(txn, call, arn, attached));
      if (!differs) return Json(nullptr);
      entity["Attached"] = attached;
      put_entity(txn, call.caller.account, kind, entity);
      return Json(nullptr);
    });
  };
}

Handler attach_policy(Kind kind) {
  return change_attached(
      kind,
      [kind](Txn& txn, const Call& call, const std::string& arn, std::vector<std::string>& attached) -> Result<bool> {
        const auto policy = find_policy(txn, arn);
        if (!policy || (!policy->aws_managed && parse_policy_arn(arn)->account != call.caller.account)) {
          return AwsError(errors::no_such_entity, "Policy " + arn + " does not exist or is not attachable.");
        }
        if (policy->unknown) {
          log::warning("IAM: the AWS managed policy " + arn +
                       " isn't known to this emulator; attached, it grants nothing.");
        }
        if (std::find(attached.begin(), attached.end(), arn) != attached.end()) return false;
        if (attached.size() >= kAttachedMax) {
          return AwsError(errors::limit_exceeded, std::string("Cannot exceed quota for PoliciesPer") +
                                                      words(kind).member + ": " + std::to_string(kAttachedMax));
        }
        attached.push_back(arn);
        return true;
      });
}

Handler detach_policy(Kind kind) {
  return change_attached(
      kind, [](Txn&, const Call&, const std::string& arn, std::vector<std::string>& attached) -> Result<bool> {
        if (std::erase(attached, arn) == 0) return no_such(Kind::policy, arn);
        return true;
      });
}

Handler list_attached(Kind kind) {
  return [kind](State& state, Call& call) -> Result<Json> {
    TRY(const Pager page, page_in(call));
    const std::string prefix = text_of(call.input, "PathPrefix", "/");
    TRY(const Json entity, get_entity(state.store(), call.caller.account, kind, name_in(call, kind)));
    std::map<std::string, Json> sorted;
    for (const std::string& arn : texts_in(entity, "Attached")) {
      const auto parsed = parse_policy_arn(arn);
      if (!parsed || !parsed->path.starts_with(prefix)) continue;
      sorted.emplace(parsed->name + " " + arn, Json{{"PolicyName", parsed->name}, {"PolicyArn", arn}});
    }
    return paged("AttachedPolicies", {sorted.begin(), sorted.end()}, page);
  };
}

Handler put_boundary(Kind kind) {
  return [kind](State& state, Call& call) -> Result<Json> {
    const std::string arn = text_of(call.input, "PermissionsBoundary");
    return state.write([&](Txn& txn) -> Result<Json> {
      TRY(Json entity, get_entity(txn, call.caller.account, kind, name_in(call, kind)));
      TRY_VOID(check_changeable(kind, entity));
      TRY_VOID(check_boundary(txn, arn));
      entity["Boundary"] = arn;
      put_entity(txn, call.caller.account, kind, entity);
      return Json(nullptr);
    });
  };
}

Handler delete_boundary(Kind kind) {
  return [kind](State& state, Call& call) -> Result<Json> {
    return state.write([&](Txn& txn) -> Result<Json> {
      TRY(Json entity, get_entity(txn, call.caller.account, kind, name_in(call, kind)));
      TRY_VOID(check_changeable(kind, entity));
      entity.erase("Boundary");
      put_entity(txn, call.caller.account, kind, entity);
      return Json(nullptr);
    });
  };
}

}  // namespace

Operations attachment_operations(State& state) {
  using protocol::required, protocol::string;
  Operations all;
  for (const Kind kind : {Kind::user, Kind::group, Kind::role}) {
    const std::string word = words(kind).member;
    const Member entity = required(word + "Name", name_shape(kind));
    const Member arn = required("PolicyArn", string());
    all.push_back(operation(state, "Attach" + word + "Policy", {entity, arn}, on_entity(kind), attach_policy(kind)));
    all.push_back(operation(state, "Detach" + word + "Policy", {entity, arn}, on_entity(kind), detach_policy(kind)));
    all.push_back(operation(state, "ListAttached" + word + "Policies",
                            {entity, path_prefix(), page_marker(), page_size()}, on_entity(kind), list_attached(kind)));
  }
  return all;
}

Operations boundary_operations(State& state) {
  using protocol::required, protocol::string;
  Operations all;
  for (const Kind kind : {Kind::user, Kind::role}) {
    const std::string word = words(kind).member;
    const Member entity = required(word + "Name", name_shape(kind));
    all.push_back(operation(state, "Put" + word + "PermissionsBoundary",
                            {entity, required("PermissionsBoundary", string().length(20, 2048))}, on_entity(kind),
                            put_boundary(kind)));
    all.push_back(
        operation(state, "Delete" + word + "PermissionsBoundary", {entity}, on_entity(kind), delete_boundary(kind)));
  }
  return all;
}

}  // namespace millrace::iam
