#include "emulator/services/logs/function_log_sink.h"

#include "emulator/base/log.h"
#include "emulator/services/logs/arrivals.h"
#include "emulator/storage/document_form.h"

namespace millrace::logs {

namespace {

/// What the role may do with the target's group and stream.
struct Permissions {
  bool create_group, create_stream, put_events;
};

Permissions permissions_of(ports::Authority& authority, const ports::LogTarget& target) {
  if (target.of_service) return {false, true, true};
  std::string group = group_arn({target.account, target.region}, target.group);
  ports::RequestContext context;
  if (!target.function_arn.empty()) context["lambda:sourcefunctionarn"] = {target.function_arn};
  auto may = [&](const char* action, const std::string& resource) {
    return authority.role_may(target.role_arn, action, resource, context);
  };
  std::string stream = group + ":log-stream:" + target.stream;
  return {may("logs:CreateLogGroup", group + ":log-stream:") || may("logs:CreateLogGroup", group),
          may("logs:CreateLogStream", stream), may("logs:PutLogEvents", stream)};
}

void dropped(const ports::LogTarget& target, const char* action) {
  log::info("the log lines of " + target.group + " are dropped: " + target.role_arn + " may not " + action);
}

}  // namespace

void FunctionLogSink::append(const ports::LogTarget& target, std::vector<ports::LogLine> lines) {
  Permissions may = permissions_of(authority_, target);
  if (!may.put_events) return dropped(target, "logs:PutLogEvents");
  Millis now = logs_->context.clock.now_ms();
  auto apply = [logs = logs_, target, may, now, lines = std::move(lines)](storage::Txn& txn) {
    Place place{target.account, target.region};
    auto group = storage::get_model<LogGroup>(txn, group_key(place, target.group));
    if (!group) {
      if (!may.create_group) {
        dropped(target, "logs:CreateLogGroup");
        return false;
      }
      group = new_group(txn, place, target.group, now);
    }
    auto stream = storage::get_model<LogStream>(txn, stream_key(place, target.group, target.stream));
    if (!stream) {
      if (!may.create_stream) {
        dropped(target, "logs:CreateLogStream");
        return false;
      }
      stream = new_stream(txn, place, target.group, target.stream, now);
    }
    std::vector<NewEvent> events;
    events.reserve(lines.size());
    for (const ports::LogLine& line : lines) events.push_back({line.timestamp_ms, line.message});
    accept_events(*logs, txn, place, *group, std::move(*stream), events, now, target.function_arn);
    return true;
  };
  logs_->context.store.submit(std::move(apply), nullptr);
}

}  // namespace millrace::logs
