#include "emulator/services/logs/export_tasks.h"

#include <fmt/format.h>

#include <algorithm>

#include "emulator/base/compression.h"
#include "emulator/services/logs/event_keys.h"
#include "emulator/services/logs/logs.h"
#include "emulator/services/logs/paging.h"
#include "emulator/storage/document_form.h"

namespace millrace::logs {

using namespace protocol;

namespace {

constexpr size_t kObjectTextBytesMax = 8u << 20;  // uncompressed; then the next object of the stream begins

constexpr ErrorKind kInvalidOperation{"InvalidOperationException"};

std::string tasks_prefix(const Place& place) {
  return storage::document_key({"logs", place.account, place.region, "export"});
}
std::string task_key(const Place& place, std::string_view id) {
  return storage::document_key({"logs", place.account, place.region, "export", id});
}

bool is_active(const Json& task) {
  std::string code = text_of(task["status"], "code");
  return code == "PENDING" || code == "RUNNING" || code == "PENDING_CANCEL";
}

Place place_of_task(const Json& task) {
  return {text_of(task, "account"), text_of(task, "region")};
}

/// Changes the task's status; false if it was cancelled meanwhile.
bool set_status(Logs& logs, const Json& task, const std::string& code, const std::string& message) {
  std::string key = task_key(place_of_task(task), text_of(task, "taskId"));
  auto changed = logs.context.store.transact([&](storage::Txn& txn) -> Result<bool> {
    auto stored = storage::get_document(txn, key);
    if (!stored || !is_active(*stored)) return false;
    (*stored)["status"] = {{"code", code}, {"message", message}};
    if (code != "RUNNING") (*stored)["executionInfo"]["completionTime"] = logs.context.clock.now_ms();
    storage::put_document(txn, key, *stored);
    return true;
  });
  return !changed.has_error() && *changed;
}

std::string folder_of(const Json& task) {
  return text_of(task, "destinationPrefix", "exportedlogs") + "/" + text_of(task, "taskId") + "/";
}

/// Writes one stream's events; an error ends the task.
Result<void> export_stream(Logs& logs, const Json& task, const LogStream& stream) {
  std::string folder = stream.name, text;
  std::replace(folder.begin(), folder.end(), '/', '-');
  int number = 0;
  Result<void> outcome;
  auto write = [&] {
    std::string key = folder_of(task) + folder + fmt::format("/{:06d}.gz", number++);
    ports::OnBehalfOf account(text_of(task, "account"));
    account.service_principals = logs_principals(text_of(task, "region"));
    outcome = logs.others.objects->put({account, text_of(task, "destination"), key, ""}, gzip(text),
                                       "application/octet-stream");
    text.clear();
    return !outcome.has_error();
  };
  auto take = [&](const Event& event) {
    text += iso_millis(event.timestamp_ms) + " " + event.message + "\n";
    if (logs.housekeeper->stopping()) return false;
    return text.size() < kObjectTextBytesMax || write();
  };
  each_stream_event(logs.context.store, stream.id, {int_of(task, "from"), 0},
                    {std::min(int_of(task, "to"), INT64_MAX - 1) + 1, 0}, false, logs.event_keys->opening(take));
  if (!outcome.has_error() && !text.empty()) write();
  return outcome;
}

void run_task(Logs& logs, const Json& task) {
  if (!set_status(logs, task, "RUNNING", "Started execution")) return;
  Place place = place_of_task(task);
  std::string group = text_of(task, "logGroupName"), prefix = text_of(task, "logStreamNamePrefix");
  for (const LogStream& stream : storage::list_models<LogStream>(logs.context.store, stream_prefix(place, group))) {
    if (logs.housekeeper->stopping()) return;  // begun again at the next start
    if (!stream.name.starts_with(prefix)) continue;
    auto written = export_stream(logs, task, stream);
    if (written.has_error()) {
      set_status(logs, task, "FAILED", written.error().message);
      return;
    }
  }
  set_status(logs, task, "COMPLETED", "Completed successfully");
}

std::vector<Json> active_tasks(const storage::Reader& reader) {
  std::vector<Json> out;
  std::string prefix = storage::document_key({"logs"});
  storage::each_document(reader, prefix, {}, [&](std::string_view key, const Json& document) {
    key.remove_prefix(prefix.size());
    storage::take_part(key);
    storage::take_part(key);
    auto kind = storage::take_part(key);
    if (kind && *kind == "export" && is_active(document)) out.push_back(document);
    return true;
  });
  return out;
}

/// AWS writes this object first, to see whether it may. The error is what it says if not.
Result<void> check_bucket(Logs& logs, const Place& place, const Json& input) {
  std::string bucket = text_of(input, "destination");
  if (!logs.others.objects || !logs.others.objects->bucket_exists(bucket))
    return AwsError(errors::invalid_parameter,
                    "The given bucket does not exist. Please make sure the bucket is valid.");
  ports::Message message;
  message.body = "Permission Check Successful";
  message.s3_key = text_of(input, "destinationPrefix", "exportedlogs") + "/aws-logs-write-test";
  std::string source = group_arn(place, text_of(input, "logGroupName")) + ":*";
  for (const std::string& principal : logs_principals(place.region)) {
    if (!logs.others.destination->send("arn:aws:s3:::" + bucket, message, {"", principal, source, place.account})
             .has_error())
      return {};
  }
  return AwsError(errors::invalid_parameter,
                  "PutObject call on the given bucket failed. Please check if CloudWatch Logs has been granted "
                  "permission to perform this operation.");
}

Json describe(const Json& task) {
  Json out;
  for (const char* member : {"taskId", "taskName", "logGroupName", "from", "to", "destination", "destinationPrefix",
                             "status", "executionInfo"}) {
    if (const Json* value = find(task, member)) out[member] = *value;
  }
  return out;
}

}  // namespace

void run_export_tasks(Logs& logs) {
  if (!logs.others.objects) return;
  for (const Json& task : active_tasks(logs.context.store)) {
    if (logs.housekeeper->stopping()) return;
    run_task(logs, task);
  }
}

Operation create_export_task(Logs& logs) {
  static const Shape input = structure({
      protocol::optional("taskName", string().length(1, 512)),
      required("logGroupName", group_name_shape()),
      protocol::optional("logStreamNamePrefix", stream_name_shape()),
      required("from", integer().at_least(0)),
      required("to", integer().at_least(0)),
      required("destination", string().length(1, 512)),
      protocol::optional("destinationPrefix", string()),
  });
  auto handle = [&logs](Call& call) -> Result<Json> {
    Place place = place_of(call);
    TRY(LogGroup group, find_group(logs.context.store, place, text_of(call.input, "logGroupName")));
    TRY_VOID(standard_class_only(group));
    // unverified: the wording.
    if (int_of(call.input, "from") > int_of(call.input, "to"))
      return AwsError(errors::invalid_parameter, "Invalid time range: 'from' must not be after 'to'.");
    TRY_VOID(check_bucket(logs, place, call.input));
    std::string id = logs.context.random.uuid();
    return logs.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
      for (const Json& other : storage::list_documents(txn, tasks_prefix(place))) {
        if (is_active(other)) return AwsError(errors::limit_exceeded, "Resource limit exceeded.");
      }
      Json task = call.input;
      task["taskId"] = id;
      task["account"] = place.account;
      task["region"] = place.region;
      if (!find(task, "destinationPrefix")) task["destinationPrefix"] = "exportedlogs";
      task["status"] = {{"code", "PENDING"}, {"message", "Pending"}};
      task["executionInfo"] = {{"creationTime", logs.context.clock.now_ms()}};
      storage::put_document(txn, task_key(place, id), task);
      txn.after_commit([logs = logs.shared_from_this()] { logs->housekeeper->wake(); });
      return Json{{"taskId", id}};
    });
  };
  return {.name = "CreateExportTask",
          .input = &input,
          .access = group_access("CreateExportTask"),
          .handle = JsonHandler(handle)};
}

