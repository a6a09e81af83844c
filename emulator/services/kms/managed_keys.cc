// The keys that AWS manages for its services.

#include "emulator/base/encoding.h"
#include "emulator/services/kms/keys.h"

namespace millrace::kms {

namespace {

struct Kind {
  const char* service;
  const char* protects;  // as in its description
};

// In the order of their aliases. Source: the console's list of AWS managed keys; the wording of those that
// this emulator doesn't serve is unverified.
constexpr Kind kKinds[] = {
    {"acm", "ACM private keys"},
    {"backup", "Backup data"},
    {"dynamodb", "DynamoDB data"},
    {"ebs", "EBS volumes"},
    {"elasticfilesystem", "EFS filesystems"},
    {"es", "Elasticsearch data"},
    {"glue", "Glue data"},
    {"kinesis", "Kinesis data"},
    {"kinesisvideo", "Kinesis Video Streams data"},
    {"lambda", "Lambda functions"},
    {"rds", "RDS database volumes"},
    {"redshift", "Redshift clusters"},
    {"s3", "S3 objects"},
    {"secretsmanager", "Secrets Manager data"},
    {"sns", "SNS data"},
    {"sqs", "SQS messages"},
    {"ssm", "SSM parameters"},
    {"xray", "X-Ray data"},
};

}  // namespace

std::string managed_service(const std::string& alias) {
  if (!alias.starts_with("alias/aws/")) return "";
  for (const Kind& kind : kKinds) {
    if (alias.substr(10) == kind.service) return kind.service;
  }
  return "";
}

std::vector<std::string> managed_services() {
  std::vector<std::string> out;
  for (const Kind& kind : kKinds) out.push_back(kind.service);
  return out;
}

/// A UUID that depends on nothing but whose key it is.
std::string managed_key_id(const std::string& account, const std::string& region, const std::string& service) {
  std::string hex = to_hex(sha256("millrace managed key " + account + " " + region + " " + service));
  hex[12] = '4';  // version
  hex[16] = 'a';  // variant
  return hex.substr(0, 8) + "-" + hex.substr(8, 4) + "-" + hex.substr(12, 4) + "-" + hex.substr(16, 4) + "-" +
         hex.substr(20, 12);
}

std::string managed_description(const std::string& service) {
  for (const Kind& kind : kKinds) {
    if (service == kind.service)
      return std::string("Default key that protects my ") + kind.protects + " when no other key is defined";
  }
  return "";
}

std::string managed_policy(const std::string& account, const std::string& region, const std::string& service) {
  const Json use = Json::array(
      {"kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:CreateGrant", "kms:DescribeKey"});
  const Json look = Json::array({"kms:Describe*", "kms:Get*", "kms:List*", "kms:RevokeGrant"});
  const Json through{{"StringEquals",
                      {{"kms:ViaService", service + "." + region + ".amazonaws.com"}, {"kms:CallerAccount", account}}}};
  Json statements = Json::array();
  statements.push_back({{"Sid", "Allow access through the service for all principals in the account"},
                        {"Effect", "Allow"},
                        {"Principal", {{"AWS", "*"}}},
                        {"Action", use},
                        {"Resource", "*"},
                        {"Condition", through}});
  statements.push_back({{"Sid", "Allow direct access to key metadata to the account"},
                        {"Effect", "Allow"},
                        {"Principal", {{"AWS", "arn:aws:iam::" + account + ":root"}}},
                        {"Action", look},
                        {"Resource", "*"}});
  return to_text({{"Version", "2012-10-17"}, {"Id", "auto-" + service + "-1"}, {"Statement", statements}});
}

std::string default_policy(const std::string& account) {
  const Json statement{{"Sid", "Enable IAM User Permissions"},
                       {"Effect", "Allow"},
                       {"Principal", {{"AWS", "arn:aws:iam::" + account + ":root"}}},
                       {"Action", "kms:*"},
                       {"Resource", "*"}};
  Json policy{{"Version", "2012-10-17"}, {"Id", "key-default-1"}, {"Statement", Json::array({statement})}};
  return policy.dump(2);  // AWS's comes on several lines, too
}

}  // namespace millrace::kms
