// PutObject.

#include "emulator/services/s3/body/upload_body.h"
#include "emulator/services/s3/errors.h"
#include "emulator/services/s3/objects/commit.h"
#include "emulator/services/s3/objects/customer_key.h"
#include "emulator/services/s3/objects/get_object.h"
#include "emulator/services/s3/objects/key_use.h"
#include "emulator/services/s3/objects/new_object.h"
#include "emulator/services/s3/objects/operations.h"

namespace millrace::s3 {

using protocol::Call;
using protocol::HttpReply;

namespace {

Result<HttpReply> put_object(S3& s3, const Call& call) {
  TRY(Bucket bucket, called_bucket(s3.store, call));
  const std::string& key = key_of(call);
  if (call.http.headers.has("x-amz-write-offset-bytes"))
    return errors::header_not_implemented("x-amz-write-offset-bytes");
  TRY(BodyClaims claims, read_claims(s3, call));
  TRY(WriteConditions conditions, write_conditions(call));
  TRY(ObjectVersion version, new_object(s3, s3.store, bucket, call));
  // Before the bytes as well as in the change: who can't win needn't send 5 GiB.
  TRY_VOID(check_conditions(s3.store, bucket, key, conditions));

  TRY(std::string bytes_key, new_body_key(s3, bucket, key, call.http.headers, version));
  BodyWriter writer(s3.store, s3.random, std::move(bytes_key));
  TRY(Received received, receive(call.http, claims, Algorithm::crc64nvme, writer));
  version.body = writer.id();
  version.size = writer.size();
  version.etag = etag_under_key(version, received.md5_hex);
  version.checksum = received.checksum;
  version.modified_ms = s3.clock.now_ms();
  auto change = [&](storage::Txn& txn) -> Result<void> {
    TRY(Bucket still, called_bucket(txn, call));
    if (still.id != bucket.id) return errors::no_such_bucket(bucket.name);
    TRY_VOID(check_conditions(txn, bucket, key, conditions));
    writer.adopt(txn);
    put_version(txn, s3, bucket, key, version, cause_of(call, "ObjectCreated:Put"));
    return {};
  };
  TRY_VOID(s3.store.transact(change));
  writer.keep();
  HttpReply reply = empty_reply(200);
  add_write_headers(version, reply.headers);
  add_expiration(s3.store, bucket, key, version, reply.headers);
  return reply;
}

}  // namespace

void add_put_object(Operations& operations, S3& s3) {
  operations.push_back(s3_operation("PutObject", to_write(s3), [&s3](Call& call) { return put_object(s3, call); }));
}

}  // namespace millrace::s3
