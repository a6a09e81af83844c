// CreateMultipartUpload.

#include "emulator/base/encoding.h"
#include "emulator/services/s3/errors.h"
#include "emulator/services/s3/multipart/uploads.h"
#include "emulator/services/s3/objects/key_use.h"
#include "emulator/services/s3/objects/keys.h"
#include "emulator/services/s3/objects/new_object.h"
#include "emulator/services/s3/wire/xml.h"

namespace millrace::s3 {

using protocol::Call;
using protocol::HttpReply;

namespace {

/// The checksum's algorithm and type as asked for.
Result<Checksum> wanted_checksum(const Call& call) {
  Checksum out;
  std::string_view named = header(call, "x-amz-checksum-algorithm"), type = header(call, "x-amz-checksum-type");
  if (named.empty()) {
    if (type.empty()) return out;
    return errors::invalid("The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.");
  }
  out.algorithm = parse_algorithm(named);
  if (out.algorithm == Algorithm::none) {
    return errors::invalid(
        "Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, "
        "CRC32C, CRC64NVME, "
        "SHA1, SHA256]");
  }
  out.composite = type.empty() ? out.algorithm != Algorithm::crc64nvme : type == "COMPOSITE";
  if (!type.empty() && type != "COMPOSITE" && type != "FULL_OBJECT")
    return errors::invalid("Value for x-amz-checksum-type header is invalid.");
  std::string name = algorithm_lower_name(out.algorithm);
  if (!out.composite && !is_crc(out.algorithm))
    return errors::invalid("The FULL_OBJECT checksum type cannot be used with the " + name + " checksum algorithm.");
  if (out.composite && out.algorithm == Algorithm::crc64nvme)
    return errors::invalid("The COMPOSITE checksum type cannot be used with the crc64nvme checksum algorithm.");
  return out;
}

Result<HttpReply> create_upload(S3& s3, const Call& call) {
  TRY(Bucket bucket, called_bucket(s3.store, call));
  TRY(ObjectVersion upload, new_object(s3, s3.store, bucket, call));
  TRY(upload.checksum, wanted_checksum(call));
  TRY_VOID(new_body_key(s3, bucket, key_of(call), call.http.headers, upload));
  upload.modified_ms = s3.clock.now_ms();
  std::string id = make_upload_id(s3, upload.modified_ms, key_of(call));
  auto change = [&](storage::Txn& txn) -> Result<void> {
    TRY(Bucket still, called_bucket(txn, call));
    upload.begun_after = next_sequence(txn);
    txn.put(storage::Family::objects, keys::upload(still.id, key_of(call), id), encode(upload));
    return {};
  };
  TRY_VOID(s3.store.transact(change));
  XmlWriter xml;
  xml.open_root("InitiateMultipartUploadResult")
      .text("Bucket", bucket.name)
      .text("Key", key_of(call))
      .text("UploadId", id);
  HttpReply reply = xml_reply(xml.close("InitiateMultipartUploadResult").take());
  add_encryption_headers(upload, reply.headers);
  if (upload.checksum.algorithm != Algorithm::none) {
    reply.headers.set("x-amz-checksum-algorithm", algorithm_name(upload.checksum.algorithm));
    reply.headers.set("x-amz-checksum-type", upload.checksum.composite ? "COMPOSITE" : "FULL_OBJECT");
  }
  return reply;
}

}  // namespace

void add_create_multipart_upload(Operations& operations, S3& s3) {
  operations.push_back(
      s3_operation("CreateMultipartUpload", to_write(s3), [&s3](Call& call) { return create_upload(s3, call); }));
}

}  // namespace millrace::s3
