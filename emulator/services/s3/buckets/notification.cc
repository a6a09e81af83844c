// GetBucketNotificationConfiguration, PutBucketNotificationConfiguration. Events are sent by
// events/notifications.cc.

#include "emulator/services/s3/buckets/notification.h"

#include "emulator/base/arn.h"
#include "emulator/base/encoding.h"
#include "emulator/services/s3/buckets/configuration.h"
#include "emulator/services/s3/buckets/operations.h"
#include "emulator/services/s3/errors.h"
#include "emulator/services/s3/events/notifications.h"

namespace millrace::s3 {

namespace {

constexpr const char* kShape =
    "NotificationConfiguration{TopicConfiguration*{Id?, Topic, Event+, Filter?{S3Key{FilterRule*{Name, "
    "Value}}}},"
    "QueueConfiguration*{Id?, Queue, Event+, Filter?{S3Key{FilterRule*{Name, Value}}}},"
    "CloudFunctionConfiguration*{Id?, CloudFunction, Event+, Filter?{S3Key{FilterRule*{Name, Value}}}},"
    "EventBridgeConfiguration?{}}";

struct TargetKind {
  const char* element;
  const char* arn;
  const char* argument;  // the ARN's name in errors
  const char* service;
};
constexpr TargetKind kTargets[] = {{"TopicConfiguration", "Topic", "TopicArn", "sns"},
                                   {"QueueConfiguration", "Queue", "QueueArn", "sqs"},
                                   // unverified: this one's argument.
                                   {"CloudFunctionConfiguration", "CloudFunction", "LambdaFunctionArn", "lambda"}};

constexpr const char* kEvents[] = {"s3:TestEvent",
                                   "s3:ObjectCreated:*",
                                   "s3:ObjectCreated:Put",
                                   "s3:ObjectCreated:Post",
                                   "s3:ObjectCreated:Copy",
                                   "s3:ObjectCreated:CompleteMultipartUpload",
                                   "s3:ObjectRemoved:*",
                                   "s3:ObjectRemoved:Delete",
                                   "s3:ObjectRemoved:DeleteMarkerCreated",
                                   "s3:ObjectRestore:*",
                                   "s3:ObjectRestore:Post",
                                   "s3:ObjectRestore:Completed",
                                   "s3:ObjectRestore:Delete",
                                   "s3:ReducedRedundancyLostObject",
                                   "s3:Replication:*",
                                   "s3:Replication:OperationFailedReplication",
                                   "s3:Replication:OperationMissedThreshold",
                                   "s3:Replication:OperationReplicatedAfterThreshold",
                                   "s3:Replication:OperationNotTracked",
                                   "s3:LifecycleExpiration:*",
                                   "s3:LifecycleExpiration:Delete",
                                   "s3:LifecycleExpiration:DeleteMarkerCreated",
                                   "s3:LifecycleTransition",
                                   "s3:IntelligentTiering",
                                   "s3:ObjectTagging:*",
                                   "s3:ObjectTagging:Put",
                                   "s3:ObjectTagging:Delete",
                                   "s3:ObjectAcl:Put"};

bool is_event(std::string_view name) {
  for (const char* event : kEvents) {
    if (name == event) return true;
  }
  return false;
}

AwsError invalid(std::string message) {
  return {errors::invalid_argument_kind, std::move(message)};
}

/// Names come back as Prefix and Suffix, however they were written.
Result<void> check_filter(const pugi::xml_node& configuration) {
  int prefixes = 0, suffixes = 0;
  for (pugi::xml_node rule : configuration.child("Filter").child("S3Key").children("FilterRule")) {
    const std::string given = child_text(rule, "Name"), name = to_lower(given);
    if (name != "prefix" && name != "suffix") {
      return errors::invalid_argument("filter rule name must be either prefix or suffix", "FilterRule.Name", given);
    }
    if (child_text(rule, "Value").empty())
      return errors::invalid_argument("filter value cannot be empty", "FilterRule.Value", "");
    ++(name == "prefix" ? prefixes : suffixes);
    rule.child("Name").text().set(name == "prefix" ? "Prefix" : "Suffix");
  }
  if (prefixes > 1) return invalid("Cannot specify more than one prefix rule in a filter.");
  if (suffixes > 1) return invalid("Cannot specify more than one suffix rule in a filter.");
  return {};
}

Result<void> check_target(const pugi::xml_node& configuration, const TargetKind& kind, const Bucket& bucket) {
  const std::string text = child_text(configuration, kind.arn);
  auto arn = Arn::parse(text);
  if (!arn || arn->service != kind.service)
    return errors::invalid_argument("The ARN could not be parsed", kind.argument, text);
  if (arn->region != bucket.region)
    return invalid("The notification destination service region is not valid for the bucket location constraint");
  for (const pugi::xml_node& event : configuration.children("Event")) {
    if (!is_event(event.text().get())) return errors::malformed_xml();
  }
  return check_filter(configuration);
}

NotificationTarget read_target(const pugi::xml_node& configuration, const TargetKind& kind) {
  NotificationTarget out;
  out.id = child_text(configuration, "Id");
  out.arn = child_text(configuration, kind.arn);
  for (const pugi::xml_node& event : configuration.children("Event")) out.events.emplace_back(event.text().get());
  for (const pugi::xml_node& rule : configuration.child("Filter").child("S3Key").children("FilterRule"))
    (to_lower(child_text(rule, "Name")) == "prefix" ? out.prefix : out.suffix) = child_text(rule, "Value");
  return out;
}

/// "s3:ObjectCreated:*" and "s3:ObjectCreated:Put" meet.
bool events_meet(std::string_view a, std::string_view b) {
  if (a.ends_with('*')) return b.starts_with(a.substr(0, a.size() - 1));
  if (b.ends_with('*')) return a.starts_with(b.substr(0, b.size() - 1));
  return a == b;
}

/// Could one key's one event match both?
bool overlap(const NotificationTarget& a, const NotificationTarget& b) {
  bool prefixes = a.prefix.starts_with(b.prefix) || b.prefix.starts_with(a.prefix);
  bool suffixes = a.suffix.ends_with(b.suffix) || b.suffix.ends_with(a.suffix);
  if (!prefixes || !suffixes) return false;
  for (const std::string& x : a.events) {
    for (const std::string& y : b.events) {
      if (events_meet(x, y)) return true;
    }
  }
  return false;
}

/// What is wrong with a target, in S3's words.
std::string trouble_with(const std::string& arn, TargetState state) {
  const std::string service = Arn::parse(arn)->service;
  // A function that isn't there and one that doesn't let S3 in read the same.
  if (service == "lambda") return "Not authorized to invoke function [" + arn + "]";
  const std::string kind = service == "sqs" ? "queue" : "topic";
  if (state == TargetState::missing) return "The destination " + kind + " does not exist";
  return "Permissions on the destination " + kind + " do not allow S3 to publish notifications from this bucket";
}

/// Every target must be there and let S3 in.
Result<void> check_reachable(S3& s3, const Bucket& bucket, const std::vector<NotificationTarget>& targets) {
  if (!s3.target_state) return {};
  Json troubles;
  int count = 0;
  for (const NotificationTarget& target : targets) {
    const TargetState state = s3.target_state(target.arn, bucket_arn(bucket.name), bucket.account);
    if (state == TargetState::ready) continue;
    const std::string number = std::to_string(++count);
    const bool is_function = Arn::parse(target.arn)->service == "lambda";
    troubles["ArgumentName" + number] = target.arn + (is_function ? ", null" : "");
    troubles["ArgumentValue" + number] = trouble_with(target.arn, state);
  }
  if (!count) return {};
  return AwsError(errors::invalid_argument_kind, "Unable to validate the following destination configurations",
                  std::move(troubles));
}

bool skips_destinations(const protocol::Call& call) {
  return equals_ignore_case(header(call, "x-amz-skip-destination-validation"), "true");
}

Result<void> check_notification(S3& s3, const protocol::Call& call, const Bucket& bucket, pugi::xml_node root) {
  std::vector<NotificationTarget> targets;
  for (const TargetKind& kind : kTargets) {
    for (pugi::xml_node configuration : root.children(kind.element)) {
      TRY_VOID(check_target(configuration, kind, bucket));
      if (child_text(configuration, "Id").empty()) {
        configuration.remove_child("Id");
        configuration.prepend_child("Id").text().set(s3.random.uuid().c_str());
      }
      targets.push_back(read_target(configuration, kind));
    }
  }
  for (size_t i = 0; i < targets.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      if (overlap(targets[i], targets[j])) {
        return invalid(
            "Configuration is ambiguously defined. Cannot have overlapping suffixes in two rules if the "
            "prefixes are "
            "overlapping for the same event type.");
      }
    }
  }
  return skips_destinations(call) ? Result<void>() : check_reachable(s3, bucket, targets);
}

std::vector<NotificationTarget> targets_in(const pugi::xml_node& root) {
  std::vector<NotificationTarget> out;
  for (const TargetKind& kind : kTargets) {
    for (const pugi::xml_node& configuration : root.children(kind.element))
      out.push_back(read_target(configuration, kind));
  }
  return out;
}

}  // namespace

