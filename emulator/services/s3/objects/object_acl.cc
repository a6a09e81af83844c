// GetObjectAcl, PutObjectAcl.

#include "emulator/services/s3/buckets/acl.h"
#include "emulator/services/s3/errors.h"
#include "emulator/services/s3/events/notifications.h"
#include "emulator/services/s3/objects/commit.h"
#include "emulator/services/s3/objects/get_object.h"
#include "emulator/services/s3/objects/keys.h"
#include "emulator/services/s3/objects/lookup.h"
#include "emulator/services/s3/objects/operations.h"
#include "emulator/services/s3/wire/xml.h"

namespace millrace::s3 {

using protocol::Call;
using protocol::HttpReply;

namespace {

Result<HttpReply> get_acl(S3& s3, const Call& call) {
  TRY(Bucket bucket, called_bucket(s3.store, call));
  TRY(ObjectVersion version, called_version(s3.store, bucket, call));
  return xml_reply(version.acl.empty() ? default_acl_xml(version.owner) : version.acl);
}

Result<HttpReply> put_acl(S3& s3, const Call& call) {
  TRY_VOID(check_collected_body(call));
  TRY_VOID(check_says_acl(call));
  auto change = [&](storage::Txn& txn) -> Result<void> {
    TRY(Bucket bucket, called_bucket(txn, call));
    TRY(ObjectVersion version, called_version(txn, bucket, call));
    TRY(version.acl, requested_acl(txn, bucket, call.http.headers, version.owner, &call.http.body));
    update_version(txn, bucket, key_of(call), version);
    queue_event(txn, s3, bucket,
                {"ObjectAcl:Put", key_of(call), version.size, version.etag, version.version_id, next_sequence(txn),
                 cause_of(call, "ObjectAcl:Put")});
    return {};
  };
  TRY_VOID(s3.store.transact(change));
  return empty_reply(200);
}

}  // namespace

void add_object_acl(Operations& operations, S3& s3) {
  operations.push_back(s3_operation("GetObjectAcl", read_access(s3, "s3:GetObjectAcl", "s3:GetObjectVersionAcl"),
                                    [&s3](Call& call) { return get_acl(s3, call); }));
  operations.push_back(s3_operation("PutObjectAcl", read_access(s3, "s3:PutObjectAcl", "s3:PutObjectVersionAcl"),
                                    [&s3](Call& call) { return put_acl(s3, call); }));
}

}  // namespace millrace::s3
