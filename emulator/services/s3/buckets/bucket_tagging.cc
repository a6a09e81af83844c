// GetBucketTagging, PutBucketTagging, DeleteBucketTagging.

#include "emulator/services/s3/buckets/operations.h"
#include "emulator/services/s3/buckets/tags.h"
#include "emulator/services/s3/errors.h"

namespace millrace::s3 {

using protocol::Call;
using protocol::HttpReply;

namespace {

Result<HttpReply> get_tagging(S3& s3, const Call& call) {
  TRY(Bucket bucket, called_bucket(s3.store, call));
  auto text = setting(s3.store, bucket.name, "tagging");
  if (!text) return AwsError(errors::no_such_tag_set, "The TagSet does not exist", Json{{"BucketName", bucket.name}});
  return xml_reply(std::move(*text));
}

Result<HttpReply> put_tagging(S3& s3, const Call& call) {
  TRY_VOID(check_collected_body(call));
  TRY(Pairs tags, read_tagging(call.http.body, TagRules::bucket));
  auto change = [&](storage::Txn& txn) -> Result<void> {
    TRY(Bucket bucket, called_bucket(txn, call));
    put_bucket_tags(txn, bucket.name, tags);
    return {};
  };
  TRY_VOID(s3.store.transact(change));
  return empty_reply(204);
}

Result<HttpReply> delete_tagging(S3& s3, const Call& call) {
  auto change = [&](storage::Txn& txn) -> Result<void> {
    TRY(Bucket bucket, called_bucket(txn, call));
    erase_setting(txn, bucket.name, "tagging");
    return {};
  };
  TRY_VOID(s3.store.transact(change));
  return empty_reply(204);
}

}  // namespace

void add_bucket_tagging_operations(Operations& operations, S3& s3) {
  operations.push_back(s3_operation("GetBucketTagging", on_bucket(s3, "s3:GetBucketTagging"),
                                    [&s3](Call& call) { return get_tagging(s3, call); }));
  operations.push_back(s3_operation("PutBucketTagging", on_bucket(s3, "s3:PutBucketTagging"),
                                    [&s3](Call& call) { return put_tagging(s3, call); }));
  operations.push_back(s3_operation("DeleteBucketTagging", on_bucket(s3, "s3:PutBucketTagging"),
                                    [&s3](Call& call) { return delete_tagging(s3, call); }));
}

}  // namespace millrace::s3