Operation describe_export_tasks(Logs& logs) {
  static const Shape input = structure({
      protocol::optional("taskId", string().length(1, 512)),
      protocol::optional("statusCode",
                         string().one_of({"CANCELLED", "COMPLETED", "FAILED", "PENDING", "PENDING_CANCEL", "RUNNING"})),
      protocol::optional("nextToken", string().length(1, -1)),
      protocol::optional("limit", integer().range(1, 50)),
  });
  auto handle = [&logs](Call& call) -> Result<Json> {
    auto id = optional_text(call.input, "taskId"), status = optional_text(call.input, "statusCode");
    return page_of(logs.context.store, tasks_prefix(place_of(call)), call.input, "exportTasks",
                   [&](const Json& task) -> std::optional<Json> {
                     if (id && text_of(task, "taskId") != *id) return std::nullopt;
                     if (status && text_of(task.at("status"), "code") != *status) return std::nullopt;
                     return describe(task);
                   });
  };
  return {.name = "DescribeExportTasks",
          .input = &input,
          .access = anywhere_access("DescribeExportTasks"),
          .handle = JsonHandler(handle)};
}

Operation cancel_export_task(Logs& logs) {
  static const Shape input = structure({required("taskId", string().length(1, 512))});
  auto handle = [&logs](Call& call) -> Result<Json> {
    std::string key = task_key(place_of(call), text_of(call.input, "taskId"));
    return logs.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
      auto task = storage::get_document(txn, key);
      if (!task) return AwsError(errors::resource_not_found, "The specified export task does not exist.");
      // unverified: the wording.
      if (!is_active(*task)) return AwsError(kInvalidOperation, "The specified export task has already finished.");
      (*task)["status"] = {{"code", "CANCELLED"}, {"message", "Cancelled by user"}};
      (*task)["executionInfo"]["completionTime"] = logs.context.clock.now_ms();
      storage::put_document(txn, key, *task);
      return Json();
    });
  };
  return {.name = "CancelExportTask",
          .input = &input,
          .access = anywhere_access("CancelExportTask"),
          .handle = JsonHandler(handle)};
}

}  // namespace millrace::logs
