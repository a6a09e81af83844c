#include "emulator/services/kms/managed_keys.h"

#include <algorithm>

#include "emulator/base/arn.h"
#include "emulator/base/encoding.h"
#include "emulator/services/kms/errors.h"
#include "emulator/storage/documents.h"

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

constexpr size_t kIdLength = 36;

/// A UUID that depends on nothing but whose key it is.
std::string id_of(const std::string& account, const std::string& region, const std::string& service) {
  std::string hex = to_hex(sha256("millrace managed key " + account + " " + region + " " + service));
  hex[12] = '4';  // version
  hex[16] = 'a';  // variant
  return hex.substr(0, 8) + "-" + hex.substr(8, 4) + "-" + hex.substr(12, 4) + "-" + hex.substr(16, 4) + "-" +
         hex.substr(20, 12);
}

std::string document_key(const std::string& account, const std::string& region, const std::string& service) {
  return storage::document_key({"kms", account, region, "managed-key", service});
}

bool is_id(const std::string& text) {
  return text.size() == kIdLength && std::count(text.begin(), text.end(), '-') == 4;
}

}  // namespace

std::string ManagedKeys::managed_key_arn(const std::string& account, const std::string& region,
                                         const std::string& service) const {
  return make_arn("kms", region, account, "key/" + id_of(account, region, service));
}

Result<void> ManagedKeys::use_managed_key(const std::string& account, const std::string& region,
                                          const std::string& service) {
  std::string key = document_key(account, region, service);
  if (storage::get_document(context_.store, key)) return {};
  return context_.store.transact([&](storage::Txn& txn) -> Result<void> {
    if (!storage::get_document(txn, key)) storage::put_document(txn, key, {{"created_ms", context_.clock.now_ms()}});
    return {};
  });
}

ManagedKey ManagedKeys::read(const std::string& account, const std::string& region, const std::string& service) const {
  ManagedKey key{service, id_of(account, region, service), managed_key_arn(account, region, service)};
  if (auto document = storage::get_document(context_.store, document_key(account, region, service)))
    key.created_ms = int_of(*document, "created_ms");
  return key;
}

std::vector<ManagedKey> ManagedKeys::list(const std::string& account, const std::string& region) const {
  std::vector<ManagedKey> keys;
  for (const Kind& kind : kKinds) keys.push_back(read(account, region, kind.service));
  return keys;
}

Result<ManagedKey> ManagedKeys::find(const std::string& account, const std::string& region,
                                     const std::string& name) const {
  std::string wanted = name;
  if (name.starts_with("arn:")) {
    auto arn = Arn::parse(name);
    if (!arn || arn->service != "kms" || arn->region != region)
      return AwsError(errors::not_found, "Invalid arn " + (arn ? arn->region : name));
    if (arn->account != account)
      return AwsError(errors::not_found, (arn->resource.starts_with("alias/") ? "Alias " + name + " is not found."
                                                                              : "Key '" + name + "' does not exist"));
    wanted = arn->resource.starts_with("key/") ? arn->resource.substr(4) : arn->resource;
  }
  bool by_alias = wanted.starts_with("alias/");
  for (ManagedKey& key : list(account, region)) {
    if (by_alias ? key.alias() == wanted : key.created_ms && key.id == wanted) return std::move(key);
  }
  if (by_alias)
    return AwsError(errors::not_found, "Alias " + make_arn("kms", region, account, wanted) + " is not found.");
  if (!is_id(wanted)) return AwsError(errors::not_found, "Invalid keyId '" + wanted + "'");
  return AwsError(errors::not_found, "Key '" + make_arn("kms", region, account, "key/" + wanted) + "' does not exist");
}

std::string description_of(const std::string& service) {
  for (const Kind& kind : kKinds) {
    if (service == kind.service)
      return std::string("Default key that protects my ") + kind.protects + " when no other key is defined";
  }
  return "";
}

}  // namespace millrace::kms
