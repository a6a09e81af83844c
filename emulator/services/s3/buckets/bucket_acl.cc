// GetBucketAcl, PutBucketAcl.

#include "emulator/services/s3/buckets/acl.h"
#include "emulator/services/s3/buckets/operations.h"
#include "emulator/services/s3/errors.h"
#include "emulator/services/s3/wire/xml.h"

namespace millrace::s3 {

using protocol::Call;
using protocol::HttpReply;

namespace {

Result<HttpReply> get_acl(S3& s3, const Call& call) {
  TRY(Bucket bucket, called_bucket(s3.store, call));
  auto acl = setting(s3.store, bucket.name, "acl");
  return xml_reply(acl ? *acl : default_acl_xml(bucket.account));
}

Result<HttpReply> put_acl(S3& s3, const Call& call) {
  TRY_VOID(check_collected_body(call));
  auto change = [&](storage::Txn& txn) -> Result<void> {
    TRY(Bucket bucket, called_bucket(txn, call));
    TRY_VOID(check_says_acl(call));
    TRY(std::string acl, requested_acl(txn, bucket, call.http.headers, bucket.account, &call.http.body));
    if (acl.empty())
      erase_setting(txn, bucket.name, "acl");
    else
      put_setting(txn, bucket.name, "acl", acl);
    return {};
  };
  TRY_VOID(s3.store.transact(change));
  return empty_reply(200);
}

}  // namespace

void add_bucket_acl_operations(Operations& operations, S3& s3) {
  operations.push_back(
      s3_operation("GetBucketAcl", on_bucket(s3, "s3:GetBucketAcl"), [&s3](Call& call) { return get_acl(s3, call); }));
  operations.push_back(
      s3_operation("PutBucketAcl", on_bucket(s3, "s3:PutBucketAcl"), [&s3](Call& call) { return put_acl(s3, call); }));
}

}  // namespace millrace::s3
