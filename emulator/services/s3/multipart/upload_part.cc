// UploadPart, UploadPartCopy.

#include "emulator/services/s3/body/upload_body.h"
#include "emulator/services/s3/errors.h"
#include "emulator/services/s3/multipart/uploads.h"
#include "emulator/services/s3/objects/copy_source.h"
#include "emulator/services/s3/objects/customer_key.h"
#include "emulator/services/s3/objects/key_use.h"
#include "emulator/services/s3/objects/keys.h"
#include "emulator/services/s3/objects/new_object.h"
#include "emulator/services/s3/objects/ranges.h"
#include "emulator/services/s3/wire/xml.h"

namespace millrace::s3 {

using protocol::Call;
using protocol::HttpReply;
using storage::Family;

namespace {

std::string shown(Algorithm algorithm) {
  return algorithm == Algorithm::none ? "null" : algorithm_lower_name(algorithm);
}

/// The part's checksum must be of the upload's algorithm.
Result<void> check_algorithm(const ObjectVersion& upload, Algorithm given) {
  Algorithm wanted = upload.checksum.algorithm;
  bool may_be_absent = given == Algorithm::none && !upload.checksum.composite;
  // An upload begun without an algorithm takes any: SDKs add CRC32 to parts of their own accord.
  if (wanted == given || wanted == Algorithm::none || may_be_absent) return {};
  return errors::invalid("Checksum Type mismatch occurred, expected checksum Type: " + shown(wanted) +
                         ", actual checksum Type: " + shown(given));
}

/// The key that the upload's bytes are under, for who may use it.
Result<std::string> part_key(S3& s3, const Call& call, const Bucket& bucket, ObjectVersion& upload) {
  TRY_VOID(use_kms_key(s3, bucket, key_of(call), call, {"GenerateDataKey", "Decrypt"}, upload));
  return body_key(s3, bucket, key_of(call), upload, call.http.headers);
}

/// Puts the part into the upload, in place of an earlier one of that number.
Result<void> store_part(S3& s3, const Call& call, const Bucket& bucket, const Part& part, BodyWriter& writer) {
  auto change = [&](storage::Txn& txn) -> Result<void> {
    TRY(Bucket still, called_bucket(txn, call));
    TRY_VOID(require_upload(txn, still, call));
    std::string key = keys::part(bucket.id, upload_id_of(call), part.number);
    if (auto replaced = txn.get(Family::objects, key)) {
      if (auto old = decode_part(*replaced)) erase_body(txn, old->body, old->size);
    }
    writer.adopt(txn);
    txn.put(Family::objects, key, encode(part));
    return {};
  };
  TRY_VOID(s3.store.transact(change));
  writer.keep();
  return {};
}

Result<HttpReply> upload_part(S3& s3, const Call& call) {
  TRY(Bucket bucket, called_bucket(s3.store, call));
  TRY(uint32_t number, part_number_of(call));
  TRY(ObjectVersion upload, require_upload(s3.store, bucket, call));
  TRY(BodyClaims claims, read_claims(s3, call));
  TRY_VOID(check_algorithm(upload, claims.algorithm));
  TRY_VOID(check_upload_key(call.http.headers, upload));
  // What the whole object's checksum is made of.
  Algorithm kept = upload.checksum.algorithm == Algorithm::none ? Algorithm::crc64nvme : upload.checksum.algorithm;

  TRY(std::string bytes_key, part_key(s3, call, bucket, upload));
  BodyWriter writer(s3.store, s3.random, std::move(bytes_key));
  TRY(Received received, receive(call.http, claims, kept, writer, kept));
  Part part{number,      writer.size(),    etag_under_key(upload, received.md5_hex), s3.clock.now_ms(),
            writer.id(), received.checksum};
  TRY_VOID(store_part(s3, call, bucket, part, writer));
  HttpReply reply = empty_reply(200);
  reply.headers.set("ETag", quoted_etag(part.etag));
  add_encryption_headers(upload, reply.headers);
  if (upload.checksum.algorithm != Algorithm::none)
    reply.headers.set(checksum_header(part.checksum.algorithm), part.checksum.value);
  else if (!claims.checksum.empty())
    reply.headers.set(checksum_header(claims.algorithm), claims.checksum);
  return reply;
}

Result<HttpReply> upload_part_copy(S3& s3, const Call& call) {
  TRY(Bucket bucket, called_bucket(s3.store, call));
  TRY(uint32_t number, part_number_of(call));
  TRY(ObjectVersion upload, require_upload(s3.store, bucket, call));
  TRY_VOID(check_upload_key(call.http.headers, upload));
  TRY(CopySource source, read_copy_source(s3, call));
  std::shared_ptr<const storage::Reader> snapshot = s3.store.snapshot();
  TRY(FoundSource found, find_source(s3, *snapshot, call, source));
  uint64_t offset = 0, count = found.version.size;
  if (call.http.headers.has("x-amz-copy-source-range")) {
    TRY(ByteRange range, parse_copy_range(header(call, "x-amz-copy-source-range"), found.version.size));
    offset = range.first;
    count = range.last - range.first + 1;
  }
  if (count > kPutBytesMax) {
    return errors::invalid("The specified copy source is larger than the maximum allowable size for a copy source: " +
                           std::to_string(kPutBytesMax));
  }
  Algorithm algorithm = upload.checksum.algorithm == Algorithm::none ? Algorithm::crc64nvme : upload.checksum.algorithm;
  TRY(std::string bytes_key, part_key(s3, call, bucket, upload));
  BodyWriter writer(s3.store, s3.random, std::move(bytes_key));
  const SourceBytes bytes{found.version, found.body_key, offset, count};
  TRY(Copied copied, copy_bytes(snapshot, bytes, algorithm, writer));
  Part part{number,      writer.size(),  etag_under_key(upload, copied.md5_hex), s3.clock.now_ms(),
            writer.id(), copied.checksum};
  TRY_VOID(store_part(s3, call, bucket, part, writer));

  XmlWriter xml;
  xml.open_root("CopyPartResult")
      .text("LastModified", listed_time(part.modified_ms))
      .text("ETag", quoted_etag(part.etag));
  if (upload.checksum.algorithm != Algorithm::none)
    xml.text(checksum_element(part.checksum.algorithm), part.checksum.value);
  HttpReply reply = xml_reply(xml.close("CopyPartResult").take());
  add_encryption_headers(upload, reply.headers);
  if (found.version.version_id != "null") reply.headers.set("x-amz-copy-source-version-id", found.version.version_id);
  return reply;
}

}  // namespace

void add_upload_part(Operations& operations, S3& s3) {
  operations.push_back(
      s3_operation("UploadPart", on_object(s3, "s3:PutObject"), [&s3](Call& call) { return upload_part(s3, call); }));
  operations.push_back(
      s3_operation("UploadPartCopy", copy_access(s3), [&s3](Call& call) { return upload_part_copy(s3, call); }));
}

}  // namespace millrace::s3
