#include "emulator/services/s3/events/notifications.h"

#include <fmt/format.h>

#include "emulator/base/arn.h"
#include "emulator/base/encoding.h"
#include "emulator/base/log.h"
#include "emulator/base/trace.h"
#include "emulator/base/woken_thread.h"
#include "emulator/ports/destination.h"
#include "emulator/services/s3/events/event_bridge.h"
#include "emulator/services/s3/objects/keys.h"
#include "emulator/services/s3/wire/s3_service.h"

namespace millrace::s3 {

using storage::Family;

namespace {

/// Keys are URL-encoded in events, blanks as '+'.
std::string encoded_key(const std::string& key) {
  std::string out = percent_encode(key, "/ ");
  for (char& c : out) {
    if (c == ' ') c = '+';
  }
  return out;
}

/// 2.2 is of replication, 2.3 of what came later.
const char* version_of(std::string_view event) {
  if (event.starts_with("Replication:")) return "2.2";
  for (std::string_view later : {"ObjectAcl:", "ObjectTagging:", "LifecycleExpiration:", "LifecycleTransition",
                                 "IntelligentTiering", "ObjectRestore:Delete"}) {
    if (event.starts_with(later)) return "2.3";
  }
  return "2.1";
}

/// An object as an event of that kind tells of it.
Json object_of(const ObjectEvent& event) {
  constexpr const char* kEtagOfNothing = "d41d8cd98f00b204e9800998ecf8427e";
  const bool of_bytes = event.name.starts_with("ObjectCreated:") || event.name.starts_with("ObjectRestore:");
  const bool of_settings = event.name.starts_with("ObjectAcl:") || event.name.starts_with("ObjectTagging:");
  Json object{{"key", encoded_key(event.key)}};
  if (of_bytes) object["size"] = event.size;
  if (of_bytes || of_settings) object["eTag"] = event.etag;
  if (event.name == "ObjectRemoved:DeleteMarkerCreated") object["eTag"] = kEtagOfNothing;
  if (event.version_id != "null") object["versionId"] = event.version_id;
  if (!of_settings) object["sequencer"] = fmt::format("{:018X}", event.sequence);
  return object;
}

/// https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
Json record_of(const Bucket& bucket, const ObjectEvent& event, const std::string& configuration_id, Millis now) {
  Json record{{"eventVersion", version_of(event.name)},
              {"eventSource", "aws:s3"},
              {"awsRegion", bucket.region},
              {"eventTime", iso_millis(now)},
              {"eventName", event.name},
              {"userIdentity", {{"principalId", "AWS:" + event.cause.principal}}},
              {"requestParameters", {{"sourceIPAddress", event.cause.source_ip}}},
              {"responseElements",
               {{"x-amz-request-id", short_request_id(event.cause.request_id)},
                {"x-amz-id-2", host_id(event.cause.request_id)}}},
              {"s3",
               {{"s3SchemaVersion", "1.0"},
                {"configurationId", configuration_id},
                {"bucket",
                 {{"name", bucket.name},
                  {"ownerIdentity", {{"principalId", "A" + to_hex(sha256(bucket.account)).substr(0, 13)}}},
                  {"arn", bucket_arn(bucket.name)}}},
                {"object", object_of(event)}}}};
  if (event.restored_until_ms > 0) {
    record["glacierEventData"] = {{"restoreEventData",
                                   {{"lifecycleRestorationExpiryTime", iso_millis(event.restored_until_ms)},
                                    {"lifecycleRestoreStorageClass", event.restored_class}}}};
  }
  return record;
}

/// Stores a message on its way; it is sent after the commit.
void enqueue(storage::Txn& txn, S3& s3, const Bucket& bucket, const std::string& target, const Json& body,
             const std::string& trace_header = {}) {
  Json message{{"target", target}, {"bucket", bucket.name}, {"account", bucket.account}, {"body", to_text(body)}};
  if (!trace_header.empty()) message["trace"] = trace_header;
  if (std::string cause = trace::current_key(); !cause.empty()) message["cause"] = std::move(cause);
  txn.put(Family::objects, keys::event(next_sequence(txn)), to_text(message));
  if (s3.background) txn.after_commit([&s3] { s3.background->wake(); });
}

/// The default bus takes events as whole documents.
void queue_for_event_bridge(storage::Txn& txn, S3& s3, const Bucket& bucket, const ObjectEvent& event) {
  const Json document = event_bridge_event(bucket, event, s3.random.uuid(), s3.clock.now_ms());
  if (document.is_null()) return;
  enqueue(txn, s3, bucket, make_arn("events", bucket.region, bucket.account, "event-bus/default"), document);
}

}  // namespace

void queue_event(storage::Txn& txn, S3& s3, const Bucket& bucket, const ObjectEvent& event) {
  if (!s3.destination.load()) return;
  const Notifications wanted = notifications_of(txn, bucket);
  if (wanted.event_bridge) queue_for_event_bridge(txn, s3, bucket, event);
  for (const NotificationTarget& target : wanted.targets) {
    if (!target.matches("s3:" + event.name, event.key)) continue;
    enqueue(txn, s3, bucket, target.arn,
            {{"Records", Json::array({record_of(bucket, event, target.id, s3.clock.now_ms())})}}, event.cause.trace);
  }
}

void queue_test_events(storage::Txn& txn, S3& s3, const Bucket& bucket, const std::vector<NotificationTarget>& targets,
                       const std::string& request_id) {
  if (!s3.destination.load()) return;
  for (const NotificationTarget& target : targets) {
    auto arn = Arn::parse(target.arn);
    if (!arn || arn->service == "lambda") continue;
    enqueue(txn, s3, bucket, target.arn,
            {{"Service", "Amazon S3"},
             {"Event", "s3:TestEvent"},
             {"Time", iso_millis(s3.clock.now_ms())},
             {"Bucket", bucket.name},
             {"RequestId", short_request_id(request_id)},
             {"HostId", host_id(request_id)}});
  }
}

void deliver_events(S3& s3) {
  for (;;) {
    std::string key, text;
    s3.store.scan(Family::objects, "e", storage::prefix_end("e"), [&](std::string_view found, std::string_view value) {
      key = found;
      text = value;
      return false;
    });
    if (key.empty() || s3.background->stopping()) return;
    Json message = parse_json(text).value_or(Json::object());
    std::string target = text_of(message, "target");
    // Not connected yet: what an earlier run left is sent when it is.
    ports::Destination* destination = s3.destination;
    if (!destination) return;
    ports::Message out;
    out.body = text_of(message, "body");
    out.subject = "Amazon S3 Notification";
    if (auto header = optional_text(message, "trace")) out.system["AWSTraceHeader"] = *header;
    trace::Scope scope(text_of(message, "cause"));
    auto sent = destination->send(
        target, out, {"", "s3.amazonaws.com", bucket_arn(text_of(message, "bucket")), text_of(message, "account")});
    if (sent.has_error()) log::warning("an S3 event for " + target + " was not delivered: " + sent.error().message);
    auto erased = s3.store.transact([&](storage::Txn& txn) -> Result<void> {
      txn.erase(Family::objects, key);
      return {};
    });
    if (erased.has_error()) return;
  }
}

}  // namespace millrace::s3
