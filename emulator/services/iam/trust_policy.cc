#include "emulator/services/iam/trust_policy.h"

#include "emulator/base/arn.h"
#include "emulator/base/encoding.h"
#include "emulator/services/iam/policies.h"

namespace millrace::iam {
namespace {

constexpr int64_t kTrustPolicySizeMax = 2048;  // IAM quotas: characters without white space (can be raised to 4096)

bool is_account_id(std::string_view text) {
  return text.size() == 12 && text.find_first_not_of("0123456789") == std::string_view::npos;
}

bool is_unique_id(std::string_view text) {
  return text.size() == 21 && (text.starts_with("AROA") || text.starts_with("AIDA"));
}

/// A provider's domain or ARN. Whether the provider exists isn't asked, as on AWS: stacks make roles first.
bool is_federated_name(const std::string& value) {
  if (const auto arn = Arn::parse(value)) {
    return arn->service == "iam" &&
           (arn->resource.starts_with("saml-provider/") || arn->resource.starts_with("oidc-provider/"));
  }
  return value == "*" || value.find('.') != std::string::npos;
}

/// The name behind the last slash of "role/path/name".
std::string last_name(const std::string& resource) {
  return resource.substr(resource.rfind('/') + 1);
}

}  // namespace

bool aws_principal_exists(const Reader& reader, const std::string& account, const std::string& value) {
  if (value == "*" || is_account_id(value) || is_unique_id(value)) return true;
  const auto arn = Arn::parse(value);
  if (!arn) return false;
  if (arn->service == "sts") {
    return arn->resource.starts_with("assumed-role/") || arn->resource.starts_with("federated-user/");
  }
  if (arn->service != "iam" || !is_account_id(arn->account)) return false;
  if (arn->resource == "root") return true;
  const bool is_role = arn->resource.starts_with("role/"), is_user = arn->resource.starts_with("user/");
  if (!is_role && !is_user) return false;
  if (arn->account != account) return true;
  const Kind kind = is_role ? Kind::role : Kind::user;
  const auto entity = find_entity(reader, account, kind, last_name(arn->resource));
  return entity && arn_of(account, kind, *entity) == value;
}

bool is_service_name(std::string_view value) {
  return value.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789.-") == std::string_view::npos &&
         (value.ends_with(".amazonaws.com") || value.ends_with(".amazon.com") || value.ends_with(".amazonaws.com.cn") ||
          value.ends_with(".aws.internal"));
}

Result<void> check_trust_policy(const Reader& reader, const std::string& account, const std::string& document) {
  TRY(const auto policy, access::parse_policy(document, access::DocumentKind::trust));
  if (policy_size(document) > kTrustPolicySizeMax) {
    return AwsError(errors::limit_exceeded, "Cannot exceed quota for ACLSizePerRole: 2048");
  }
  for (const auto& statement : policy.statements) {
    for (const auto& entry : statement.principal.entries) {
      const bool aws = entry.type == access::PrincipalEntry::Type::aws;
      const bool service = entry.type == access::PrincipalEntry::Type::service;
      if (aws && !aws_principal_exists(reader, account, entry.value)) {
        return AwsError(access::kMalformedPolicyDocument,
                        "Invalid principal in policy: \"AWS\":\"" + entry.value + "\"");
      }
      if (entry.type == access::PrincipalEntry::Type::federated && !is_federated_name(entry.value)) {
        return AwsError(access::kMalformedPolicyDocument,
                        "Federated principals must be valid domain names or SAML metadata ARNs");
      }
      if (service && !is_service_name(entry.value)) {
        return AwsError(access::kMalformedPolicyDocument,
                        "Invalid principal in policy: \"SERVICE\":\"" + entry.value + "\"");
      }
    }
  }
  return {};
}

void replace_principal(Txn& txn, const std::string& account, const std::string& arn, const std::string& unique_id) {
  const std::string from = "\"" + arn + "\"", to = "\"" + unique_id + "\"";
  std::vector<Json> changed;
  each_entity(txn, account, Kind::role, [&](Json role) {
    std::string trust = text_of(role, "Trust");
    bool found = false;
    for (size_t at = trust.find(from); at != std::string::npos; at = trust.find(from, at + to.size())) {
      trust.replace(at, from.size(), to);
      found = true;
    }
    if (found) {
      role["Trust"] = trust;
      changed.push_back(std::move(role));
    }
    return true;
  });
  for (const Json& role : changed) put_entity(txn, account, Kind::role, role);
}

Result<void> check_boundary(const Reader& reader, const std::string& arn) {
  if (!parse_policy_arn(arn)) {
    return AwsError(errors::validation, "Value (" + arn + ") failed validation for PermissionsBoundary: Invalid ARN.");
  }
  if (!find_policy(reader, arn)) {
    return AwsError(errors::no_such_entity, "Scope ARN: " + arn + " does not exist or is not attachable.");
  }
  return {};
}

}  // namespace millrace::iam
