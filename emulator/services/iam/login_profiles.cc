// Console passwords. A password is checked against the account's password policy and then forgotten: nothing
// here signs in with one.

#include <cctype>

#include "emulator/services/iam/account.h"
#include "emulator/services/iam/operations.h"

namespace millrace::iam {
namespace {

AwsError no_login(const std::string& name) {
  return {errors::no_such_entity, "Login Profile for User " + name + " cannot be found."};
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
    user["Login"] = {{"Created", state.now()},
                     {"ResetRequired", flag_in(call.input, "PasswordResetRequired", false)}};
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
    login["ResetRequired"] = flag_in(call.input, "PasswordResetRequired", bool_of(login, "ResetRequired"));
    put_entity(txn, call.caller.account, Kind::user, user);
    return Json(nullptr);
  });
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
      operation(state, "GetLoginProfile", {maybe_name}, on_user, get_login_profile),
      operation(state, "UpdateLoginProfile", {name, password, reset}, on_user, update_login_profile),
      operation(state, "DeleteLoginProfile", {maybe_name}, on_user, delete_login_profile),
  };
}

}  // namespace millrace::iam
