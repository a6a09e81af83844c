#include "emulator/services/s3/buckets/grants.h"

#include "emulator/base/encoding.h"
#include "emulator/services/s3/buckets/acl.h"
#include "emulator/services/s3/objects/lookup.h"

namespace millrace::s3 {

namespace {

struct Permission {
  const char* name;
  std::vector<const char*> bucket_actions;  // on the bucket
  std::vector<const char*> through_bucket;  // on its objects, by a grant on the bucket
  std::vector<const char*> object_actions;  // on an object, by a grant on that object
};

/// https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#permissions
const std::vector<Permission>& permissions() {
  static const std::vector<Permission> table = {
      {"READ",
       {"s3:ListBucket", "s3:ListBucketVersions", "s3:ListBucketMultipartUploads"},
       {},
       {"s3:GetObject", "s3:GetObjectVersion"}},
      {"WRITE", {}, {"s3:PutObject"}, {}},
      {"READ_ACP", {"s3:GetBucketAcl"}, {}, {"s3:GetObjectAcl", "s3:GetObjectVersionAcl"}},
      {"WRITE_ACP", {"s3:PutBucketAcl"}, {}, {"s3:PutObjectAcl", "s3:PutObjectVersionAcl"}},
  };
  return table;
}

Json principal_of(const Grant& grant) {
  if (!grant.uri.empty()) return "*";
  return Json{{"AWS", "arn:aws:iam::" + account_of_canonical_id(grant.canonical_id) + ":root"}};
}

void add_statement(Json& statements, const Grant& grant, const std::vector<const char*>& actions,
                   const std::string& resource) {
  if (actions.empty()) return;
  Json statement{{"Effect", "Allow"}, {"Principal", principal_of(grant)}, {"Action", actions}, {"Resource", resource}};
  if (grant.uri == kAuthenticatedUsers) statement["Condition"] = {{"Null", {{"aws:PrincipalArn", "false"}}}};
  statements.push_back(std::move(statement));
}

bool counts(const Grant& grant, bool ignore_public) {
  if (grant.uri == kAllUsers || grant.uri == kAuthenticatedUsers) return !ignore_public;
  return !account_of_canonical_id(grant.canonical_id).empty();
}

void add_bucket_acl(Json& statements, const Bucket& bucket, const std::vector<Grant>& grants, bool ignore_public) {
  for (const Grant& grant : grants) {
    if (!counts(grant, ignore_public)) continue;
    for (const Permission& permission : permissions()) {
      if (grant.permission != permission.name && grant.permission != "FULL_CONTROL") continue;
      add_statement(statements, grant, permission.bucket_actions, bucket_arn(bucket.name));
      add_statement(statements, grant, permission.through_bucket, bucket_arn(bucket.name) + "/*");
    }
  }
}

void add_object_acl(Json& statements, const std::string& arn, const std::vector<Grant>& grants, bool ignore_public) {
  for (const Grant& grant : grants) {
    if (!counts(grant, ignore_public)) continue;
    for (const Permission& permission : permissions()) {
      if (grant.permission == permission.name || grant.permission == "FULL_CONTROL")
        add_statement(statements, grant, permission.object_actions, arn);
    }
  }
}

/// Nobody from outside: RestrictPublicBuckets, where the policy is public.
Json outsiders_denied(const Bucket& bucket) {
  return {{"Effect", "Deny"},
          {"Principal", "*"},
          {"Action", "s3:*"},
          {"Resource", Json::array({bucket_arn(bucket.name), bucket_arn(bucket.name) + "/*"})},
          {"Condition",
           {{"StringNotEquals", {{"aws:PrincipalAccount", bucket.account}}},
            {"BoolIfExists", {{"aws:PrincipalIsAWSService", "false"}}}}}};
}

std::string with_statements(const std::string& policy, const Json& more) {
  if (more.empty()) return policy;
  Json document = policy.empty() ? Json{{"Version", "2012-10-17"}} : parse_json(policy).value_or(Json::object());
  Json statements = document.contains("Statement") ? document["Statement"] : Json::array();
  if (!statements.is_array()) statements = Json::array({statements});
  for (const Json& statement : more) statements.push_back(statement);
  document["Statement"] = std::move(statements);
  return to_text(document);
}

std::string policy_with_acls(const storage::Reader& reader, const Bucket& bucket, const std::string* object_acl,
                             const std::string& arn) {
  std::string policy = setting(reader, bucket.name, "policy").value_or("");
  bool acls_count = object_ownership(reader, bucket) != "BucketOwnerEnforced";
  if (policy.empty() && !acls_count) return policy;
  PublicAccessBlock block = public_access_block(reader, bucket);
  Json more = Json::array();
  if (!policy.empty() && block.restrict_buckets && is_public_policy(policy)) more.push_back(outsiders_denied(bucket));
  if (acls_count) {
    if (auto acl = setting(reader, bucket.name, "acl"))
      add_bucket_acl(more, bucket, grants_of(*acl), block.ignore_acls);
    if (object_acl && !object_acl->empty()) add_object_acl(more, arn, grants_of(*object_acl), block.ignore_acls);
  }
  return with_statements(policy, more);
}

bool names_everybody(const Json& principal) {
  if (principal.is_string()) return principal == "*";
  if (principal.is_array()) {
    for (const Json& one : principal) {
      if (names_everybody(one)) return true;
    }
    return false;
  }
  if (!principal.is_object()) return false;
  const Json* aws = find(principal, "AWS");
  return aws && names_everybody(*aws);
}

/// A key that names who asks or from where; with a fixed value it makes a statement non-public.
bool narrows(const std::string& key) {
  static const std::vector<std::string> keys = {"aws:sourcearn",
                                                "aws:sourcevpc",
                                                "aws:sourcevpce",
                                                "aws:sourceaccount",
                                                "aws:sourceowner",
                                                "aws:principalaccount",
                                                "aws:principalarn",
                                                "aws:principalorgid",
                                                "aws:principalorgpaths",
                                                "aws:userid",
                                                "s3:x-amz-server-side-encryption-aws-kms-key-id",
                                                "s3:dataaccesspointarn",
                                                "s3:dataaccesspointaccount",
                                                "aws:sourceip"};
  std::string lower = to_lower(key);
  for (const std::string& one : keys) {
    if (lower == one) return true;
  }
  return false;
}

bool is_fixed(const Json& value) {
  if (value.is_array()) {
    for (const Json& one : value) {
      if (!is_fixed(one)) return false;
    }
    return true;
  }
  if (!value.is_string()) return false;
  const auto& text = value.get_ref<const std::string&>();
  return text.find('*') == std::string::npos && text.find("${") == std::string::npos && text != "0.0.0.0/0" &&
         text != "::/0";
}

bool is_narrowed(const Json& statement) {
  const Json* condition = find(statement, "Condition");
  if (!condition || !condition->is_object()) return false;
  for (const auto& [name, block] : condition->items()) {
    if (name.find("Not") != std::string::npos || name.ends_with("IfExists") || !block.is_object()) continue;
    for (const auto& [key, value] : block.items()) {
      if (narrows(key) && is_fixed(value)) return true;
    }
  }
  return false;
}

}  // namespace

std::string effective_policy(const storage::Reader& reader, const Bucket& bucket) {
  return policy_with_acls(reader, bucket, nullptr, "");
}

std::string effective_object_policy(const storage::Reader& reader, const Bucket& bucket, const std::string& key,
                                    const std::string& version_id) {
  auto version = object_ownership(reader, bucket) == "BucketOwnerEnforced"
                     ? std::nullopt
                     : find_version(reader, bucket, key, version_id);
  return policy_with_acls(reader, bucket, version ? &version->acl : nullptr, object_arn(bucket.name, key));
}

void add_object_keys(const storage::Reader& reader, const Bucket& bucket, const std::string& key,
                     const std::string& version_id, protocol::ConditionContext& context) {
  auto version = find_version(reader, bucket, key, version_id);
  if (!version) return;
  for (const auto& [tag, value] : version->tags) context["s3:existingobjecttag/" + to_lower(tag)] = {value};
}

PublicAccessBlock public_access_block(const storage::Reader& reader, const Bucket& bucket) {
  PublicAccessBlock out;  // a new bucket's
  const auto own = setting(reader, bucket.name, "publicAccessBlock");
  if (own) out = {false, false, false, false};
  // Of the bucket's and the account's the stricter counts.
  for (const auto& text : {own, account_setting(reader, bucket.account, "publicAccessBlock")}) {
    auto is_true = [&](const char* name) {
      return text && text->find("<" + std::string(name) + ">true<") != std::string::npos;
    };
    out.block_acls |= is_true("BlockPublicAcls");
    out.ignore_acls |= is_true("IgnorePublicAcls");
    out.block_policy |= is_true("BlockPublicPolicy");
    out.restrict_buckets |= is_true("RestrictPublicBuckets");
  }
  return out;
}

std::string object_ownership(const storage::Reader& reader, const Bucket& bucket) {
  auto text = setting(reader, bucket.name, "ownershipControls");
  if (!text) return "BucketOwnerEnforced";
  for (const char* value : {"BucketOwnerEnforced", "BucketOwnerPreferred"}) {
    if (text->find(std::string(">") + value + "<") != std::string::npos) return value;
  }
  return "ObjectWriter";
}

bool is_public_policy(const std::string& policy) {
  auto document = parse_json(policy);
  if (!document || !document->contains("Statement")) return false;
  Json statements = (*document)["Statement"];
  if (!statements.is_array()) statements = Json::array({statements});
  for (const Json& statement : statements) {
    if (text_of(statement, "Effect") != "Allow") continue;
    const Json* principal = find(statement, "Principal");
    bool everybody = find(statement, "NotPrincipal") || (principal && names_everybody(*principal));
    if (everybody && !is_narrowed(statement)) return true;
  }
  return false;
}

}  // namespace millrace::s3
