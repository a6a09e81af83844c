// GetKeyPolicy, PutKeyPolicy, ListKeyPolicies.

#include "emulator/access/policy.h"
#include "emulator/services/kms/kms.h"

namespace millrace::kms {

using namespace protocol;

namespace {

/// Whether a statement of the policy lets anybody put another one. Whoever that is may not be there yet.
bool can_be_changed(const access::Policy& policy) {
  for (const access::Statement& statement : policy.statements) {
    if (statement.effect != access::Effect::allow) continue;
    bool named = false;
    for (const std::string& action : statement.actions) named = named || access::glob(action, "kms:putkeypolicy");
    if (named != statement.not_action) return true;
  }
  return false;
}

bool names_unknown(ports::Principals& principals, const std::string& account, const access::Policy& policy) {
  for (const access::Statement& statement : policy.statements) {
    for (const access::PrincipalEntry& entry : statement.principal.entries) {
      if (entry.type == access::PrincipalEntry::Type::aws && entry.value != "*" &&
          !principals.is_known(account, "AWS", entry.value))
        return true;
    }
  }
  return false;
}

Result<void> check_policy_name(const Json& input) {
  if (text_of(input, "PolicyName", "default") == "default") return {};
  return AwsError(errors::not_found, "No such policy exists");  // unverified
}

Operation get_key_policy(Kms& kms) {
  static const Shape input = structure({key_id_member(), optional("PolicyName", string().length(1, 128))});
  auto handle = [](Call& call, const Key& key) -> Result<Json> {
    TRY_VOID(check_policy_name(call.input));
    return Json{{"Policy", key.policy}, {"PolicyName", "default"}};
  };
  return on_key(kms, {"GetKeyPolicy", &input, handle});
}

Operation put_key_policy(Kms& kms) {
  static const Shape input = structure({key_id_member(), optional("PolicyName", string().length(1, 128)),
                                        required("Policy", string().length(1, 131'072)),
                                        optional("BypassPolicyLockoutSafetyCheck", boolean())});
  return change_key(kms, "PutKeyPolicy", &input, [&kms](const Call& call, Key& key) -> Result<Json> {
    TRY_VOID(check_not_deleted(key, kms.now()));
    TRY_VOID(check_policy_name(call.input));
    TRY_VOID(check_policy(kms, key.account, call.input));
    key.policy = text_of(call.input, "Policy");
    return Json();
  });
}

Operation list_key_policies(Kms& kms) {
  static const Shape input = structure(
      {key_id_member(), optional("Limit", integer().range(1, 1000)), optional("Marker", string().length(1, 1024))});
  auto handle = [](Call&, const Key&) -> Result<Json> {
    return Json{{"PolicyNames", {"default"}}, {"Truncated", false}};
  };
  return on_key(kms, {"ListKeyPolicies", &input, handle});
}

}  // namespace

Result<void> check_policy(const Kms& kms, const std::string& account, const Json& input) {
  const auto text = optional_text(input, "Policy");
  if (!text) return {};
  auto policy = access::parse_policy(*text, access::DocumentKind::resource);
  if (policy.has_error()) return AwsError(errors::malformed_policy, policy.error().message);
  if (kms.principals && names_unknown(*kms.principals, account, *policy))
    return AwsError(errors::malformed_policy, "Policy contains a statement with one or more invalid principals.");
  if (bool_of(input, "BypassPolicyLockoutSafetyCheck") || can_be_changed(*policy)) return {};
  return AwsError(errors::malformed_policy,
                  "The new key policy will not allow you to update the key policy in the future.");
}

Operations policy_operations(Kms& kms) {
  return {get_key_policy(kms), put_key_policy(kms), list_key_policies(kms)};
}

}  // namespace millrace::kms
