// GetObjectTagging, PutObjectTagging, DeleteObjectTagging.

#include "emulator/services/s3/buckets/tags.h"
#include "emulator/services/s3/errors.h"
#include "emulator/services/s3/events/notifications.h"
#include "emulator/services/s3/objects/commit.h"
#include "emulator/services/s3/objects/get_object.h"
#include "emulator/services/s3/objects/keys.h"
#include "emulator/services/s3/objects/lookup.h"
#include "emulator/services/s3/objects/operations.h"

namespace millrace::s3 {

using protocol::Call;
using protocol::HttpReply;

namespace {

void add_version_id(const ObjectVersion& version, HttpReply& reply) {
  if (version.version_id != "null") reply.headers.set("x-amz-version-id", version.version_id);
}

Result<HttpReply> get_tagging(S3& s3, const Call& call) {
  TRY(Bucket bucket, called_bucket(s3.store, call));
  TRY(ObjectVersion version, called_version(s3.store, bucket, call));
  HttpReply reply = xml_reply(tagging_xml(version.tags));
  add_version_id(version, reply);
  return reply;
}

/// Replaces the tags in one change.
Result<ObjectVersion> replace_tags(S3& s3, const Call& call, const Pairs& tags, const char* event) {
  return s3.store.transact([&](storage::Txn& txn) -> Result<ObjectVersion> {
    TRY(Bucket bucket, called_bucket(txn, call));
    TRY(ObjectVersion version, called_version(txn, bucket, call));
    version.tags = tags;
    update_version(txn, bucket, key_of(call), version);
    queue_event(txn, s3, bucket,
                {event, key_of(call), version.size, version.etag, version.version_id, next_sequence(txn),
                 cause_of(call, event)});
    return version;
  });
}

Result<HttpReply> put_tagging(S3& s3, const Call& call) {
  TRY_VOID(check_collected_body(call));
  TRY(Pairs tags, read_tagging(call.http.body, TagRules::object));
  TRY(ObjectVersion version, replace_tags(s3, call, tags, "ObjectTagging:Put"));
  HttpReply reply = empty_reply(200);
  add_version_id(version, reply);
  return reply;
}

Result<HttpReply> delete_tagging(S3& s3, const Call& call) {
  TRY(ObjectVersion version, replace_tags(s3, call, {}, "ObjectTagging:Delete"));
  HttpReply reply = empty_reply(204);
  add_version_id(version, reply);
  return reply;
}

}  // namespace

void add_object_tagging(Operations& operations, S3& s3) {
  operations.push_back(s3_operation("GetObjectTagging",
                                    read_access(s3, "s3:GetObjectTagging", "s3:GetObjectVersionTagging"),
                                    [&s3](Call& call) { return get_tagging(s3, call); }));
  operations.push_back(s3_operation("PutObjectTagging",
                                    read_access(s3, "s3:PutObjectTagging", "s3:PutObjectVersionTagging"),
                                    [&s3](Call& call) { return put_tagging(s3, call); }));
  operations.push_back(s3_operation("DeleteObjectTagging",
                                    read_access(s3, "s3:DeleteObjectTagging", "s3:DeleteObjectVersionTagging"),
                                    [&s3](Call& call) { return delete_tagging(s3, call); }));
}

}  // namespace millrace::s3
