#include "emulator/services/logs/service.h"

#include "emulator/services/logs/errors.h"
#include "emulator/services/logs/logs.h"

namespace millrace::logs {

namespace {

std::vector<protocol::Operation> all_operations(Logs& logs) {
  return {
      create_log_group(logs),     delete_log_group(logs),        describe_log_groups(logs),
      put_retention_policy(logs), delete_retention_policy(logs), create_log_stream(logs),
      delete_log_stream(logs),    describe_log_streams(logs),    put_log_events(logs),
      get_log_events(logs),       filter_log_events(logs),       tag_resource(logs),
      untag_resource(logs),       list_tags_for_resource(logs),  tag_log_group(logs),
      untag_log_group(logs),      list_tags_log_group(logs),
  };
}

/// The protocol's face, together with the state that its operations are bound to.
class LogsService final : public protocol::JsonService {
 public:
  explicit LogsService(std::unique_ptr<Logs> logs)
      : JsonService({"Logs_20140328", "application/x-amz-json-1.1", false, false, errors::service_errors()}, all_operations(*logs)),
        logs_(std::move(logs)) {}

 private:
  std::unique_ptr<Logs> logs_;
};

}  // namespace

std::shared_ptr<protocol::Service> make_service(ServiceContext context) {
  return std::make_shared<LogsService>(std::make_unique<Logs>(Logs{context}));
}

}  // namespace millrace::logs
