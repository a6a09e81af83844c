// HeadBucket, GetBucketLocation, ListBuckets, DeleteBucket.

#include <charconv>

#include "emulator/base/page_token.h"
#include "emulator/services/s3/body/body_writer.h"
#include "emulator/services/s3/buckets/operations.h"
#include "emulator/services/s3/errors.h"
#include "emulator/services/s3/objects/keys.h"
#include "emulator/services/s3/objects/object_version.h"
#include "emulator/services/s3/wire/xml.h"

namespace millrace::s3 {

using protocol::Call;
using protocol::HttpReply;
using storage::Family;

namespace {

Result<HttpReply> head_bucket(S3& s3, const Call& call) {
  // Signed for a region that is none.
  if (call.caller.region == "aws-global") return AwsError(errors::bad_request, "Bad Request");
  TRY(Bucket bucket, called_bucket(s3.store, call));
  HttpReply reply = empty_reply(200);
  reply.headers.set("x-amz-bucket-arn", bucket_arn(bucket.name));
  reply.headers.set("x-amz-bucket-region", bucket.region);
  reply.headers.set("x-amz-access-point-alias", "false");
  reply.headers.set("Content-Type", "application/xml");
  return reply;
}

Result<HttpReply> get_location(S3& s3, const Call& call) {
  TRY(Bucket bucket, called_bucket(s3.store, call));
  std::string location = bucket.region == "us-east-1" ? "" : bucket.region;
  if (auto legacy = setting(s3.store, bucket.name, "legacy-location")) location = *legacy;
  std::string root = std::string("<LocationConstraint xmlns=\"") + kNamespace + "\"";
  XmlWriter xml;
  if (location.empty())
    xml.raw(root + "/>");
  else
    xml.raw(root + ">" + location + "</LocationConstraint>");
  return xml_reply(xml.take());
}

bool has_entries(const storage::Reader& reader, const std::string& prefix) {
  bool found = false;
  reader.scan(Family::objects, prefix, storage::prefix_end(prefix), [&](std::string_view, std::string_view) {
    found = true;
    return false;
  });
  return found;
}

/// Uploads in progress go with the bucket.
void erase_uploads(storage::Txn& txn, const Bucket& bucket) {
  std::vector<std::string> found;
  auto collect = [&](const std::string& prefix, bool parts) {
    txn.scan(Family::objects, prefix, storage::prefix_end(prefix), [&](std::string_view key, std::string_view record) {
      found.emplace_back(key);
      if (!parts) return true;
      if (auto part = decode_part(record)) erase_body(txn, part->body, part->size);
      return true;
    });
  };
  collect(keys::uploads(bucket.id), false);
  collect("p" + keys::uploads(bucket.id).substr(1), true);
  for (const std::string& key : found) txn.erase(Family::objects, key);
}

Result<HttpReply> delete_bucket(S3& s3, const Call& call) {
  auto change = [&](storage::Txn& txn) -> Result<void> {
    TRY(Bucket bucket, called_bucket(txn, call));
    if (has_entries(txn, keys::versions(bucket.id))) {
      std::string message = "The bucket you tried to delete is not empty";
      if (versioning_of(txn, bucket.name) != Versioning::unversioned)
        message += ". You must delete all versions in the bucket.";
      return AwsError(errors::bucket_not_empty, std::move(message), Json{{"BucketName", bucket.name}});
    }
    erase_uploads(txn, bucket);
    erase_bucket(txn, bucket);
    return {};
  };
  TRY_VOID(s3.store.transact(change));
  return empty_reply(204);
}

Result<HttpReply> list_buckets(S3& s3, const Call& call) {
  constexpr int64_t kMostAllowed = 10'000;
  int64_t most = kMostAllowed;
  auto max_buckets = parameter(call, "max-buckets");
  if (max_buckets) {
    auto [end, error] = std::from_chars(max_buckets->data(), max_buckets->data() + max_buckets->size(), most);
    if (error != std::errc() || end != max_buckets->data() + max_buckets->size() || most < 1 || most > kMostAllowed)
      return errors::invalid_argument("Argument max-buckets must be an integer between 1 and 10000", "max-buckets",
                                      *max_buckets);
  }
  std::string prefix = parameter(call, "prefix").value_or("");
  auto region = parameter(call, "bucket-region");
  if (region && !is_region(*region))
    return errors::invalid_argument("Argument value " + *region + " is not a valid AWS Region", "bucket-region",
                                    *region);
  auto token = parameter(call, "continuation-token");
  auto page = Pager::open("ListBuckets " + call.caller.account, token.value_or(""), static_cast<size_t>(most));
  if (!page) return errors::wrong_token();
  bool paged = max_buckets || region || token || !prefix.empty();

  XmlWriter xml;
  xml.open_root("ListAllMyBucketsResult").open("Owner").text("ID", canonical_id(call.caller.account)).close("Owner");
  xml.open("Buckets");
  for (const Bucket& bucket : buckets_of(s3.store, call.caller.account)) {
    if (!bucket.name.starts_with(prefix) || (region && bucket.region != *region) || !page->takes(bucket.name)) continue;
    xml.open("Bucket")
        .text("Name", bucket.name)
        .text("CreationDate", iso_seconds(bucket.created_ms).substr(0, 19) + ".000Z");
    if (paged) xml.text("BucketRegion", bucket.region);
    xml.text("BucketArn", bucket_arn(bucket.name)).close("Bucket");
  }
  xml.close("Buckets");
  if (!prefix.empty()) xml.text("Prefix", prefix);
  if (auto next = page->next_token()) xml.text("ContinuationToken", *next);
  return xml_reply(xml.close("ListAllMyBucketsResult").take());
}

}  // namespace

void add_bucket_operations(Operations& operations, S3& s3) {
  add_create_bucket(operations, s3);
  operations.push_back(
      s3_operation("HeadBucket", on_bucket(s3, "s3:ListBucket"), [&s3](Call& call) { return head_bucket(s3, call); }));
  operations.push_back(s3_operation("GetBucketLocation", on_bucket(s3, "s3:GetBucketLocation"),
                                    [&s3](Call& call) { return get_location(s3, call); }));
  operations.push_back(s3_operation("DeleteBucket", on_bucket(s3, "s3:DeleteBucket"),
                                    [&s3](Call& call) { return delete_bucket(s3, call); }));
  auto everywhere = [](const Call&) -> Result<protocol::AccessNeeds> {
    return protocol::AccessNeeds{{"s3:ListAllMyBuckets", "*"}};
  };
  operations.push_back(s3_operation("ListBuckets", everywhere, [&s3](Call& call) { return list_buckets(s3, call); }));
}

}  // namespace millrace::s3
