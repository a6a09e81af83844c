// PutResourcePolicy, GetResourcePolicy, DeleteResourcePolicy, ValidateResourcePolicy.

#include <algorithm>

#include "emulator/access/policy.h"
#include "emulator/services/secretsmanager/manager.h"

namespace millrace::secretsmanager {

using namespace protocol;

namespace {

bool names_unknown(ports::Principals& principals, const std::string& account, const access::Policy& policy) {
  return std::any_of(policy.statements.begin(), policy.statements.end(), [&](const access::Statement& statement) {
    const auto& who = statement.principal.entries;
    return std::any_of(who.begin(), who.end(), [&](const access::PrincipalEntry& entry) {
      return entry.type == access::PrincipalEntry::Type::aws && entry.value != "*" &&
             !principals.is_known(account, "AWS", entry.value);
    });
  });
}

Result<access::Policy> parsed(const Manager& manager, const std::string& account, const std::string& text) {
  if (!parse_json(text)) return AwsError(errors::malformed_policy, "This resource policy contains invalid Json");
  auto policy = access::parse_policy(text, access::DocumentKind::resource);
  if (policy.has_error())
    return AwsError(errors::malformed_policy,
                    "This resource policy contains invalid syntax: " + policy.error().message);
  if (manager.ports.principals && names_unknown(*manager.ports.principals, account, *policy))
    return AwsError(errors::malformed_policy, "This resource policy contains an unsupported principal");
  return std::move(*policy);
}

/// Everybody, without a condition.
bool is_public(const access::Policy& policy) {
  return std::any_of(policy.statements.begin(), policy.statements.end(), [](const access::Statement& statement) {
    const auto& who = statement.principal.entries;
    const bool everybody = statement.principal.negated ||
                           std::any_of(who.begin(), who.end(), [](const auto& entry) { return entry.value == "*"; });
    return statement.effect == access::Effect::allow && everybody && statement.conditions.empty();
  });
}

constexpr const char* kTooBroad =
    "The BlockPublicPolicy parameter is set to true, and the resource policy did not prevent broad access to the "
    "secret.";

Operation put_policy(Manager& manager) {
  static const Shape input = structure(
      {secret_id(), required("ResourcePolicy", string().length(1, 20'480)), optional("BlockPublicPolicy", boolean())});
  return change_secret(manager, "PutResourcePolicy", &input,
                       [&manager](const Call& call, storage::Txn&, Secret& secret) -> Result<Json> {
                         const std::string text = text_of(call.input, "ResourcePolicy");
                         TRY(access::Policy policy, parsed(manager, secret.account, text));
                         if (bool_of(call.input, "BlockPublicPolicy") && is_public(policy))
                           return AwsError(errors::public_policy, kTooBroad);
                         secret.policy = text;
                         return named(secret);
                       });
}

Operation get_policy(Manager& manager) {
  static const Shape input = structure({secret_id()});
  auto handle = [](Call&, const Secret& secret) -> Result<Json> {
    TRY_VOID(check_not_deleted(secret));
    Json out = named(secret);
    if (secret.policy) out["ResourcePolicy"] = *secret.policy;
    return out;
  };
  return on_secret(manager, {"GetResourcePolicy", &input, handle});
}

Operation delete_policy(Manager& manager) {
  static const Shape input = structure({secret_id()});
  return change_secret(manager, "DeleteResourcePolicy", &input,
                       [](const Call&, storage::Txn&, Secret& secret) -> Result<Json> {
                         secret.policy.reset();
                         return named(secret);
                       });
}

Operation validate_policy(Manager& manager) {
  static const Shape input = structure(
      {optional("SecretId", string().length(1, 2048)), required("ResourcePolicy", string().length(1, 20'480))});
  auto handle = [&manager](Call& call) -> Result<Json> {
    if (auto id = optional_text(call.input, "SecretId"))
      TRY_VOID(find_secret(manager.context.store, place_of(call), *id, manager.now()));
    TRY(access::Policy policy, parsed(manager, call.caller.account, text_of(call.input, "ResourcePolicy")));
    Json errors = Json::array();
    if (is_public(policy)) errors.push_back({{"CheckName", "PUBLIC_POLICY"}, {"ErrorMessage", kTooBroad}});
    return Json{{"PolicyValidationPassed", errors.empty()}, {"ValidationErrors", errors}};
  };
  auto access = [&manager](const Call& call) -> Result<AccessNeeds> {
    auto id = optional_text(call.input, "SecretId");
    if (!id) return AccessNeeds{{"secretsmanager:ValidateResourcePolicy", "*"}};
    return AccessNeeds{secret_need(manager, call, "ValidateResourcePolicy", *id)};
  };
  return {.name = "ValidateResourcePolicy", .input = &input, .access = access, .handle = JsonHandler(handle)};
}

}  // namespace

Operations policy_operations(Manager& manager) {
  return {put_policy(manager), get_policy(manager), delete_policy(manager), validate_policy(manager)};
}

}  // namespace millrace::secretsmanager
