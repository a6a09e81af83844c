#include "emulator/services/s3/buckets/policy_checks.h"

#include <array>

#include "emulator/access/policy.h"
#include "emulator/base/encoding.h"
#include "emulator/services/s3/buckets/policy_words.h"
#include "emulator/services/s3/errors.h"

namespace millrace::s3 {

namespace {

constexpr size_t kPolicyBytesMax = 20u << 10;

AwsError malformed(std::string message) {
  return {errors::malformed_policy, std::move(message)};
}

Json as_list(const Json& value) {
  return value.is_array() ? value : Json::array({value});
}

/// What a resource of a statement can stand for, in this bucket.
struct Reach {
  bool bucket = false;
  bool objects = false;
};

/// Neither: it is of another bucket, or no ARN.
Reach reach_of(const std::string& resource, const std::string& bucket) {
  const std::string arn = bucket_arn(bucket);
  if (resource == arn) return {true, false};
  if (resource.starts_with(arn + "/")) return {false, true};
  // A variable, or a wildcard that stands for the bucket's name or its end. A `*` alone is no ARN.
  const size_t open = std::min(resource.find_first_of("*?"), resource.find("${"));
  if (open == std::string::npos || !resource.starts_with("arn:aws:s3:::")) return {};
  const bool fits = (arn + "/").starts_with(resource.substr(0, open));
  return {fits, fits};
}

Result<Reach> check_resources(const Json& statement, const std::string& bucket) {
  Reach all;
  for (const char* member : {"Resource", "NotResource"}) {
    const Json* given = find(statement, member);
    if (!given) continue;
    for (const Json& resource : as_list(*given)) {
      const Reach one = resource.is_string() ? reach_of(resource.get<std::string>(), bucket) : Reach{};
      if (!one.bucket && !one.objects) return malformed("Policy has invalid resource");
      all.bucket |= one.bucket;
      all.objects |= one.objects;
    }
  }
  if (find(statement, "NotResource")) return Reach{true, true};
  return all;
}

/// Every action must be one of S3's, and be of a kind that one of the resources is.
Result<void> check_actions(const Json& statement, const Reach& reach) {
  for (const char* member : {"Action", "NotAction"}) {
    const Json* given = find(statement, member);
    if (!given) continue;
    for (const Json& action : as_list(*given)) {
      const ActionKinds kinds = action.is_string() ? action_kinds(action.get<std::string>()) : ActionKinds{};
      if (!kinds.of_bucket && !kinds.of_object) return malformed("Policy has invalid action");
      if (member == std::string_view("NotAction")) continue;
      if (!(kinds.of_bucket && reach.bucket) && !(kinds.of_object && reach.objects))
        return malformed("Action does not apply to any resource(s) in statement");
    }
  }
  return {};
}

Result<void> check_conditions(const Json& statement) {
  const Json* block = find(statement, "Condition");
  if (!block) return {};
  if (!block->is_object()) return malformed("Invalid policy syntax.");
  for (const auto& [name, keys] : block->items()) {
    access::Condition condition;
    if (!access::parse_condition_operator(name, condition)) return malformed("Invalid Condition type : " + name);
    if (!keys.is_object()) return malformed("Invalid policy syntax.");
    for (const auto& [key, values] : keys.items()) {
      if (!is_condition_key(key)) return malformed("Policy has an invalid condition key");
    }
  }
  return {};
}

Result<void> check_members(const Json& statement) {
  static constexpr std::array<std::string_view, 9> kKnown = {
      "Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"};
  for (const auto& [name, value] : statement.items()) {
    bool known = false;
    for (std::string_view one : kKnown) known |= one == name;
    if (!known) return malformed("Unknown field " + name);
  }
  if (!find(statement, "Effect")) return malformed("Missing required field Effect");
  if (!find(statement, "Principal") && !find(statement, "NotPrincipal"))
    return malformed("Missing required field Principal");
  if (!find(statement, "Action") && !find(statement, "NotAction")) return malformed("Missing required field Action");
  if (!find(statement, "Resource") && !find(statement, "NotResource"))
    return malformed("Missing required field Resource");
  const std::string effect = text_of(statement, "Effect");
  if (effect != "Allow" && effect != "Deny") return malformed("Invalid effect: " + effect);
  return {};
}

AwsError invalid_principal(const char* kind, const std::string& value) {
  return {errors::malformed_policy, "Invalid principal in policy",
          Json{{"Detail", "\"" + std::string(kind) + "\" : \"" + value + "\""}}};
}

Result<void> check_principals(const access::Policy& policy, const Bucket& bucket, const PrincipalCheck& is_known) {
  using Type = access::PrincipalEntry::Type;
  for (const access::Statement& statement : policy.statements) {
    for (const access::PrincipalEntry& entry : statement.principal.entries) {
      const bool aws = entry.type == Type::aws;
      if (!aws && entry.type != Type::service) continue;
      // CloudFront's origin access identities live in an account of their own.
      if (aws && entry.value.starts_with("arn:aws:iam::cloudfront:user/")) continue;
      const char* kind = aws ? "AWS" : "Service";
      if (is_known && !is_known(bucket.account, kind, entry.value)) return invalid_principal(kind, entry.value);
    }
  }
  return {};
}

Result<void> check_statement(const Json& statement, const std::string& bucket) {
  if (!statement.is_object()) return malformed("Invalid policy syntax.");
  TRY_VOID(check_members(statement));
  TRY(const Reach reach, check_resources(statement, bucket));
  TRY_VOID(check_actions(statement, reach));
  return check_conditions(statement);
}

/// A principal that isn't `*` and no object is told as one that doesn't exist.
bool has_form_of_principal(const Json& statement) {
  for (const char* member : {"Principal", "NotPrincipal"}) {
    const Json* given = find(statement, member);
    if (given && !given->is_object() && *given != "*") return false;
  }
  return true;
}

}  // namespace

Result<void> check_bucket_policy(const std::string& text, const Bucket& bucket, const PrincipalCheck& is_known) {
  if (text.empty() || text[0] != '{') return malformed("Policies must be valid JSON and the first byte must be '{'");
  if (text.size() > kPolicyBytesMax)
    return AwsError(errors::invalid_policy_document, "Policy exceeds the maximum allowed document size.");
  auto document = parse_json(text);
  if (!document) return malformed("This policy contains invalid Json");
  if (const Json* version = find(*document, "Version"); version && *version != "2012-10-17" && *version != "2008-10-17")
    return malformed("The policy must contain a valid version string");
  const Json* given = find(*document, "Statement");
  if (!given) return malformed("Missing required field Statement");
  const Json statements = as_list(*given);
  if (statements.empty()) return malformed("Could not parse the policy: Statement is empty!");
  for (const Json& statement : statements) {
    if (statement.is_object() && !has_form_of_principal(statement)) return malformed("Invalid policy syntax.");
    TRY_VOID(check_statement(statement, bucket.name));
  }
  auto parsed = access::parse_policy(text, access::DocumentKind::resource);
  if (parsed.has_error()) return malformed(parsed.error().message);
  return check_principals(*parsed, bucket, is_known);
}

}  // namespace millrace::s3
