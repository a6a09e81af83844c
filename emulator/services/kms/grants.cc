// CreateGrant, ListGrants, ListRetirableGrants, RetireGrant, RevokeGrant.

#include "emulator/services/kms/grants.h"

#include <algorithm>

#include "emulator/base/encoding.h"
#include "emulator/services/kms/kms.h"
#include "emulator/storage/document_form.h"

namespace millrace::kms {

using namespace protocol;

namespace {

constexpr size_t kPageMax = 100;
constexpr size_t kGrantsMax = 50'000;  // of a key, as on AWS

Json shown(const Key& key, const Grant& grant) {
  Json out{{"KeyId", key.arn()}, {"GrantId", grant.id}, {"Name", grant.name}};
  out["CreationDate"] = epoch_seconds(grant.created_ms);
  out["GranteePrincipal"] = grant.grantee;
  if (grant.retiring) out["RetiringPrincipal"] = *grant.retiring;
  out["IssuingAccount"] = grant.issuer;
  out["Operations"] = grant.operations;
  if (!grant.constraints.empty()) out["Constraints"] = grant.constraints;
  return out;
}

Result<void> check_principal(const Kms& kms, const std::string& account, const std::string& principal) {
  const bool service = principal.ends_with(".amazonaws.com");
  const bool is_account = principal.size() == 12 && principal.find_first_not_of("0123456789") == std::string::npos;
  const bool named =
      principal.starts_with("arn:aws:") && (!kms.principals || kms.principals->is_known(account, "AWS", principal));
  if (principal.empty() || service || is_account || named) return {};
  return AwsError(errors::invalid_arn, "ARN does not refer to a valid principal: " + principal);  // unverified
}

Grant new_grant(Kms& kms, const std::string& account) {
  return {.id = kms.context.random.hex(64),
          .token = to_base64(kms.context.random.hex(128)),
          .issuer = "arn:aws:iam::" + account + ":root",
          .created_ms = kms.now()};
}

/// Whether they give the same to the same.
bool gives_the_same(const Grant& a, const Grant& b) {
  return a.grantee == b.grantee && a.operations == b.operations && a.constraints == b.constraints;
}

AwsError too_many_grants() {
  return {errors::limit_exceeded, "The maximum number of grants on the key has been reached."};
}

Operation create_grant(Kms& kms) {
  static const Shape principal = string().length(1, 256).pattern("^[\\w+=,.@:/-]+$");
  static const Shape one = string().one_of(
      {"Decrypt", "Encrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext", "ReEncryptFrom", "ReEncryptTo",
       "Sign", "Verify", "GetPublicKey", "CreateGrant", "RetireGrant", "DescribeKey", "GenerateDataKeyPair",
       "GenerateDataKeyPairWithoutPlaintext", "GenerateMac", "VerifyMac", "DeriveSharedSecret"});
  static const Shape input = structure(
      {key_id_member(), required("GranteePrincipal", principal), optional("RetiringPrincipal", principal),
       required("Operations", list(one)),
       optional("Constraints",
                structure({context_member("EncryptionContextSubset"), context_member("EncryptionContextEquals")})),
       grant_tokens_member(), optional("Name", string().length(1, 256).pattern("^[a-zA-Z0-9:/_-]+$")),
       optional("DryRun", boolean())});
  auto handle = [&kms](Call& call, const Key& key) -> Result<Json> {
    TRY_VOID(check_state(key, kms.now()));
    const Json& in = call.input;
    TRY_VOID(check_principal(kms, key.account, text_of(in, "GranteePrincipal")));
    TRY_VOID(check_principal(kms, key.account, text_of(in, "RetiringPrincipal")));
    if (in["Operations"].empty())  // unverified
      return AwsError(errors::validation, "Operations must contain at least one operation.");
    TRY_VOID(check_dry_run(in));
    Grant grant = new_grant(kms, call.caller.account);
    grant.name = text_of(in, "Name");
    grant.grantee = text_of(in, "GranteePrincipal");
    grant.retiring = optional_text(in, "RetiringPrincipal");
    grant.operations = in["Operations"].get<std::vector<std::string>>();
    grant.constraints = in.value("Constraints", Json::object());
    return kms.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
      const auto before = grants_of(txn, key);
      if (before.size() >= kGrantsMax) return too_many_grants();
      for (const Grant& other : before) {  // the same again is the one that is there
        if (!grant.name.empty() && other.name == grant.name && gives_the_same(other, grant))
          return Json{{"GrantToken", other.token}, {"GrantId", other.id}};
      }
      put_grant(txn, key, grant);
      return Json{{"GrantToken", grant.token}, {"GrantId", grant.id}};
    });
  };
  return on_key(kms, {"CreateGrant", &input, handle});
}

