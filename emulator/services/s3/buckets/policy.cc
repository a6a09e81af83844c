// GetBucketPolicy, PutBucketPolicy, DeleteBucketPolicy, GetBucketPolicyStatus.

#include "emulator/access/policy.h"
#include "emulator/services/s3/buckets/grants.h"
#include "emulator/services/s3/buckets/operations.h"
#include "emulator/services/s3/errors.h"
#include "emulator/services/s3/wire/xml.h"

namespace millrace::s3 {

using protocol::Call;
using protocol::HttpReply;

namespace {

constexpr size_t kPolicyBytesMax = 20u << 10;

AwsError no_policy(const std::string& bucket) {
  return {errors::no_such_bucket_policy, "The bucket policy does not exist", Json{{"BucketName", bucket}}};
}

AwsError malformed(std::string message) {
  return {errors::malformed_policy, std::move(message)};
}

bool is_within(const std::string& resource, const std::string& bucket) {
  if (resource == "*") return true;
  std::string arn = bucket_arn(bucket);
  if (resource == arn || resource.starts_with(arn + "/")) return true;
  // A wildcard may stand for the bucket's name or its end.
  size_t wildcard = resource.find_first_of("*?");
  return wildcard != std::string::npos && (arn + "/").starts_with(resource.substr(0, wildcard));
}

Result<void> check_resources(const Json& statement, const std::string& bucket) {
  for (const char* member : {"Resource", "NotResource"}) {
    const Json* given = find(statement, member);
    if (!given) continue;
    Json list = given->is_array() ? *given : Json::array({*given});
    for (const Json& resource : list) {
      if (!resource.is_string()) return malformed("Policy has invalid resource");
      std::string text = resource.get<std::string>();
      if (text.find("${") == std::string::npos && !is_within(text, bucket))
        return malformed("Policy has invalid resource");
    }
  }
  return {};
}

Result<void> check_policy(const std::string& text, const std::string& bucket) {
  if (text.empty() || text[0] != '{')
    return malformed("Policies must be valid JSON and the first byte must be '{'");
  if (text.size() > kPolicyBytesMax)
    return AwsError(errors::invalid_policy_document, "Policy exceeds the maximum allowed document size.");
  auto document = parse_json(text);
  if (!document || !document->is_object())
    return malformed("Policies must be valid JSON and the first byte must be '{'");
  const Json* given = find(*document, "Statement");
  if (!given) return malformed("Missing required field Statement");
  Json statements = given->is_array() ? *given : Json::array({*given});
  for (const Json& statement : statements) {
    if (!statement.is_object()) return malformed("Invalid policy syntax.");
    if (!find(statement, "Effect")) return malformed("Missing required field Effect");
    if (!find(statement, "Principal") && !find(statement, "NotPrincipal"))
      return malformed("Missing required field Principal");
    if (!find(statement, "Action") && !find(statement, "NotAction"))
      return malformed("Missing required field Action");
    if (!find(statement, "Resource") && !find(statement, "NotResource"))
      return malformed("Missing required field Resource");
    TRY_VOID(check_resources(statement, bucket));
  }
  auto parsed = access::parse_policy(text, access::DocumentKind::resource);
  if (parsed.has_error()) return malformed(parsed.error().message);
  return {};
}

Result<HttpReply> get_policy(S3& s3, const Call& call) {
  TRY(Bucket bucket, called_bucket(s3.store, call));
  auto text = setting(s3.store, bucket.name, "policy");
  if (!text) return no_policy(bucket.name);
  HttpReply reply;
  reply.headers.set("Content-Type", "application/json");
  reply.body = std::move(*text);
  return reply;
}

Result<HttpReply> put_policy(S3& s3, const Call& call) {
  TRY_VOID(check_collected_body(call));
  auto change = [&](storage::Txn& txn) -> Result<void> {
    TRY(Bucket bucket, called_bucket(txn, call));
    TRY_VOID(check_policy(call.http.body, bucket.name));
    if (public_access_block(txn, bucket).block_policy && is_public_policy(call.http.body)) {
      return AwsError(errors::access_denied,
                      "User: " + call.caller.principal_arn +
                          " is not authorized to perform: s3:PutBucketPolicy on resource: \"" +
                          bucket_arn(bucket.name) +
                          "\" because public policies are prevented by the BlockPublicPolicy setting in S3 "
                          "Block Public Access.");
    }
    put_setting(txn, bucket.name, "policy", call.http.body);
    return {};
  };
  TRY_VOID(s3.store.transact(change));
  return empty_reply(204);
}

Result<HttpReply> delete_policy(S3& s3, const Call& call) {
  auto change = [&](storage::Txn& txn) -> Result<void> {
    TRY(Bucket bucket, called_bucket(txn, call));
    erase_setting(txn, bucket.name, "policy");
    return {};
  };
  TRY_VOID(s3.store.transact(change));
  return empty_reply(204);
}

Result<HttpReply> get_status(S3& s3, const Call& call) {
  TRY(Bucket bucket, called_bucket(s3.store, call));
  auto text = setting(s3.store, bucket.name, "policy");
  if (!text) return no_policy(bucket.name);
  return xml_reply(XmlWriter()
                       .open_root("PolicyStatus")
                       .boolean("IsPublic", is_public_policy(*text))
                       .close("PolicyStatus")
                       .take());
}

/// The owner's root may always get, put and delete the policy, so that nobody locks himself out.
Access policy_access(S3& s3, std::string action) {
  return [&s3, action](const Call& call) -> Result<protocol::AccessNeeds> {
    TRY(Bucket bucket, called_bucket(s3.store, call));
    protocol::AccessNeed need = bucket_need(s3, bucket, action, bucket_arn(bucket.name));
    if (call.caller.is_root && call.caller.account == bucket.account) need.resource_policy.clear();
    return protocol::AccessNeeds{std::move(need)};
  };
}

}  // namespace

void add_bucket_policy_operations(Operations& operations, S3& s3) {
  operations.push_back(s3_operation("GetBucketPolicy", policy_access(s3, "s3:GetBucketPolicy"),
                                    [&s3](Call& call) { return get_policy(s3, call); }));
  operations.push_back(s3_operation("PutBucketPolicy", policy_access(s3, "s3:PutBucketPolicy"),
                                    [&s3](Call& call) { return put_policy(s3, call); }));
  operations.push_back(s3_operation("DeleteBucketPolicy", policy_access(s3, "s3:DeleteBucketPolicy"),
                                    [&s3](Call& call) { return delete_policy(s3, call); }));
  operations.push_back(s3_operation("GetBucketPolicyStatus", on_bucket(s3, "s3:GetBucketPolicyStatus"),
                                    [&s3](Call& call) { return get_status(s3, call); }));
}

}  // namespace millrace::s3
