// A user's long-term keys. Without a UserName the caller's own are meant.

#include <algorithm>

#include "emulator/services/iam/operations.h"

namespace millrace::iam {

/// The user a call is about: the one named, or the caller itself.
Result<std::string> user_in(State& state, const Call& call) {
  std::string name = name_in(call, Kind::user);
  if (!name.empty()) return name;
  const std::string key = text_of(call.input, "AccessKeyId", call.caller.access_key_id);
  if (const auto held = storage::get_document(state.store(), access_key_key(key))) return text_of(*held, "User");
  return AwsError(errors::validation, "Must specify userName when calling with non-User credentials");
}

namespace {

constexpr size_t kKeysPerUserMax = 2;  // IAM quotas

AwsError no_such_key(const std::string& id) {
  return {errors::no_such_entity, "The Access Key with id " + id + " cannot be found."};
}

Json key_view(const Json& key, const std::string& id) {
  return {{"UserName", text_of(key, "User")},
          {"AccessKeyId", id},
          {"Status", text_of(key, "Status")},
          {"CreateDate", iso_seconds(int_of(key, "Created"))}};
}

Result<Json> create_access_key(State& state, Call& call) {
  const std::string& account = call.caller.account;
  TRY(const std::string name, user_in(state, call));
  return state.write([&](Txn& txn) -> Result<Json> {
    TRY(Json user, get_entity(txn, account, Kind::user, name));
    std::vector<std::string> keys = texts_in(user, "Keys");
    if (keys.size() >= kKeysPerUserMax) {
      return AwsError(errors::limit_exceeded, "Cannot exceed quota for AccessKeysPerUser: 2");
    }
    Random& random = state.context.random;
    const std::string id = "AKIA" + random.text(16, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567");
    const std::string secret = random.text(40, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
    const Json key = {
        {"Account", account}, {"User", name}, {"Secret", secret}, {"Status", "Active"}, {"Created", state.now()}};
    keys.push_back(id);
    user["Keys"] = keys;
    put_entity(txn, account, Kind::user, user);
    storage::put_document(txn, access_key_key(id), key);
    Json view = {{"UserName", name},
                 {"AccessKeyId", id},
                 {"Status", "Active"},
                 {"SecretAccessKey", secret},
                 {"CreateDate", iso_seconds(state.now())}};
    return Json{{"AccessKey", std::move(view)}};
  });
}

Result<Json> list_access_keys(State& state, Call& call) {
  TRY(const Pager page, page_in(call));
  TRY(const std::string name, user_in(state, call));
  TRY(const Json user, get_entity(state.store(), call.caller.account, Kind::user, name));
  std::vector<std::pair<std::string, Json>> items;
  for (const std::string& id : texts_in(user, "Keys")) {
    if (const auto key = storage::get_document(state.store(), access_key_key(id))) {
      items.emplace_back(iso_millis(int_of(*key, "Created")) + " " + id, key_view(*key, id));
    }
  }
  std::sort(items.begin(), items.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  Json answer = paged("AccessKeyMetadata", items, page);
  answer["UserName"] = name;
  return answer;
}

/// The key, if the user holds it.
Result<Json> held_key(const Reader& reader, const Json& user, const std::string& id) {
  const std::vector<std::string> keys = texts_in(user, "Keys");
  auto key = storage::get_document(reader, access_key_key(id));
  if (!key || std::find(keys.begin(), keys.end(), id) == keys.end()) return no_such_key(id);
  return std::move(*key);
}

Result<Json> update_access_key(State& state, Call& call) {
  const std::string id = text_of(call.input, "AccessKeyId");
  TRY(const std::string name, user_in(state, call));
  return state.write([&](Txn& txn) -> Result<Json> {
    TRY(const Json user, get_entity(txn, call.caller.account, Kind::user, name));
    TRY(Json key, held_key(txn, user, id));
    key["Status"] = text_of(call.input, "Status");
    storage::put_document(txn, access_key_key(id), key);
    return Json(nullptr);
  });
}

Result<Json> delete_access_key(State& state, Call& call) {
  const std::string id = text_of(call.input, "AccessKeyId");
  TRY(const std::string name, user_in(state, call));
  return state.write([&](Txn& txn) -> Result<Json> {
    TRY(Json user, get_entity(txn, call.caller.account, Kind::user, name));
    TRY_VOID(held_key(txn, user, id));
    std::vector<std::string> keys = texts_in(user, "Keys");
    std::erase(keys, id);
    user["Keys"] = keys;
    put_entity(txn, call.caller.account, Kind::user, user);
    txn.erase(storage::Family::meta, access_key_key(id));
    LastUses::forget(txn, id);
    return Json(nullptr);
  });
}

Result<Json> get_access_key_last_used(State& state, Call& call) {
  const std::string id = text_of(call.input, "AccessKeyId");
  const auto key = storage::get_document(state.store(), access_key_key(id));
  if (!key) {
    return AwsError(errors::access_denied,
                    "User: " + call.caller.principal_arn +
                        " is not authorized to perform: iam:GetAccessKeyLastUsed on resource: access key " + id);
  }
  Json used = {{"ServiceName", "N/A"}, {"Region", "N/A"}};
  if (const auto use = state.uses.of(id)) {
    used = {{"LastUsedDate", iso_seconds(use->time)}, {"ServiceName", use->service}, {"Region", use->region}};
  }
  return Json{{"UserName", text_of(*key, "User")}, {"AccessKeyLastUsed", std::move(used)}};
}

}  // namespace

Operations access_key_operations(State& state) {
  using protocol::optional, protocol::required, protocol::string;
  const Member user = optional("UserName", string().length(1, 128));
  const Member id = required("AccessKeyId", string().length(16, 128).pattern("[\\w]+"));
  return {
      operation(state, "CreateAccessKey", {user}, on_entity(Kind::user), create_access_key),
      operation(state, "ListAccessKeys", {user, page_marker(), page_size()}, on_entity(Kind::user), list_access_keys),
      operation(state, "UpdateAccessKey",
                {user, id, required("Status", string().one_of({"Active", "Inactive", "Expired"}))},
                on_entity(Kind::user), update_access_key),
      operation(state, "DeleteAccessKey", {user, id}, on_entity(Kind::user), delete_access_key),
      operation(state, "GetAccessKeyLastUsed", {id}, on_anything(), get_access_key_last_used),
  };
}

}  // namespace millrace::iam
