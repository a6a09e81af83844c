#include "emulator/base/encoding.h"
#include "emulator/services/iam/operations.h"

namespace millrace::iam {

Json instance_profile_view(const Reader& reader, const std::string& account, const Json& profile, bool with_tags) {
  Json view = Json::object();
  view["Path"] = text_of(profile, "Path");
  view["InstanceProfileName"] = text_of(profile, "Name");
  view["InstanceProfileId"] = text_of(profile, "Id");
  view["Arn"] = arn_of(account, Kind::instance_profile, profile);
  view["CreateDate"] = iso_seconds(int_of(profile, "Created"));
  view["Roles"] = Json::array();
  for (const std::string& name : texts_in(profile, "Roles")) {
    if (const auto role = find_entity(reader, account, Kind::role, name)) {
      view["Roles"].push_back(role_view(account, *role));
    }
  }
  if (with_tags && profile.contains("Tags")) view["Tags"] = profile["Tags"];
  return view;
}

namespace {

constexpr Kind kProfile = Kind::instance_profile;

Result<Json> create_instance_profile(State& state, Call& call) {
  const std::string& account = call.caller.account;
  TRY(const Json tags, tags_in(call.input));
  return state.write([&](Txn& txn) -> Result<Json> {
    TRY(Json profile, new_entity(state, txn, account, kProfile, call.input));
    set_tags(profile, tags);
    put_entity(txn, account, kProfile, profile);
    return Json{{"InstanceProfile", instance_profile_view(txn, account, profile, true)}};
  });
}

Result<Json> get_instance_profile(State& state, Call& call) {
  const std::string& account = call.caller.account;
  TRY(const Json profile, get_entity(state.store(), account, kProfile, name_in(call, kProfile)));
  return Json{{"InstanceProfile", instance_profile_view(state.store(), account, profile, true)}};
}

Result<Json> delete_instance_profile(State& state, Call& call) {
  const std::string& account = call.caller.account;
  return state.write([&](Txn& txn) -> Result<Json> {
    TRY(const Json profile, get_entity(txn, account, kProfile, name_in(call, kProfile)));
    if (!texts_in(profile, "Roles").empty()) {
      return AwsError(errors::delete_conflict, "Cannot delete entity, must remove roles from instance profile first.");
    }
    erase_entity(txn, account, kProfile, text_of(profile, "Name"));
    return Json(nullptr);
  });
}

Result<Json> list_profiles(State& state, Call& call, const std::string& role) {
  const std::string& account = call.caller.account;
  TRY(const Pager page, page_in(call));
  const std::string prefix = text_of(call.input, "PathPrefix", "/");
  std::vector<std::pair<std::string, Json>> items;
  each_entity(state.store(), account, kProfile, [&](const Json& profile) {
    const auto roles = texts_in(profile, "Roles");
    const bool wanted = role.empty() || std::find(roles.begin(), roles.end(), role) != roles.end();
    if (wanted && text_of(profile, "Path").starts_with(prefix)) {
      items.emplace_back(to_lower(text_of(profile, "Name")),
                         instance_profile_view(state.store(), account, profile, false));
    }
    return true;
  });
  return paged("InstanceProfiles", items, page);
}

Result<Json> list_instance_profiles_for_role(State& state, Call& call) {
  const std::string role = name_in(call, Kind::role);
  TRY_VOID(get_entity(state.store(), call.caller.account, Kind::role, role));
  return list_profiles(state, call, role);
}

Result<Json> add_role(State& state, Call& call) {
  const std::string& account = call.caller.account;
  const std::string role = name_in(call, Kind::role);
  return state.write([&](Txn& txn) -> Result<Json> {
    TRY(Json profile, get_entity(txn, account, kProfile, name_in(call, kProfile)));
    TRY_VOID(get_entity(txn, account, Kind::role, role));
    if (!texts_in(profile, "Roles").empty()) {
      return AwsError(errors::limit_exceeded, "Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1");
    }
    profile["Roles"] = std::vector<std::string>{role};
    put_entity(txn, account, kProfile, profile);
    return Json(nullptr);
  });
}

Result<Json> remove_role(State& state, Call& call) {
  const std::string& account = call.caller.account;
  const std::string role = name_in(call, Kind::role);
  return state.write([&](Txn& txn) -> Result<Json> {
    TRY(Json profile, get_entity(txn, account, kProfile, name_in(call, kProfile)));
    std::vector<std::string> roles = texts_in(profile, "Roles");
    if (std::erase(roles, role) == 0) return no_such(Kind::role, role);
    profile["Roles"] = roles;
    put_entity(txn, account, kProfile, profile);
    return Json(nullptr);
  });
}

}  // namespace

Operations instance_profile_operations(State& state) {
  using protocol::optional, protocol::required, protocol::string, protocol::any;
  const Member name = required("InstanceProfileName", name_shape(kProfile));
  const Member role = required("RoleName", name_shape(Kind::role));
  const auto on_profile = on_entity(kProfile);
  Operation add = operation(state, "AddRoleToInstanceProfile", {name, role}, on_profile, add_role);
  // Giving a role to machines is passing it to EC2.
  add.access = [&state, own = add.access](const Call& call) -> Result<protocol::AccessNeeds> {
    TRY(protocol::AccessNeeds needs, own(call));
    AccessNeed pass;
    pass.action = "iam:PassRole";
    pass.resource = arn_named(state, call, Kind::role, name_in(call, Kind::role));
    pass.context["iam:passedtoservice"] = {"ec2.amazonaws.com"};
    needs.push_back(std::move(pass));
    return needs;
  };
  return {
      operation(state, "CreateInstanceProfile",
                {name, optional("Path", string().length(1, 512)), optional("Tags", any())}, on_profile,
                create_instance_profile),
      operation(state, "GetInstanceProfile", {name}, on_profile, get_instance_profile),
      operation(state, "DeleteInstanceProfile", {name}, on_profile, delete_instance_profile),
      operation(state, "ListInstanceProfiles", {path_prefix(), page_marker(), page_size()}, on_anything(),
                [](State& s, Call& call) { return list_profiles(s, call, ""); }),
      operation(state, "ListInstanceProfilesForRole", {role, page_marker(), page_size()}, on_entity(Kind::role),
                list_instance_profiles_for_role),
      std::move(add),
      operation(state, "RemoveRoleFromInstanceProfile", {name, role}, on_profile, remove_role),
  };
}

}  // namespace millrace::iam
