#include "emulator/services/logs/service.h"

#include <set>
#include <string>

#include "emulator/protocol/tag_keys.h"
#include "emulator/services/logs/errors.h"
#include "emulator/services/logs/housekeeping.h"
#include "emulator/services/logs/logs.h"
#include "emulator/services/logs/metric_filters.h"

namespace millrace::logs {

namespace {

std::vector<protocol::Operation> all_operations(Logs& logs) {
  return {
      // Groups, streams, events.
      create_log_group(logs),
      delete_log_group(logs),
      describe_log_groups(logs),
      list_log_groups(logs),
      put_retention_policy(logs),
      delete_retention_policy(logs),
      associate_kms_key(logs),
      disassociate_kms_key(logs),
      put_log_group_deletion_protection(logs),
      create_log_stream(logs),
      delete_log_stream(logs),
      describe_log_streams(logs),
      put_log_events(logs),
      get_log_events(logs),
      filter_log_events(logs),
      start_live_tail(logs),
      // Filters, exports.
      put_subscription_filter(logs),
      describe_subscription_filters(logs),
      delete_subscription_filter(logs),
      put_metric_filter(logs),
      describe_metric_filters(logs),
      delete_metric_filter(logs),
      test_metric_filter(logs),
      put_destination(logs),
      describe_destinations(logs),
      delete_destination(logs),
      put_destination_policy(logs),
      create_export_task(logs),
      describe_export_tasks(logs),
      cancel_export_task(logs),
      // Insights.
      start_query(logs),
      get_query_results(logs),
      stop_query(logs),
      describe_queries(logs),
      put_query_definition(logs),
      describe_query_definitions(logs),
      delete_query_definition(logs),
      get_log_record(logs),
      get_log_group_fields(logs),
      // Policies, tags.
      put_resource_policy(logs),
      describe_resource_policies(logs),
      delete_resource_policy(logs),
      put_data_protection_policy(logs),
      get_data_protection_policy(logs),
      delete_data_protection_policy(logs),
      put_index_policy(logs),
      describe_index_policies(logs),
      delete_index_policy(logs),
      put_account_policy(logs),
      describe_account_policies(logs),
      delete_account_policy(logs),
      create_log_anomaly_detector(logs),
      get_log_anomaly_detector(logs),
      list_log_anomaly_detectors(logs),
      update_log_anomaly_detector(logs),
      delete_log_anomaly_detector(logs),
      tag_resource(logs),
      untag_resource(logs),
      list_tags_for_resource(logs),
      tag_log_group(logs),
      untag_log_group(logs),
      list_tags_log_group(logs),
  };
}

/// What a function printed is handed to the store before its caller is answered, but nobody waits there for the commit.
/// Whoever reads logs waits for it instead, so that the lines of an invocation that was answered are always seen.
std::vector<protocol::Operation> reading_what_was_printed(Logs& logs, std::vector<protocol::Operation> operations) {
  static const std::set<std::string> kReads = {"DescribeLogGroups", "ListLogGroups",   "DescribeLogStreams",
                                               "GetLogEvents",      "FilterLogEvents", "CreateExportTask",
                                               "StartQuery",        "GetLogRecord",    "GetLogGroupFields"};
  for (protocol::Operation& operation : operations) {
    auto* handle = std::get_if<protocol::JsonHandler>(&operation.handle);
    if (!handle || !kReads.contains(operation.name)) continue;
    operation.handle = protocol::JsonHandler(
        [&store = logs.context.store, handle = std::move(*handle)](protocol::Call& call) -> Result<Json> {
          TRY_VOID(store.transact([](storage::Txn&) -> Result<void> { return {}; }));
          return handle(call);
        });
  }
  return operations;
}

/// unverified: the words
AwsError reserved_tag(const std::string&) {
  return {errors::invalid_parameter, "aws: prefixed tag key names are not allowed for external use."};
}

/// The protocol's face, together with the state that its operations are bound to.
class LogsService final : public protocol::JsonService {
 public:
  explicit LogsService(std::shared_ptr<Logs> logs)
      : JsonService(
            {"Logs_20140328", "application/x-amz-json-1.1", false, errors::service_errors()},
            reading_what_was_printed(*logs, protocol::refusing_reserved_tags(all_operations(*logs), reserved_tag))),
        logs_(std::move(logs)) {}

  /// Names that are too long are refused in words of their own, before the constraints.
  Result<void> decode(protocol::Call& call) override {
    constexpr size_t kNameMax = 512;
    TRY_VOID(JsonService::decode(call));
    for (const char* member : {"logGroupName", "logStreamName"}) {
      const Json* name = find(call.input, member);
      if (name && name->is_string() && name->get_ref<const std::string&>().size() > kNameMax)
        return AwsError(errors::invalid_parameter,
                        "Invalid LogGroup or LogStream, both must have length less than or equal to 512.");
    }
    return {};
  }

 private:
  std::shared_ptr<Logs> logs_;
};

}  // namespace

Room make_room(ServiceContext context) {
  auto logs = std::make_shared<Logs>(context);
  start_housekeeping(*logs);
  Room room;
  room.service = std::make_shared<LogsService>(logs);
  room.state = logs;
  room.connect = [logs](const OtherRooms& others) {
    logs->others = others;
    logs->deliveries->wake();
    logs->housekeeper->wake();
  };
  room.metrics = [logs](const std::string& account, const std::string& region) {
    return read_metric_points(logs->context.store, {account, region});
  };
  room.in_progress = &logs->deliveries->in_progress();
  room.stop = [logs] { logs->stop(); };
  return room;
}

}  // namespace millrace::logs