Operation list_grants(Kms& kms) {
  static const Shape input = structure(
      {optional("Limit", integer().range(1, 1000)), optional("Marker", string().length(1, 1024)), key_id_member(),
       optional("GrantId", string().length(1, 128)), optional("GranteePrincipal", string().length(1, 256))});
  auto handle = [&kms](Call& call, const Key& key) -> Result<Json> {
    TRY_VOID(check_not_deleted(key, kms.now()));
    const auto id = optional_text(call.input, "GrantId"), grantee = optional_text(call.input, "GranteePrincipal");
    Json all = Json::array();
    for (const Grant& grant : grants_of(kms.context.store, key)) {
      if (id && grant.id != *id) continue;
      if (grantee && grant.grantee != *grantee) continue;
      all.push_back(shown(key, grant));
    }
    return page_of(call, "Grants", std::move(all), "GrantId", kPageMax);
  };
  return on_key(kms, {"ListGrants", &input, handle});
}

Operation list_retirable_grants(Kms& kms) {
  static const Shape input =
      structure({optional("Limit", integer().range(1, 1000)), optional("Marker", string().length(1, 1024)),
                 required("RetiringPrincipal", string().length(1, 256))});
  auto handle = [&kms](Call& call) -> Result<Json> {
    Json all = Json::array();
    for (const Key& key : list_keys_of(kms.context.store, call.caller.account, call.caller.region)) {
      for (const Grant& grant : grants_of(kms.context.store, key)) {
        if (grant.retiring == text_of(call.input, "RetiringPrincipal")) all.push_back(shown(key, grant));
      }
    }
    return page_of(call, "Grants", std::move(all), "GrantId", kPageMax);
  };
  auto access = [](const Call&) -> Result<AccessNeeds> { return AccessNeeds{{"kms:ListRetirableGrants", "*"}}; };
  return {.name = "ListRetirableGrants", .input = &input, .access = access, .handle = JsonHandler(handle)};
}

Operation revoke_grant(Kms& kms) {
  static const Shape input =
      structure({key_id_member(), required("GrantId", string().length(1, 128)), optional("DryRun", boolean())});
  auto handle = [&kms](Call& call, const Key& key) -> Result<Json> {
    TRY_VOID(check_not_deleted(key, kms.now()));
    return kms.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
      const std::string id = text_of(call.input, "GrantId");
      const auto grants = grants_of(txn, key);
      if (std::none_of(grants.begin(), grants.end(), [&](const Grant& grant) { return grant.id == id; }))
        return AwsError(errors::not_found, "Grant ID " + id + " not found");  // unverified
      TRY_VOID(check_dry_run(call.input));
      erase_grant(txn, key, id);
      return Json();
    });
  };
  return on_key(kms, {"RevokeGrant", &input, handle});
}

struct Granted {
  Key key;
  Grant grant;
};

/// The grant that a RetireGrant means: by its token, or by key and id.
Result<Granted> grant_to_retire(const Kms& kms, const Call& call) {
  const auto token = optional_text(call.input, "GrantToken"), id = optional_text(call.input, "GrantId");
  const auto named = optional_text(call.input, "KeyId");
  if (!token && !(id && named))  // unverified
    return AwsError(errors::validation, "Either GrantToken, or GrantId and KeyId must be specified.");
  std::vector<Key> keys;
  if (named) {
    TRY(Key key, find_key(kms.context.store, {call.caller.account, call.caller.region, kms.now()}, *named));
    keys.push_back(std::move(key));
  } else {
    keys = list_keys_of(kms.context.store, call.caller.account, call.caller.region);
  }
  for (Key& key : keys) {
    for (Grant& grant : grants_of(kms.context.store, key)) {
      if (token ? grant.token == *token : grant.id == *id) return Granted{std::move(key), std::move(grant)};
    }
  }
  if (token) return AwsError(errors::invalid_grant_token, "The grant token is not valid.");  // unverified
  return AwsError(errors::not_found, "Grant ID " + *id + " not found");
}

/// The retiring principal, and the grantee of a grant that says so, retire without any policy.
bool retires_itself(const Call& call, const Grant& grant) {
  auto is_caller = [&](const std::string& principal) {
    if (principal.empty()) return false;
    if (principal == call.caller.principal_arn) return true;
    const size_t role = principal.find(":role/");
    return role != std::string::npos &&
           call.caller.principal_arn.find(":assumed-role/" + principal.substr(principal.rfind('/') + 1) + "/") !=
               std::string::npos;
  };
  if (is_caller(grant.retiring.value_or(""))) return true;
  const auto& operations = grant.operations;
  return is_caller(grant.grantee) && std::find(operations.begin(), operations.end(), "RetireGrant") != operations.end();
}

