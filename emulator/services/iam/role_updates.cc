#include "emulator/services/iam/operations.h"
#include "emulator/services/iam/trust_policy.h"

namespace millrace::iam {
namespace {

/// Changes a role that isn't AWS's own; `change` returns Result<void>.
template <class Change>
Result<Json> change_role(State& state, const Call& call, Change change, bool answers_role = false) {
  const std::string& account = call.caller.account;
  const std::string name = name_in(call, Kind::role);
  return state.write([&](Txn& txn) -> Result<Json> {
    TRY(Json role, get_entity(txn, account, Kind::role, name));
    if (text_of(role, "Path").starts_with("/aws-service-role/")) {
      return AwsError(errors::unmodifiable, "Cannot perform the operation on the protected role '" + name +
                                                "' - this role is only modifiable by AWS");
    }
    TRY_VOID(change(txn, role));
    put_entity(txn, account, Kind::role, role);
    return answers_role ? Json{{"Role", full_role_view(state, account, role)}} : Json(nullptr);
  });
}

// A member that isn't sent stays as it is: Terraform sends MaxSessionDuration alone and expects the
// description kept.
Result<Json> update_role(State& state, Call& call) {
  TRY_VOID(change_role(state, call, [&](Txn&, Json& role) -> Result<void> {
    if (const Json* description = find(call.input, "Description")) role["Description"] = *description;
    role["MaxSession"] = number_in(call.input, "MaxSessionDuration", int_of(role, "MaxSession", 3600));
    return {};
  }));
  return Json::object();
}

Result<Json> update_role_description(State& state, Call& call) {
  return change_role(
      state, call,
      [&](Txn&, Json& role) -> Result<void> {
        role["Description"] = text_of(call.input, "Description");
        return {};
      },
      true);
}

Result<Json> update_assume_role_policy(State& state, Call& call) {
  const std::string document = text_of(call.input, "PolicyDocument");
  return change_role(state, call, [&](Txn& txn, Json& role) -> Result<void> {
    TRY_VOID(check_trust_policy(txn, call.caller.account, document));
    role["Trust"] = document;
    return {};
  });
}

}  // namespace

Operations role_update_operations(State& state) {
  using protocol::optional, protocol::required, protocol::string, protocol::integer;
  const Member name = required("RoleName", name_shape(Kind::role));
  return {
      operation(state, "UpdateRole",
                {name, optional("Description", string().length(0, 1000)),
                 optional("MaxSessionDuration", integer().range(3600, 43200))},
                on_entity(Kind::role), update_role),
      operation(state, "UpdateRoleDescription", {name, required("Description", string().length(0, 1000))},
                on_entity(Kind::role), update_role_description),
      operation(state, "UpdateAssumeRolePolicy", {name, required("PolicyDocument", string().length(1, 131072))},
                on_entity(Kind::role), update_assume_role_policy),
  };
}

}  // namespace millrace::iam
