// Groups and their members. Membership is kept with the user, so that gathering a user's policies is one read
// a group.

#include "emulator/base/encoding.h"
#include "emulator/services/iam/operations.h"

namespace millrace::iam {

Json group_view(const std::string& account, const Json& group) {
  return {{"Path", text_of(group, "Path")},
          {"GroupName", text_of(group, "Name")},
          {"GroupId", text_of(group, "Id")},
          {"Arn", arn_of(account, Kind::group, group)},
          {"CreateDate", iso_seconds(int_of(group, "Created"))}};
}

namespace {

constexpr size_t kGroupsPerUserMax = 10;  // IAM quotas

std::vector<Json> members_of(const Reader& reader, const std::string& account, const std::string& group) {
  std::vector<Json> members;
  each_entity(reader, account, Kind::user, [&](Json user) {
    const auto groups = texts_in(user, "Groups");
    if (std::find(groups.begin(), groups.end(), group) != groups.end()) members.push_back(std::move(user));
    return true;
  });
  return members;
}

Result<Json> create_group(State& state, Call& call) {
  return state.write([&](Txn& txn) -> Result<Json> {
    TRY(const Json group, new_entity(state, txn, call.caller.account, Kind::group, call.input));
    put_entity(txn, call.caller.account, Kind::group, group);
    return Json{{"Group", group_view(call.caller.account, group)}};
  });
}

Result<Json> get_group(State& state, Call& call) {
  const std::string& account = call.caller.account;
  TRY(const Pager page, page_in(call));
  TRY(const Json group, get_entity(state.store(), account, Kind::group, name_in(call, Kind::group)));
  std::vector<std::pair<std::string, Json>> items;
  for (const Json& user : members_of(state.store(), account, text_of(group, "Name"))) {
    items.emplace_back(to_lower(text_of(user, "Name")), user_view(account, user, false));
  }
  Json answer = paged("Users", items, page);
  answer["Group"] = group_view(account, group);
  return answer;
}

Result<Json> list_groups(State& state, Call& call) {
  TRY(const Pager page, page_in(call));
  const std::string prefix = text_of(call.input, "PathPrefix", "/");
  std::vector<std::pair<std::string, Json>> items;
  each_entity(state.store(), call.caller.account, Kind::group, [&](const Json& group) {
    if (text_of(group, "Path").starts_with(prefix)) {
      items.emplace_back(to_lower(text_of(group, "Name")), group_view(call.caller.account, group));
    }
    return true;
  });
  return paged("Groups", items, page);
}

Result<Json> update_group(State& state, Call& call) {
  const std::string& account = call.caller.account;
  const std::string name = name_in(call, Kind::group), new_name = text_of(call.input, "NewGroupName", name);
  TRY_VOID(check_path(call.input, "NewPath"));
  return state.write([&](Txn& txn) -> Result<Json> {
    TRY(Json group, get_entity(txn, account, Kind::group, name));
    if (const auto path = optional_text(call.input, "NewPath")) group["Path"] = *path;
    if (new_name != name) {
      if (!equals_ignore_case(name, new_name) && find_entity(txn, account, Kind::group, new_name)) {
        return AwsError(errors::already_exists, "Group with name " + new_name + " already exists.");
      }
      for (Json& user : members_of(txn, account, name)) {
        std::vector<std::string> groups = texts_in(user, "Groups");
        std::replace(groups.begin(), groups.end(), name, new_name);
        user["Groups"] = groups;
        put_entity(txn, account, Kind::user, user);
      }
      erase_entity(txn, account, Kind::group, name);
      group["Name"] = new_name;
    }
    put_entity(txn, account, Kind::group, group);
    return Json(nullptr);
  });
}

Result<Json> delete_group(State& state, Call& call) {
  const std::string& account = call.caller.account;
  const std::string name = name_in(call, Kind::group);
  return state.write([&](Txn& txn) -> Result<Json> {
    TRY(const Json group, get_entity(txn, account, Kind::group, name));
    const auto conflict = [](const char* what) {
      return AwsError(errors::delete_conflict, std::string("Cannot delete entity, must ") + what + " first.");
    };
    if (!members_of(txn, account, name).empty()) return conflict("remove users from group");
    if (!texts_in(group, "Attached").empty()) return conflict("detach all policies");
    if (group.contains("Inline") && !group["Inline"].empty()) return conflict("delete policies");
    erase_entity(txn, account, Kind::group, name);
    return Json(nullptr);
  });
}

Result<Json> change_membership(State& state, Call& call, bool add) {
  const std::string& account = call.caller.account;
  const std::string name = name_in(call, Kind::group);
  return state.write([&](Txn& txn) -> Result<Json> {
    TRY_VOID(get_entity(txn, account, Kind::group, name));
    TRY(Json user, get_entity(txn, account, Kind::user, name_in(call, Kind::user)));
    std::vector<std::string> groups = texts_in(user, "Groups");
    const bool held = std::find(groups.begin(), groups.end(), name) != groups.end();
    if (add && !held) {
      if (groups.size() >= kGroupsPerUserMax) {
        return AwsError(errors::limit_exceeded, "Cannot exceed quota for GroupsPerUser: 10");
      }
      groups.push_back(name);
    } else if (!add) {
      std::erase(groups, name);
    }
    user["Groups"] = groups;
    put_entity(txn, account, Kind::user, user);
    return Json(nullptr);
  });
}

Result<Json> list_groups_for_user(State& state, Call& call) {
  const std::string& account = call.caller.account;
  TRY(const Pager page, page_in(call));
  TRY(const Json user, get_entity(state.store(), account, Kind::user, name_in(call, Kind::user)));
  std::map<std::string, Json> sorted;
  for (const std::string& name : texts_in(user, "Groups")) {
    if (const auto group = find_entity(state.store(), account, Kind::group, name)) {
      sorted.emplace(to_lower(name), group_view(account, *group));
    }
  }
  return paged("Groups", {sorted.begin(), sorted.end()}, page);
}

}  // namespace

Operations group_operations(State& state) {
  using protocol::optional, protocol::required, protocol::string;
  const Member name = required("GroupName", name_shape(Kind::group));
  const Member user = required("UserName", name_shape(Kind::user));
  const auto on_group = on_entity(Kind::group);
  return {
      operation(state, "CreateGroup", {optional("Path", string().length(1, 512)), name}, on_group, create_group),
      operation(state, "GetGroup", {name, page_marker(), page_size()}, on_group, get_group),
      operation(state, "ListGroups", {path_prefix(), page_marker(), page_size()}, on_anything(), list_groups),
      operation(state, "UpdateGroup",
                {name, optional("NewPath", string().length(1, 512)), optional("NewGroupName", name_shape(Kind::group))},
                on_group, update_group),
      operation(state, "DeleteGroup", {name}, on_group, delete_group),
      operation(state, "AddUserToGroup", {name, user}, on_group,
                [](State& s, Call& call) { return change_membership(s, call, true); }),
      operation(state, "RemoveUserFromGroup", {name, user}, on_group,
                [](State& s, Call& call) { return change_membership(s, call, false); }),
      operation(state, "ListGroupsForUser", {user, page_marker(), page_size()}, on_entity(Kind::user),
                list_groups_for_user),
  };
}

}  // namespace millrace::iam
