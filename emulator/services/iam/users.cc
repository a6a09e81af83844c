#include "emulator/base/arn.h"
#include "emulator/base/encoding.h"
#include "emulator/services/iam/operations.h"
#include "emulator/services/iam/trust_policy.h"

namespace millrace::iam {

Json user_view(const std::string& account, const Json& user, bool with_tags) {
  Json view = Json::object();
  view["Path"] = text_of(user, "Path");
  view["UserName"] = text_of(user, "Name");
  view["UserId"] = text_of(user, "Id");
  view["Arn"] = arn_of(account, Kind::user, user);
  view["CreateDate"] = iso_seconds(int_of(user, "Created"));
  if (with_tags) {
    if (const auto boundary = optional_text(user, "Boundary")) view["PermissionsBoundary"] = boundary_view(*boundary);
    if (user.contains("Tags") && !user["Tags"].empty()) view["Tags"] = user["Tags"];
  }
  return view;
}

namespace {

Result<Json> create_user(State& state, Call& call) {
  const std::string& account = call.caller.account;
  TRY(const Json tags, tags_in(call.input));
  return state.write([&](Txn& txn) -> Result<Json> {
    TRY(Json user, new_entity(state, txn, account, Kind::user, call.input));
    if (const auto boundary = optional_text(call.input, "PermissionsBoundary")) {
      TRY_VOID(check_boundary(txn, *boundary));
      user["Boundary"] = *boundary;
    }
    set_tags(user, tags);
    put_entity(txn, account, Kind::user, user);
    return Json{{"User", user_view(account, user, true)}};
  });
}

Result<Json> get_user(State& state, Call& call) {
  const std::string& account = call.caller.account;
  if (!find(call.input, "UserName") && call.caller.is_root) {
    Json root = {
        {"UserId", account}, {"Arn", make_arn("iam", "", account, "root")}, {"CreateDate", "2015-01-01T00:00:00Z"}};
    return Json{{"User", std::move(root)}};
  }
  TRY(const std::string name, user_in(state, call));
  TRY(const Json user, get_entity(state.store(), account, Kind::user, name));
  return Json{{"User", user_view(account, user, true)}};
}

Result<Json> list_users(State& state, Call& call) {
  TRY(const Pager page, page_in(call));
  const std::string prefix = text_of(call.input, "PathPrefix", "/");
  std::vector<std::pair<std::string, Json>> items;
  each_entity(state.store(), call.caller.account, Kind::user, [&](const Json& user) {
    if (text_of(user, "Path").starts_with(prefix)) {
      items.emplace_back(to_lower(text_of(user, "Name")), user_view(call.caller.account, user, false));
    }
    return true;
  });
  return paged("Users", items, page);
}

/// Moves what refers to the user by name: its keys, and its virtual MFA devices.
void rename_references(Txn& txn, const std::string& account, const Json& user, const std::string& from,
                       const std::string& to) {
  for (const std::string& id : texts_in(user, "Keys")) {
    auto key = storage::get_document(txn, access_key_key(id));
    if (!key) continue;
    (*key)["User"] = to;
    storage::put_document(txn, access_key_key(id), *key);
  }
  std::vector<Json> devices;
  each_entity(txn, account, Kind::mfa_device, [&](Json device) {
    if (text_of(device, "User") == from) devices.push_back(std::move(device));
    return true;
  });
  for (Json& device : devices) {
    device["User"] = to;
    put_entity(txn, account, Kind::mfa_device, device);
  }
}

Result<Json> update_user(State& state, Call& call) {
  const std::string& account = call.caller.account;
  const std::string name = name_in(call, Kind::user);
  const std::string new_name = text_of(call.input, "NewUserName", name);
  TRY_VOID(check_path(call.input, "NewPath"));
  return state.write([&](Txn& txn) -> Result<Json> {
    TRY(Json user, get_entity(txn, account, Kind::user, name));
    if (const auto path = optional_text(call.input, "NewPath")) user["Path"] = *path;
    if (new_name != name) {
      if (!equals_ignore_case(name, new_name) && find_entity(txn, account, Kind::user, new_name)) {
        return AwsError(errors::already_exists, "User with name " + new_name + " already exists.");
      }
      erase_entity(txn, account, Kind::user, name);
      user["Name"] = new_name;
      rename_references(txn, account, user, name, new_name);
    }
    put_entity(txn, account, Kind::user, user);
    return Json(nullptr);
  });
}

/// What AWS wants gone before the user goes, in the order in which it asks.
Result<void> check_deletable(const Reader& reader, const std::string& account, const Json& user) {
  const auto conflict = [](const char* what) {
    return AwsError(errors::delete_conflict, std::string("Cannot delete entity, must ") + what + " first.");
  };
  if (!texts_in(user, "Groups").empty()) return conflict("remove users from group");
  if (!texts_in(user, "Attached").empty()) return conflict("detach all policies");
  if (user.contains("Inline") && !user["Inline"].empty()) return conflict("delete policies");
  if (!texts_in(user, "Keys").empty()) return conflict("delete access keys");
  if (user.contains("Login")) return conflict("delete login profile");
  if (!list_in(user, "Certificates").empty()) return conflict("delete signing certificates");
  bool has_device = false;
  each_entity(reader, account, Kind::mfa_device, [&](const Json& device) {
    has_device = text_of(device, "User") == text_of(user, "Name");
    return !has_device;
  });
  if (has_device) return conflict("delete MFA device");
  if (!list_in(user, "ServiceCredentials").empty() || !list_in(user, "SshKeys").empty()) {
    return conflict("remove referenced objects");
  }
  return {};
}

Result<Json> delete_user(State& state, Call& call) {
  const std::string& account = call.caller.account;
  const std::string name = name_in(call, Kind::user);
  return state.write([&](Txn& txn) -> Result<Json> {
    TRY(const Json user, get_entity(txn, account, Kind::user, name));
    TRY_VOID(check_deletable(txn, account, user));
    erase_entity(txn, account, Kind::user, name);
    LastUses::forget(txn, text_of(user, "Id"));
    replace_principal(txn, account, arn_of(account, Kind::user, user), text_of(user, "Id"));
    return Json(nullptr);
  });
}

}  // namespace

Operations user_operations(State& state) {
  using protocol::optional, protocol::required, protocol::string, protocol::any;
  const Member name = required("UserName", name_shape(Kind::user));
  return {
      operation(state, "CreateUser",
                {optional("Path", string().length(1, 512)), name,
                 optional("PermissionsBoundary", string().length(20, 2048)), optional("Tags", any())},
                on_entity(Kind::user), create_user),
      operation(state, "GetUser", {optional("UserName", name_shape(Kind::user))}, on_entity(Kind::user), get_user),
      operation(state, "ListUsers", {path_prefix(), page_marker(), page_size()}, on_anything(), list_users),
      operation(state, "UpdateUser",
                {name, optional("NewPath", string().length(1, 512)), optional("NewUserName", name_shape(Kind::user))},
                on_entity(Kind::user), update_user),
      operation(state, "DeleteUser", {name}, on_entity(Kind::user), delete_user),
  };
}

}  // namespace millrace::iam
