// What belongs to the account itself: its alias, its password policy, the summary of what it holds.

#include "emulator/services/iam/account.h"

#include <cctype>

#include "emulator/services/iam/operations.h"

namespace millrace::iam {
namespace {

std::string account_key(const std::string& account) {
  return storage::document_key({"iam-account", account});
}

Json account_document(const Reader& reader, const std::string& account) {
  return storage::get_document(reader, account_key(account)).value_or(Json::object());
}

AwsError no_password_policy(const std::string& account) {
  return {errors::no_such_entity, "The Password Policy with domain name " + account + " cannot be found."};
}

Result<Json> create_account_alias(State& state, Call& call) {
  const std::string alias = text_of(call.input, "AccountAlias");
  return state.write([&](Txn& txn) -> Result<Json> {
    Json document = account_document(txn, call.caller.account);
    if (text_of(document, "Alias") == alias) {
      return AwsError(errors::already_exists, "The account alias " + alias + " already exists.");
    }
    document["Alias"] = alias;
    storage::put_document(txn, account_key(call.caller.account), document);
    return Json(nullptr);
  });
}

Result<Json> delete_account_alias(State& state, Call& call) {
  const std::string alias = text_of(call.input, "AccountAlias");
  return state.write([&](Txn& txn) -> Result<Json> {
    Json document = account_document(txn, call.caller.account);
    if (text_of(document, "Alias") != alias) {
      return AwsError(errors::no_such_entity, "The account alias " + alias + " cannot be found.");
    }
    document.erase("Alias");
    storage::put_document(txn, account_key(call.caller.account), document);
    return Json(nullptr);
  });
}

Result<Json> list_account_aliases(State& state, Call& call) {
  const Json document = account_document(state.store(), call.caller.account);
  Json aliases = Json::array();
  if (const auto alias = optional_text(document, "Alias")) aliases.push_back(*alias);
  return Json{{"IsTruncated", false}, {"AccountAliases", std::move(aliases)}};
}

// Each update states the whole policy: what isn't sent goes back to its default.
Result<Json> update_password_policy(State& state, Call& call) {
  const Json& input = call.input;
  Json policy = Json::object();
  policy["MinimumPasswordLength"] = number_in(input, "MinimumPasswordLength", 6);
  for (const char* member : {"RequireSymbols", "RequireNumbers", "RequireUppercaseCharacters",
                             "RequireLowercaseCharacters", "AllowUsersToChangePassword"}) {
    policy[member] = flag_in(input, member, false);
  }
  const int64_t max_age = number_in(input, "MaxPasswordAge", 0);
  policy["ExpirePasswords"] = max_age > 0;
  if (max_age > 0) policy["MaxPasswordAge"] = max_age;
  if (const int64_t reuse = number_in(input, "PasswordReusePrevention", 0); reuse > 0) {
    policy["PasswordReusePrevention"] = reuse;
  }
  if (find(input, "HardExpiry")) policy["HardExpiry"] = flag_in(input, "HardExpiry", false);
  return state.write([&](Txn& txn) -> Result<Json> {
    Json document = account_document(txn, call.caller.account);
    document["PasswordPolicy"] = policy;
    storage::put_document(txn, account_key(call.caller.account), document);
    return Json(nullptr);
  });
}

Result<Json> get_password_policy(State& state, Call& call) {
  const Json document = account_document(state.store(), call.caller.account);
  const Json* policy = find(document, "PasswordPolicy");
  if (policy == nullptr) return no_password_policy(call.caller.account);
  return Json{{"PasswordPolicy", *policy}};
}

Result<Json> delete_password_policy(State& state, Call& call) {
  return state.write([&](Txn& txn) -> Result<Json> {
    Json document = account_document(txn, call.caller.account);
    if (document.erase("PasswordPolicy") == 0) return no_password_policy(call.caller.account);
    storage::put_document(txn, account_key(call.caller.account), document);
    return Json(nullptr);
  });
}

Result<Json> account_summary(State& state, Call& call) {
  const std::string& account = call.caller.account;
  const auto count = [&](Kind kind) { return static_cast<int64_t>(count_entities(state.store(), account, kind)); };
  int64_t versions = 0, devices_in_use = 0;
  each_entity(state.store(), account, Kind::policy, [&versions](const Json& policy) {
    versions += static_cast<int64_t>(policy["Versions"].size());
    return true;
  });
  each_entity(state.store(), account, Kind::mfa_device, [&devices_in_use](const Json& device) {
    devices_in_use += device.contains("User");
    return true;
  });
  const std::pair<const char*, int64_t> entries[] = {
      {"Users", count(Kind::user)},
      {"UsersQuota", 5000},
      {"Groups", count(Kind::group)},
      {"GroupsQuota", 300},
      {"Roles", count(Kind::role)},
      {"RolesQuota", 1000},
      {"Policies", count(Kind::policy)},
      {"PoliciesQuota", 1500},
      {"PolicyVersionsInUse", versions},
      {"PolicyVersionsInUseQuota", 10000},
      {"InstanceProfiles", count(Kind::instance_profile)},
      {"InstanceProfilesQuota", 1000},
      {"ServerCertificates", count(Kind::server_certificate)},
      {"ServerCertificatesQuota", 20},
      {"Providers", count(Kind::oidc_provider) + count(Kind::saml_provider)},
      {"MFADevices", count(Kind::mfa_device)},
      {"MFADevicesInUse", devices_in_use},
      {"AccountMFAEnabled", 0},
      {"AccountAccessKeysPresent", 0},
      {"AccountPasswordPresent", 1},
      {"AccountSigningCertificatesPresent", 0},
      {"AccessKeysPerUserQuota", 2},
      {"AssumeRolePolicySizeQuota", 2048},
      {"AttachedPoliciesPerGroupQuota", 10},
      {"AttachedPoliciesPerRoleQuota", 10},
      {"AttachedPoliciesPerUserQuota", 10},
      {"GlobalEndpointTokenVersion", int_of(account_document(state.store(), account), "TokenVersion", 1)},
      {"GroupPolicySizeQuota", 5120},
      {"GroupsPerUserQuota", 10},
      {"PolicySizeQuota", 6144},
      {"RolePolicySizeQuota", 10240},
      {"SigningCertificatesPerUserQuota", 2},
      {"UserPolicySizeQuota", 2048},
      {"VersionsPerPolicyQuota", 5},
  };
  Json list = Json::array();
  for (const auto& [key, value] : entries) list.push_back({{"key", key}, {"value", value}});
  return Json{{"SummaryMap", std::move(list)}};
}

// Every session token here is valid in every region; the version is kept for who reads it in the summary.
Result<Json> set_token_version(State& state, Call& call) {
  return state.write([&](Txn& txn) -> Result<Json> {
    Json document = account_document(txn, call.caller.account);
    document["TokenVersion"] = text_of(call.input, "GlobalEndpointTokenVersion") == "v2Token" ? 2 : 1;
    storage::put_document(txn, account_key(call.caller.account), document);
    return Json(nullptr);
  });
}

/// The one map in IAM's answers: its entries are <entry> elements.
Result<protocol::HttpReply> render_summary(State& state, Call& call) {
  TRY(const Json summary, account_summary(state, call));
  protocol::HttpReply reply = call.service->render(call, summary);
  for (const auto& [from, to] : {std::pair("<member>", "<entry>"), std::pair("</member>", "</entry>")}) {
    for (size_t at = reply.body.find(from); at != std::string::npos; at = reply.body.find(from, at)) {
      reply.body.replace(at, std::string_view(from).size(), to);
    }
  }
  return reply;
}

}  // namespace

Result<void> check_password(const Reader& reader, const std::string& account, const std::string& password) {
  const Json document = account_document(reader, account);
  const Json* policy = find(document, "PasswordPolicy");
  const int64_t length_min = policy ? int_of(*policy, "MinimumPasswordLength", 6) : 8;
  const auto violation = [](const std::string& text) { return AwsError(errors::password_policy_violation, text); };
  if (static_cast<int64_t>(password.size()) < length_min) {
    return violation("Password should have a minimum length of " + std::to_string(length_min));
  }
  if (policy == nullptr) return {};
  const auto has = [&password](int (*is)(int)) {
    return std::any_of(password.begin(), password.end(), [is](unsigned char c) { return is(c) != 0; });
  };
  if (bool_of(*policy, "RequireUppercaseCharacters") && !has(std::isupper)) {
    return violation("Password should have at least one uppercase letter");
  }
  if (bool_of(*policy, "RequireLowercaseCharacters") && !has(std::islower)) {
    return violation("Password should have at least one lowercase letter");
  }
  if (bool_of(*policy, "RequireNumbers") && !has(std::isdigit)) {
    return violation("Password should have at least one number");
  }
  if (bool_of(*policy, "RequireSymbols") && !has(std::ispunct)) {
    return violation("Password should have at least one symbol");
  }
  return {};
}

int64_t password_age_days_max(const Reader& reader, const std::string& account) {
  const Json document = account_document(reader, account);
  const Json* policy = find(document, "PasswordPolicy");
  return policy ? int_of(*policy, "MaxPasswordAge") : 0;
}

bool users_change_passwords(const Reader& reader, const std::string& account) {
  const Json document = account_document(reader, account);
  const Json* policy = find(document, "PasswordPolicy");
  return policy && bool_of(*policy, "AllowUsersToChangePassword");
}

Operations account_operations(State& state) {
  using protocol::integer, protocol::optional, protocol::required, protocol::string;
  const Member alias =
      required("AccountAlias", string().length(3, 63).pattern("^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$"));
  Operation summary = operation(state, "GetAccountSummary", {}, on_anything(), account_summary);
  summary.handle = protocol::ReplyHandler([&state](Call& call) { return render_summary(state, call); });
  return {
      operation(state, "CreateAccountAlias", {alias}, on_anything(), create_account_alias),
      operation(state, "DeleteAccountAlias", {alias}, on_anything(), delete_account_alias),
      operation(state, "ListAccountAliases", {page_marker(), page_size()}, on_anything(), list_account_aliases),
      operation(state, "UpdateAccountPasswordPolicy",
                {optional("MinimumPasswordLength", integer().range(6, 128)), optional("RequireSymbols", string()),
                 optional("RequireNumbers", string()), optional("RequireUppercaseCharacters", string()),
                 optional("RequireLowercaseCharacters", string()), optional("AllowUsersToChangePassword", string()),
                 optional("MaxPasswordAge", integer().range(0, 1095)),
                 optional("PasswordReusePrevention", integer().range(0, 24)), optional("HardExpiry", string())},
                on_anything(), update_password_policy),
      operation(state, "GetAccountPasswordPolicy", {}, on_anything(), get_password_policy),
      operation(state, "DeleteAccountPasswordPolicy", {}, on_anything(), delete_password_policy),
      operation(state, "SetSecurityTokenServicePreferences",
                {required("GlobalEndpointTokenVersion", string().one_of({"v1Token", "v2Token"}))}, on_anything(),
                set_token_version),
      std::move(summary),
  };
}

}  // namespace millrace::iam
