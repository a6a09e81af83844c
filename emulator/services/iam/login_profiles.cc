// Console passwords. Nothing here signs in with one: a password is checked against the account's password policy,
// and its salted hash is kept so that its owner can change it.

#include <cctype>

#include "emulator/base/encoding.h"
#include "emulator/services/iam/account.h"
#include "emulator/services/iam/operations.h"
#include "emulator/services/iam/principals.h"

namespace millrace::iam {
namespace {

AwsError no_login(const std::string& name) {
  return {errors::no_such_entity, "Login Profile for User " + name + " cannot be found."};
}

std::string hash_of(const std::string& salt, const std::string& password) {
  return to_hex(hmac_sha256(salt, password));
}

void set_password(State& state, Json& login, const std::string& password) {
  const std::string salt = state.context.random.text(32, "0123456789abcdef");
  login["Salt"] = salt;
  login["Hash"] = hash_of(salt, password);
  login["Changed"] = state.now();
}

Json login_view(const std::string& name, const Json& login) {
  return {{"UserName", name},
          {"CreateDate", iso_seconds(int_of(login, "Created"))},
          {"PasswordResetRequired", bool_of(login, "ResetRequired")}};
}

Result<Json> create_login_profile(State& state, Call& call) {
  TRY(const std::string name, user_in(state, call));
  return state.write([&](Txn& txn) -> Result<Json> {
    TRY(Json user, get_entity(txn, call.caller.account, Kind::user, name));
    if (user.contains("Login")) {
      return AwsError(errors::already_exists, "Login Profile for user " + name + " already exists.");
    }
    TRY_VOID(check_password(txn, call.caller.account, text_of(call.input, "Password")));
    user["Login"] = {{"Created", state.now()}, {"ResetRequired", flag_in(call.input, "PasswordResetRequired", false)}};
    if (const auto password = optional_text(call.input, "Password")) set_password(state, user["Login"], *password);
    put_entity(txn, call.caller.account, Kind::user, user);
    return Json{{"LoginProfile", login_view(name, user["Login"])}};
  });
}

Result<Json> get_login_profile(State& state, Call& call) {
  TRY(const std::string name, user_in(state, call));
  TRY(const Json user, get_entity(state.store(), call.caller.account, Kind::user, name));
  if (!user.contains("Login")) return no_login(name);
  return Json{{"LoginProfile", login_view(name, user["Login"])}};
}

Result<Json> update_login_profile(State& state, Call& call) {
  const std::string name = name_in(call, Kind::user);
  return state.write([&](Txn& txn) -> Result<Json> {
    TRY(Json user, get_entity(txn, call.caller.account, Kind::user, name));
    if (!user.contains("Login")) return no_login(name);
    if (const auto password = optional_text(call.input, "Password")) {
      TRY_VOID(check_password(txn, call.caller.account, *password));
    }
    Json& login = user["Login"];
    if (const auto password = optional_text(call.input, "Password")) set_password(state, login, *password);
    login["ResetRequired"] = flag_in(call.input, "PasswordResetRequired", bool_of(login, "ResetRequired"));
    put_entity(txn, call.caller.account, Kind::user, user);
    return Json(nullptr);
  });
}

Result<Json> change_password(State& state, Call& call) {
  const auto key = storage::get_document(state.store(), access_key_key(call.caller.access_key_id));
  if (!key) {
    return AwsError(errors::invalid_user_type, "Only IAM Users can change their own password");  // unverified
  }
  const std::string name = text_of(*key, "User");
  return state.write([&](Txn& txn) -> Result<Json> {
    TRY(Json user, get_entity(txn, call.caller.account, Kind::user, name));
    if (!user.contains("Login")) return no_login(name);
    Json& login = user["Login"];
    const std::string old_hash = hash_of(text_of(login, "Salt"), text_of(call.input, "OldPassword"));
    if (old_hash != text_of(login, "Hash"))
      return AwsError(errors::access_denied, "The old password was incorrect.");  // unverified
    TRY_VOID(check_password(txn, call.caller.account, text_of(call.input, "NewPassword")));
    set_password(state, login, text_of(call.input, "NewPassword"));
    login["ResetRequired"] = false;
    put_entity(txn, call.caller.account, Kind::user, user);
    return Json(nullptr);
  });
}

/// The password policy may allow it to every user, whatever his policies say.
Operation change_password_operation(State& state, const Member& old_password, const Member& new_password) {
  Operation op =
      operation(state, "ChangePassword", {old_password, new_password}, on_entity(Kind::user), change_password);
  op.access = [&state, by_policies = op.access](const Call& call) -> Result<protocol::AccessNeeds> {
    if (users_change_passwords(state.store(), call.caller.account)) return protocol::AccessNeeds{};
    // Sessions and the account's root are refused by the operation itself.
    if (!storage::get_document(state.store(), access_key_key(call.caller.access_key_id)))
      return protocol::AccessNeeds{};
    return by_policies(call);
  };
  return op;
}

Result<Json> delete_login_profile(State& state, Call& call) {
  TRY(const std::string name, user_in(state, call));
  return state.write([&](Txn& txn) -> Result<Json> {
    TRY(Json user, get_entity(txn, call.caller.account, Kind::user, name));
    if (user.erase("Login") == 0) return no_login(name);
    put_entity(txn, call.caller.account, Kind::user, user);
    return Json(nullptr);
  });
}

}  // namespace

Operations login_profile_operations(State& state) {
  using protocol::optional, protocol::required, protocol::string;
  const Member name = required("UserName", name_shape(Kind::user));
  const Member maybe_name = optional("UserName", name_shape(Kind::user));
  const Member password = optional("Password", string().length(1, 128));
  const Member reset = optional("PasswordResetRequired", string());
  const auto on_user = on_entity(Kind::user);
  return {
      operation(state, "CreateLoginProfile", {maybe_name, password, reset}, on_user, create_login_profile),
      change_password_operation(state, required("OldPassword", string().length(1, 128)),
                                required("NewPassword", string().length(1, 128))),
      operation(state, "GetLoginProfile", {maybe_name}, on_user, get_login_profile),
      operation(state, "UpdateLoginProfile", {name, password, reset}, on_user, update_login_profile),
      operation(state, "DeleteLoginProfile", {maybe_name}, on_user, delete_login_profile),
  };
}

}  // namespace millrace::iam