bool NotificationTarget::matches(std::string_view event, std::string_view key) const {
  if (!key.starts_with(prefix) || !key.ends_with(suffix)) return false;
  for (const std::string& wanted : events) {
    if (events_meet(wanted, event)) return true;
  }
  return false;
}

Notifications notifications_of(const storage::Reader& reader, const Bucket& bucket) {
  static const XmlShape shape = xml_shape(kShape);
  auto text = setting(reader, bucket.name, "notification");
  if (!text) return {};
  auto document = parse_xml(*text, shape);
  if (document.has_error()) return {};
  const pugi::xml_node root = (*document)->document_element();
  return {targets_in(root), !root.child("EventBridgeConfiguration").empty()};
}

void add_notification_configuration(Operations& operations, S3& s3) {
  Configuration notification = {
      .kind = "notification",
      .operation = "BucketNotificationConfiguration",
      .action = "BucketNotification",
      .shape = kShape,
      .fresh = empty_document("NotificationConfiguration"),
      .prepare = [&s3](const protocol::Call& call, const Bucket& bucket,
                       pugi::xml_node root) { return check_notification(s3, call, bucket, root); },
      .check = [&s3](storage::Txn& txn, const protocol::Call& call, const Bucket& bucket,
                     pugi::xml_node root) -> Result<void> {
        if (!skips_destinations(call)) queue_test_events(txn, s3, bucket, targets_in(root), call.request_id);
        return {};
      },
  };
  add_configuration(operations, s3, notification);
}

}  // namespace millrace::s3
