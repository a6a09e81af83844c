// RestoreObject: an archived object is readable at once, for so many days.

#include "emulator/services/s3/buckets/lifecycle.h"
#include "emulator/services/s3/errors.h"
#include "emulator/services/s3/events/notifications.h"
#include "emulator/services/s3/objects/commit.h"
#include "emulator/services/s3/objects/keys.h"
#include "emulator/services/s3/objects/lookup.h"
#include "emulator/services/s3/objects/operations.h"
#include "emulator/services/s3/wire/xml.h"

namespace millrace::s3 {

using protocol::Call;
using protocol::HttpReply;

namespace {

Result<HttpReply> restore(S3& s3, const Call& call) {
  static const XmlShape shape = xml_shape(
      "RestoreRequest{Days?:int, GlacierJobParameters?{Tier=Standard|Bulk|Expedited}, "
      "Tier?=Standard|Bulk|Expedited, Description?}");
  TRY(auto document, parse_xml(call.http.body, shape));
  int64_t days = document->document_element().child("Days").text().as_llong(0);
  if (days < 1) return errors::malformed_xml();
  bool extended = false;
  auto change = [&](storage::Txn& txn) -> Result<void> {
    TRY(Bucket bucket, called_bucket(txn, call));
    TRY(ObjectVersion version, require_version(txn, bucket, key_of(call), parameter(call, "versionId")));
    if (version.storage_class != "GLACIER" && version.storage_class != "DEEP_ARCHIVE")
      return AwsError(errors::invalid_object_state, "Restore is not allowed for the object's current storage class");
    if (version.sequence == 0) version.sequence = find_version(txn, bucket, key_of(call), version.version_id)->sequence;
    extended = version.restored_until_ms > s3.clock.now_ms();
    version.restored_until_ms = end_of_days(s3.clock.now_ms(), days);
    update_version(txn, bucket, key_of(call), version);
    for (const char* name : {"ObjectRestore:Post", "ObjectRestore:Completed"}) {
      ObjectEvent event{
          name, key_of(call), version.size, version.etag, version.version_id, next_sequence(txn), cause_of(call, name)};
      if (event.name == "ObjectRestore:Completed") {
        event.restored_until_ms = version.restored_until_ms;
        event.restored_class = version.storage_class;
      }
      queue_event(txn, s3, bucket, event);
    }
    return {};
  };
  TRY_VOID(s3.store.transact(change));
  return empty_reply(extended ? 200 : 202);
}

}  // namespace

void add_restore_object(Operations& operations, S3& s3) {
  operations.push_back(s3_operation("RestoreObject", on_object(s3, "s3:RestoreObject"),
                                    [&s3](Call& call) { return restore(s3, call); }));
}

}  // namespace millrace::s3
