// CopyObject.

#include "emulator/base/encoding.h"
#include "emulator/services/s3/body/upload_body.h"
#include "emulator/services/s3/buckets/tags.h"
#include "emulator/services/s3/errors.h"
#include "emulator/services/s3/objects/commit.h"
#include "emulator/services/s3/objects/copy_source.h"
#include "emulator/services/s3/objects/customer_key.h"
#include "emulator/services/s3/objects/key_use.h"
#include "emulator/services/s3/objects/new_object.h"
#include "emulator/services/s3/objects/operations.h"
#include "emulator/services/s3/wire/xml.h"

namespace millrace::s3 {

using protocol::Call;
using protocol::HttpReply;

namespace {

Result<bool> replaces(const Call& call, const char* directive, const char* message) {
  std::string_view value = header(call, directive);
  if (value.empty() || value == "COPY") return false;
  if (value == "REPLACE") return true;
  return errors::invalid_argument(message, directive, value);
}

bool is_same_object(const Call& call, const CopySource& source) {
  return source.bucket == bucket_of(call) && source.key == key_of(call) && !source.version_id;
}

/// A copy onto itself must change something.
Result<void> check_changes_something(const storage::Reader& reader, const Call& call, const Bucket& bucket,
                                     const CopySource& source, bool new_metadata) {
  if (!is_same_object(call, source) || new_metadata) return {};
  const auto& headers = call.http.headers;
  bool changes = headers.has("x-amz-server-side-encryption") ||
                 headers.has("x-amz-server-side-encryption-customer-algorithm") ||
                 headers.has("x-amz-website-redirect-location") || headers.has("x-amz-checksum-algorithm") ||
                 headers.has("x-amz-storage-class") ||
                 // An encryption that was put on the bucket counts as one that is asked for.
                 setting(reader, bucket.name, "encryption").has_value();
  if (changes) return {};
  return errors::invalid(
      "This copy request is illegal because it is trying to copy an object to itself without changing the "
      "object's metadata, "
      "storage class, website redirect location or encryption attributes.");
}

/// The target as the request and the source make it, without bytes.
Result<ObjectVersion> target_version(S3& s3, const Call& call, const Bucket& bucket, const FoundSource& found,
                                     bool new_metadata) {
  TRY(bool new_tags, replaces(call, "x-amz-tagging-directive", "Unknown tagging directive."));
  TRY(ObjectVersion version, new_object(s3, s3.store, bucket, call));
  if (!new_metadata) {
    Pairs kept;
    for (const auto& [name, value] : found.version.headers) {
      // A redirect isn't copied: it is of the page, not of its content.
      if (name != "x-amz-website-redirect-location") kept.emplace_back(name, value);
    }
    if (const std::string* to = value_of(version.headers, "x-amz-website-redirect-location"))
      kept.emplace_back("x-amz-website-redirect-location", *to);
    version.headers = std::move(kept);
  }
  if (!new_tags) version.tags = found.version.tags;
  return version;
}

Result<Algorithm> wanted_algorithm(const Call& call, const ObjectVersion& source) {
  std::string_view named = header(call, "x-amz-checksum-algorithm");
  if (!named.empty()) {
    Algorithm algorithm = parse_algorithm(named);
    if (algorithm != Algorithm::none) return algorithm;
    return errors::invalid(
        "Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, "
        "CRC32C, CRC64NVME, "
        "SHA1, SHA256]");
  }
  return source.checksum.algorithm != Algorithm::none ? source.checksum.algorithm : Algorithm::crc64nvme;
}

HttpReply copy_reply(S3& s3, const Bucket& bucket, const FoundSource& found, const ObjectVersion& version) {
  XmlWriter xml;
  xml.open_root("CopyObjectResult")
      .text("LastModified", listed_time(version.modified_ms))
      .text("ETag", quoted_etag(version.etag));
  xml.text("ChecksumType", "FULL_OBJECT").text(checksum_element(version.checksum.algorithm), version.checksum.value);
  HttpReply reply = xml_reply(xml.close("CopyObjectResult").take());
  add_encryption_headers(version, reply.headers);
  // Under suspended versioning a copy names its version, null; a put doesn't.
  auto versioned = [&](const Bucket& of) { return versioning_of(s3.store, of.name) != Versioning::unversioned; };
  if (versioned(bucket)) reply.headers.set("x-amz-version-id", version.version_id);
  if (found.version.version_id != "null" || versioned(found.bucket))
    reply.headers.set("x-amz-copy-source-version-id", found.version.version_id);
  return reply;
}

Result<HttpReply> copy_object(S3& s3, const Call& call) {
  TRY(Bucket bucket, called_bucket(s3.store, call));
  TRY(CopySource source, read_copy_source(s3, call));
  TRY(bool new_metadata, replaces(call, "x-amz-metadata-directive", "Unknown metadata directive."));
  TRY(WriteConditions conditions, write_conditions(call));
  std::shared_ptr<const storage::Reader> snapshot = s3.store.snapshot();
  TRY(FoundSource found, find_source(s3, *snapshot, call, source));
  TRY_VOID(check_conditions(*snapshot, bucket, key_of(call), conditions));
  TRY_VOID(check_changes_something(*snapshot, call, bucket, source, new_metadata));
  if (found.version.size > kPutBytesMax) {
    return errors::invalid("The specified copy source is larger than the maximum allowable size for a copy source: " +
                           std::to_string(kPutBytesMax));
  }
  TRY(ObjectVersion version, target_version(s3, call, bucket, found, new_metadata));
  TRY(Algorithm algorithm, wanted_algorithm(call, found.version));

  TRY(std::string bytes_key, new_body_key(s3, bucket, key_of(call), call.http.headers, version));
  BodyWriter writer(s3.store, s3.random, std::move(bytes_key));
  const SourceBytes bytes{found.version, found.body_key, 0, found.version.size};
  TRY(Copied copied, copy_bytes(snapshot, bytes, algorithm, writer));
  version.body = writer.id();
  version.size = writer.size();
  version.etag = etag_under_key(version, copied.md5_hex);
  version.checksum = copied.checksum;
  version.modified_ms = s3.clock.now_ms();
  auto change = [&](storage::Txn& txn) -> Result<void> {
    TRY(Bucket still, called_bucket(txn, call));
    if (still.id != bucket.id) return errors::no_such_bucket(bucket.name);
    TRY_VOID(check_conditions(txn, bucket, key_of(call), conditions));
    writer.adopt(txn);
    put_version(txn, s3, bucket, key_of(call), version, cause_of(call, "ObjectCreated:Copy"));
    return {};
  };
  TRY_VOID(s3.store.transact(change));
  writer.keep();
  return copy_reply(s3, bucket, found, version);
}

}  // namespace

void add_copy_object(Operations& operations, S3& s3) {
  operations.push_back(
      s3_operation("CopyObject", copy_access(s3), [&s3](Call& call) { return copy_object(s3, call); }));
}

}  // namespace millrace::s3