Operation retire_grant(Kms& kms) {
  static const Shape input =
      structure({optional("GrantToken", string().length(1, 8192)), optional("KeyId", string().length(1, 2048)),
                 optional("GrantId", string().length(1, 128)), optional("DryRun", boolean())});
  auto access = [&kms](const Call& call) -> Result<AccessNeeds> {
    TRY(Granted found, grant_to_retire(kms, call));
    if (retires_itself(call, found.grant)) return AccessNeeds{};
    return AccessNeeds{key_need(kms, call, "RetireGrant", found.key)};
  };
  auto handle = [&kms](Call& call) -> Result<Json> {
    TRY(Granted found, grant_to_retire(kms, call));
    TRY_VOID(check_not_deleted(found.key, kms.now()));
    TRY_VOID(check_dry_run(call.input));
    return kms.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
      erase_grant(txn, found.key, found.grant.id);
      return Json();
    });
  };
  return {.name = "RetireGrant", .input = &input, .access = access, .handle = JsonHandler(handle)};
}

/// A grant as a statement: the grantee may do its operations where the encryption context fits.
Json statement_of(const Grant& grant) {
  Json actions = Json::array();
  for (const std::string& operation : grant.operations) actions.push_back("kms:" + operation);
  Json statement{{"Effect", "Allow"},
                 {"Principal", {{grant.grantee.ends_with(".amazonaws.com") ? "Service" : "AWS", grant.grantee}}},
                 {"Action", actions},
                 {"Resource", "*"}};
  Json equal = Json::object(), names = Json::array();
  for (const char* kind : {"EncryptionContextEquals", "EncryptionContextSubset"}) {
    const Json pairs = grant.constraints.value(kind, Json::object());
    for (const auto& [name, value] : pairs.items()) {
      equal["kms:EncryptionContext:" + name] = value;
      if (std::string_view(kind) == "EncryptionContextEquals") names.push_back(name);
    }
  }
  if (!equal.empty()) statement["Condition"]["StringEquals"] = equal;
  if (!names.empty()) statement["Condition"]["ForAllValues:StringEquals"] = {{"kms:EncryptionContextKeys", names}};
  return statement;
}

}  // namespace

std::string grant_key(const Key& key, const std::string& id) {
  return storage::document_key({"kms", key.account, key.region, "grant", key.id, id});
}

std::vector<Grant> grants_of(const storage::Reader& reader, const Key& key) {
  return storage::list_models<Grant>(reader, storage::document_key({"kms", key.account, key.region, "grant", key.id}));
}

void put_grant(storage::Txn& txn, const Key& key, const Grant& grant) {
  storage::put_model(txn, grant_key(key, grant.id), grant);
}

void erase_grant(storage::Txn& txn, const Key& key, const std::string& id) {
  txn.erase(storage::Family::meta, grant_key(key, id));
}

std::string effective_policy(const storage::Reader& reader, const Key& key) {
  const auto grants = grants_of(reader, key);
  if (grants.empty()) return key.policy;
  auto policy = parse_json(key.policy);
  if (!policy || !policy->is_object()) return key.policy;
  Json statements = policy->value("Statement", Json::array());
  if (!statements.is_array()) statements = Json::array({statements});
  for (const Grant& grant : grants) statements.push_back(statement_of(grant));
  (*policy)["Statement"] = std::move(statements);
  return to_text(*policy);
}

Result<void> Kms::grant(const std::string& key_arn, const ports::ServiceGrant& given) {
  TRY(Key key, key_by_arn(key_arn));
  Grant grant = new_grant(*this, given.account);
  grant.grantee = given.grantee;
  grant.operations = given.operations;
  if (!given.context.empty()) grant.constraints = Json{{"EncryptionContextEquals", given.context}};
  return context.store.transact([&](storage::Txn& txn) -> Result<void> {
    const auto before = grants_of(txn, key);
    if (before.size() >= kGrantsMax) return too_many_grants();
    for (const Grant& other : before) {
      if (gives_the_same(other, grant)) return {};
    }
    put_grant(txn, key, grant);
    return {};
  });
}

Operations grant_operations(Kms& kms) {
  return {create_grant(kms), list_grants(kms), list_retirable_grants(kms), revoke_grant(kms), retire_grant(kms)};
}

}  // namespace millrace::kms
