// GetBucketPolicy, PutBucketPolicy, DeleteBucketPolicy, GetBucketPolicyStatus.

#include "emulator/services/s3/buckets/grants.h"
#include "emulator/services/s3/buckets/operations.h"
#include "emulator/services/s3/buckets/policy_checks.h"
#include "emulator/services/s3/errors.h"
#include "emulator/services/s3/wire/xml.h"

namespace millrace::s3 {

using protocol::Call;
using protocol::HttpReply;

namespace {

AwsError no_policy(const std::string& bucket) {
  return {errors::no_such_bucket_policy, "The bucket policy does not exist", Json{{"BucketName", bucket}}};
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
  {
    TRY(Bucket bucket, called_bucket(s3.store, call));
    TRY_VOID(check_bucket_policy(call.http.body, bucket, s3.principal_is_known));
  }
  auto change = [&](storage::Txn& txn) -> Result<void> {
    TRY(Bucket bucket, called_bucket(txn, call));
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
  return xml_reply(
      XmlWriter().open_root("PolicyStatus").boolean("IsPublic", is_public_policy(*text)).close("PolicyStatus").take());
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
