#include "emulator/base/encoding.h"
#include "emulator/services/iam/operations.h"
#include "emulator/services/iam/policies.h"
#include "emulator/services/iam/trust_policy.h"

namespace millrace::iam {

Json boundary_view(const std::string& arn) {
  return {{"PermissionsBoundaryType", "Policy"}, {"PermissionsBoundaryArn", arn}};
}

Json role_view(const std::string& account, const Json& role) {
  Json view = Json::object();
  view["Path"] = text_of(role, "Path");
  view["RoleName"] = text_of(role, "Name");
  view["RoleId"] = text_of(role, "Id");
  view["Arn"] = arn_of(account, Kind::role, role);
  view["CreateDate"] = iso_seconds(int_of(role, "Created"));
  view["AssumeRolePolicyDocument"] = encoded(text_of(role, "Trust"));
  if (const auto description = optional_text(role, "Description")) view["Description"] = *description;
  return view;
}

Json full_role_view(const State& state, const std::string& account, const Json& role) {
  Json view = role_view(account, role);
  view["MaxSessionDuration"] = int_of(role, "MaxSession", 3600);
  if (const auto boundary = optional_text(role, "Boundary")) view["PermissionsBoundary"] = boundary_view(*boundary);
  if (role.contains("Tags") && !role["Tags"].empty()) view["Tags"] = role["Tags"];
  view["RoleLastUsed"] = Json::object();
  if (const auto use = state.uses.of(text_of(role, "Id"))) {
    view["RoleLastUsed"] = {{"LastUsedDate", iso_seconds(use->time)}, {"Region", use->region}};
  }
  return view;
}

namespace {

Result<Json> create_role(State& state, Call& call) {
  const std::string trust = text_of(call.input, "AssumeRolePolicyDocument");
  const std::string& account = call.caller.account;
  TRY(const Json tags, tags_in(call.input));
  return state.write([&](Txn& txn) -> Result<Json> {
    TRY_VOID(check_trust_policy(txn, account, trust));
    TRY(Json role, new_entity(state, txn, account, Kind::role, call.input));
    if (text_of(role, "Path").starts_with("/aws-service-role/")) {
      return AwsError(errors::invalid_input, "Path must not start with /aws-service-role/.");  // unverified
    }
    role["Trust"] = trust;
    if (const auto description = optional_text(call.input, "Description"); description && !description->empty()) {
      role["Description"] = *description;
    }
    role["MaxSession"] = number_in(call.input, "MaxSessionDuration", 3600);
    if (const auto boundary = optional_text(call.input, "PermissionsBoundary")) {
      TRY_VOID(check_boundary(txn, *boundary));
      role["Boundary"] = *boundary;
    }
    set_tags(role, tags);
    put_entity(txn, account, Kind::role, role);
    Json view = role_view(account, role);
    if (const auto boundary = optional_text(role, "Boundary")) view["PermissionsBoundary"] = boundary_view(*boundary);
    set_tags(view, tags);
    return Json{{"Role", view}};
  });
}

Result<Json> get_role(State& state, Call& call) {
  TRY(const Json role, get_entity(state.store(), call.caller.account, Kind::role, name_in(call, Kind::role)));
  return Json{{"Role", full_role_view(state, call.caller.account, role)}};
}

Result<Json> list_roles(State& state, Call& call) {
  TRY(const Pager page, page_in(call));
  const std::string prefix = text_of(call.input, "PathPrefix", "/");
  std::vector<std::pair<std::string, Json>> items;
  each_entity(state.store(), call.caller.account, Kind::role, [&](const Json& role) {
    if (text_of(role, "Path").starts_with(prefix)) {
      Json view = role_view(call.caller.account, role);
      view["MaxSessionDuration"] = int_of(role, "MaxSession", 3600);
      items.emplace_back(to_lower(text_of(role, "Name")), std::move(view));
    }
    return true;
  });
  return paged("Roles", items, page);
}

Result<Json> delete_role(State& state, Call& call) {
  const std::string& account = call.caller.account;
  const std::string name = name_in(call, Kind::role);
  return state.write([&](Txn& txn) -> Result<Json> {
    TRY(const Json role, get_entity(txn, account, Kind::role, name));
    if (text_of(role, "Path").starts_with("/aws-service-role/")) {
      return AwsError(errors::unmodifiable, "Cannot perform the operation on the protected role '" + name +
                                                "' - this role is only modifiable by AWS");
    }
    bool in_profile = false;
    each_entity(txn, account, Kind::instance_profile, [&](const Json& profile) {
      for (const std::string& held : texts_in(profile, "Roles")) in_profile = in_profile || held == name;
      return !in_profile;
    });
    if (in_profile) {
      return AwsError(errors::delete_conflict, "Cannot delete entity, must remove roles from instance profile first.");
    }
    if (!texts_in(role, "Attached").empty()) {
      return AwsError(errors::delete_conflict, "Cannot delete entity, must detach all policies first.");
    }
    if (role.contains("Inline") && !role["Inline"].empty()) {
      return AwsError(errors::delete_conflict, "Cannot delete entity, must delete policies first.");
    }
    erase_entity(txn, account, Kind::role, name);
    LastUses::forget(txn, text_of(role, "Id"));
    replace_principal(txn, account, arn_of(account, Kind::role, role), text_of(role, "Id"));
    return Json(nullptr);
  });
}

}  // namespace

Operations role_operations(State& state) {
  using protocol::optional, protocol::required, protocol::string, protocol::integer, protocol::any;
  const Member name = required("RoleName", name_shape(Kind::role));
  return {
      operation(state, "CreateRole",
                {optional("Path", string().length(1, 512)), name,
                 required("AssumeRolePolicyDocument", string().length(1, 131072)),
                 optional("Description", string().length(0, 1000)),
                 optional("MaxSessionDuration", integer().range(3600, 43200)),
                 optional("PermissionsBoundary", string().length(20, 2048)), optional("Tags", any())},
                on_entity(Kind::role), create_role),
      operation(state, "GetRole", {name}, on_entity(Kind::role), get_role),
      operation(state, "ListRoles", {path_prefix(), page_marker(), page_size()}, on_anything(), list_roles),
      operation(state, "DeleteRole", {name}, on_entity(Kind::role), delete_role),
  };
}

}  // namespace millrace::iam
