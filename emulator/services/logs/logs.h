#pragma once
// What the operations of CloudWatch Logs share: the service's state and the small rules that several apply.

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "emulator/base/woken_thread.h"
#include "emulator/ports/authority.h"
#include "emulator/ports/encryption.h"
#include "emulator/ports/metrics.h"
#include "emulator/protocol/operation.h"
#include "emulator/services/logs/errors.h"
#include "emulator/services/logs/log_groups.h"
#include "emulator/services/logs/service.h"
#include "emulator/services/service_context.h"

namespace millrace::logs {

class ArrivalCounts;
class EventKeys;
class LiveTails;
class SubscriptionLoops;
namespace insights {
class Queries;
}

/// Bound into every operation's handler.
struct Logs : std::enable_shared_from_this<Logs> {
  explicit Logs(ServiceContext context);
  ~Logs();
  /// Ends the background work and the live tails. Idempotent.
  void stop();

  ServiceContext context;
  OtherRooms others;  // constant once the server listens
  std::atomic<ports::Metrics*> metrics{
      nullptr};  // where metric filters and embedded metrics publish; set before serving
  std::atomic<ports::Encryption*> keys{nullptr};      // of groups under a KMS key; set before serving
  std::atomic<ports::Authority*> authority{nullptr};  // what their policies say; likewise
  std::unique_ptr<EventKeys> event_keys;
  std::unique_ptr<LiveTails> live_tails;
  std::unique_ptr<insights::Queries> queries;
  std::unique_ptr<SubscriptionLoops> loops;  // the deliveries' thread's
  std::unique_ptr<ArrivalCounts> waiting;    // arrivals by account
  std::atomic<bool> housekeeping_due = false;
  std::atomic<TimerId> housekeeping_timer = 0;
  std::unique_ptr<WokenThread> deliveries;   // works off arrivals
  std::unique_ptr<WokenThread> housekeeper;  // retention, exports
};

inline Place place_of(const protocol::Call& call) {
  return {call.caller.account, call.caller.region};
}

/// `arn:aws:logs:<region>:<account>:log-group:<name>`
std::string group_arn(const Place& place, std::string_view group);

/// The group that a request names by `logGroupName` or by `logGroupIdentifier` (a name or an ARN).
Result<std::string> named_group(const Json& input);
/// A group's name in a resource ARN of the tag operations; InvalidParameterException if it is none.
Result<std::string> group_in_arn(const std::string& arn);

/// ValidationException if the group is not of the Standard class.
Result<void> standard_class_only(const LogGroup& group);

/// The service's names in resource policies: for all regions, and the region's.
std::vector<std::string> logs_principals(const std::string& region);

/// Shapes used by several operations.
protocol::Shape group_name_shape();
/// A group's name or its ARN, which ends with the name: AWS refuses `:*` behind it.
protocol::Shape group_identifier_shape();
protocol::Shape filter_name_shape();
protocol::Shape stream_name_shape();

/// The caller must be allowed `logs:<action>` on the named group / on `*` where none is named.
std::function<Result<protocol::AccessNeeds>(const protocol::Call&)> group_access(std::string action);
std::function<Result<protocol::AccessNeeds>(const protocol::Call&)> stream_access(std::string action);
std::function<Result<protocol::AccessNeeds>(const protocol::Call&)> anywhere_access(std::string action);

// Each in the file of its name.
protocol::Operation create_log_group(Logs& logs);
protocol::Operation delete_log_group(Logs& logs);
protocol::Operation describe_log_groups(Logs& logs);
protocol::Operation put_retention_policy(Logs& logs);
protocol::Operation delete_retention_policy(Logs& logs);
protocol::Operation create_log_stream(Logs& logs);
protocol::Operation delete_log_stream(Logs& logs);
protocol::Operation describe_log_streams(Logs& logs);
protocol::Operation put_log_events(Logs& logs);
protocol::Operation get_log_events(Logs& logs);
protocol::Operation filter_log_events(Logs& logs);
protocol::Operation start_live_tail(Logs& logs);
// In subscription_filters.cc.
protocol::Operation put_subscription_filter(Logs& logs);
protocol::Operation describe_subscription_filters(Logs& logs);
protocol::Operation delete_subscription_filter(Logs& logs);
// In metric_filters.cc.
protocol::Operation put_metric_filter(Logs& logs);
protocol::Operation describe_metric_filters(Logs& logs);
protocol::Operation delete_metric_filter(Logs& logs);
protocol::Operation test_metric_filter(Logs& logs);
// In destinations.cc.
protocol::Operation put_destination(Logs& logs);
protocol::Operation describe_destinations(Logs& logs);
protocol::Operation delete_destination(Logs& logs);
protocol::Operation put_destination_policy(Logs& logs);
/// What AWS says of a Kinesis or Firehose stream that doesn't exist; none does here.
AwsError no_such_stream(const std::string& service);
// In export_tasks.cc.
protocol::Operation create_export_task(Logs& logs);
protocol::Operation describe_export_tasks(Logs& logs);
protocol::Operation cancel_export_task(Logs& logs);
// In resource_policies.cc.
protocol::Operation put_resource_policy(Logs& logs);
protocol::Operation describe_resource_policies(Logs& logs);
protocol::Operation delete_resource_policy(Logs& logs);
// In group_settings.cc.
protocol::Operation associate_kms_key(Logs& logs);
protocol::Operation disassociate_kms_key(Logs& logs);
protocol::Operation put_log_group_deletion_protection(Logs& logs);
protocol::Operation list_log_groups(Logs& logs);
// In group_policies.cc.
protocol::Operation put_data_protection_policy(Logs& logs);
protocol::Operation get_data_protection_policy(Logs& logs);
protocol::Operation delete_data_protection_policy(Logs& logs);
protocol::Operation put_index_policy(Logs& logs);
protocol::Operation describe_index_policies(Logs& logs);
protocol::Operation delete_index_policy(Logs& logs);
// In account_policies.cc.
protocol::Operation put_account_policy(Logs& logs);
protocol::Operation describe_account_policies(Logs& logs);
protocol::Operation delete_account_policy(Logs& logs);
// In anomaly_detectors.cc.
protocol::Operation create_log_anomaly_detector(Logs& logs);
protocol::Operation get_log_anomaly_detector(Logs& logs);
protocol::Operation list_log_anomaly_detectors(Logs& logs);
protocol::Operation update_log_anomaly_detector(Logs& logs);
protocol::Operation delete_log_anomaly_detector(Logs& logs);
// In insights/query_operations.cc, insights/query_definitions.cc, insights/log_records.cc.
protocol::Operation start_query(Logs& logs);
protocol::Operation get_query_results(Logs& logs);
protocol::Operation stop_query(Logs& logs);
protocol::Operation describe_queries(Logs& logs);
protocol::Operation put_query_definition(Logs& logs);
protocol::Operation describe_query_definitions(Logs& logs);
protocol::Operation delete_query_definition(Logs& logs);
protocol::Operation get_log_record(Logs& logs);
protocol::Operation get_log_group_fields(Logs& logs);
// In tags.cc.
protocol::Operation tag_resource(Logs& logs);
protocol::Operation untag_resource(Logs& logs);
protocol::Operation list_tags_for_resource(Logs& logs);
protocol::Operation tag_log_group(Logs& logs);
protocol::Operation untag_log_group(Logs& logs);
protocol::Operation list_tags_log_group(Logs& logs);

}  // namespace millrace::logs
