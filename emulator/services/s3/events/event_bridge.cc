// https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html

#include "emulator/services/s3/events/event_bridge.h"

#include <fmt/format.h>

#include "emulator/services/s3/objects/keys.h"
#include "emulator/services/s3/wire/s3_service.h"

namespace millrace::s3 {

namespace {

struct Kind {
  std::string_view event;  // what the name in notifications begins with
  const char* detail_type;
  const char* reason;
  const char* deletion_type;
};
constexpr Kind kKinds[] = {
    {"ObjectCreated:Put", "Object Created", "PutObject", ""},
    {"ObjectCreated:Post", "Object Created", "POST Object", ""},
    {"ObjectCreated:Copy", "Object Created", "CopyObject", ""},
    {"ObjectCreated:CompleteMultipartUpload", "Object Created", "CompleteMultipartUpload", ""},
    {"ObjectRemoved:DeleteMarkerCreated", "Object Deleted", "DeleteObject", "Delete Marker Created"},
    {"ObjectRemoved:Delete", "Object Deleted", "DeleteObject", "Permanently Deleted"},
    {"LifecycleExpiration:DeleteMarkerCreated", "Object Deleted", "Lifecycle Expiration", "Delete Marker Created"},
    {"LifecycleExpiration:Delete", "Object Deleted", "Lifecycle Expiration", "Permanently Deleted"},
    {"LifecycleTransition", "Object Storage Class Changed", "", ""},
    {"ObjectRestore:Post", "Object Restore Initiated", "", ""},
    {"ObjectRestore:Completed", "Object Restore Completed", "", ""},
    {"ObjectRestore:Delete", "Object Restore Expired", "", ""},
    {"ObjectTagging:Put", "Object Tags Added", "", ""},
    {"ObjectTagging:Delete", "Object Tags Deleted", "", ""},
    {"ObjectAcl:Put", "Object ACL Updated", "", ""},
};

const Kind* kind_of(std::string_view name) {
  for (const Kind& kind : kKinds) {
    if (name.starts_with(kind.event)) return &kind;
  }
  return nullptr;
}

}  // namespace

Json event_bridge_event(const Bucket& bucket, const ObjectEvent& event, const std::string& id, Millis now) {
  const Kind* kind = kind_of(event.name);
  if (!kind) return nullptr;
  Json object{{"key", event.key}};
  if (!*kind->deletion_type) {
    object["size"] = event.size;
    object["etag"] = event.etag;
  }
  if (event.version_id != "null" && !event.version_id.empty()) object["version-id"] = event.version_id;
  object["sequencer"] = fmt::format("{:018X}", event.sequence);
  Json detail{{"version", "0"}, {"bucket", {{"name", bucket.name}}}, {"object", std::move(object)}};
  detail["request-id"] = short_request_id(event.cause.request_id);
  detail["requester"] = bucket.account;  // unverified: AWS names the caller's account, or s3.amazonaws.com
  detail["source-ip-address"] = event.cause.source_ip;
  if (*kind->reason) detail["reason"] = kind->reason;
  if (*kind->deletion_type) detail["deletion-type"] = kind->deletion_type;
  return {{"version", "0"},
          {"id", id},
          {"detail-type", kind->detail_type},
          {"source", "aws.s3"},
          {"account", bucket.account},
          {"time", iso_seconds(now)},
          {"region", bucket.region},
          {"resources", Json::array({bucket_arn(bucket.name)})},
          {"detail", std::move(detail)}};
}

}  // namespace millrace::s3
