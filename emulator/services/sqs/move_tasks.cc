// Moving messages back from a dead-letter queue. A queue's tasks are one document, newest first; a task that moves at most
// so many messages a second goes on from it after a restart.

#include <algorithm>

#include "emulator/base/arn.h"
#include "emulator/base/encoding.h"
#include "emulator/services/sqs/sqs.h"
#include "emulator/storage/documents.h"

namespace millrace::sqs {

using namespace protocol;

namespace {

constexpr int64_t kMovedPerChange = 500;  // so that other writers get their turn; also AWS's fastest a second [doc]
constexpr size_t kTasksShownMax = 10;     // of a queue, newest first [doc]

std::string tasks_prefix() {
  return storage::document_key({"sqs", "moves"});
}
std::string tasks_key(const std::string& queue_arn) {
  return storage::document_key({"sqs", "moves", queue_arn});
}
Json tasks_of(const storage::Reader& reader, const std::string& queue_arn) {
  return storage::get_document(reader, tasks_key(queue_arn)).value_or(Json::array());
}

bool is_running(const Json& task) {
  return text_of(task, "Status") == "RUNNING";
}

Result<Queue> queue_by_arn(const storage::Reader& reader, const std::string& arn, const char* parameter) {
  if (!Arn::parse(arn))  // unverified: that every parameter is told so
    return AwsError(errors::invalid_value, std::string("You must use this format to specify the ") + parameter +
                                               ": arn:<partition>:<service>:<region>:<account-id>:<resource-id>");
  auto queue = find_queue_by_arn(reader, arn);
  if (!queue)
    return AwsError(errors::resource_not_found,
                    std::string("The resource that you specified for the ") + parameter + " parameter doesn't exist.");
  return std::move(*queue);
}

std::function<Result<AccessNeeds>(const Call&)> access_to_source(std::string action) {
  return [action = "sqs:" + action](const Call& call) -> Result<AccessNeeds> {
    std::string arn = text_of(call.input, "SourceArn");
    return AccessNeeds{{action, arn.empty() ? "*" : arn}};
  };
}

void go_on(Sqs& sqs, const std::string& source_arn, const std::string& handle);

/// Moves one second's messages, or one change's of a task without a rate, and comes again for the rest. False if the
/// task doesn't run.
bool step(storage::Txn& txn, Sqs& sqs, const std::string& source_arn, const std::string& handle) {
  Json tasks = tasks_of(txn, source_arn);
  auto task = std::find_if(tasks.begin(), tasks.end(),
                           [&](const Json& one) { return text_of(one, "TaskHandle") == handle && is_running(one); });
  if (task == tasks.end()) return false;
  const int64_t rate = int_of(*task, "MaxNumberOfMessagesPerSecond", kMovedPerChange);
  const std::string destination = text_of(*task, "DestinationArn");
  auto source = find_queue_by_arn(txn, source_arn);
  auto target = destination.empty() ? std::nullopt : find_queue_by_arn(txn, destination);
  const Millis now = sqs.context.clock.now_ms();
  const bool lost = !source || (!destination.empty() && !target);
  size_t moved = 0;
  if (!lost) {
    moved = move_messages(txn, *source, target ? &*target : nullptr, static_cast<size_t>(rate), now,
                          [&](const Queue& queue) {
                            wake_after_commit(txn, sqs, queue, now);
                            sqs.meter.touched(queue.arn());
                          });
  }
  (*task)["ApproximateNumberOfMessagesMoved"] =
      int_of(*task, "ApproximateNumberOfMessagesMoved") + static_cast<int64_t>(moved);
  if (lost) (*task)["FailureReason"] = "AWS.SimpleQueueService.NonExistentQueue";
  const bool more = !lost && static_cast<int64_t>(moved) == rate;
  if (!more) (*task)["Status"] = lost ? "FAILED" : "COMPLETED";
  const Millis next = find(*task, "MaxNumberOfMessagesPerSecond") ? now + 1000 : now;
  storage::put_document(txn, tasks_key(source_arn), tasks);
  if (!more) return true;
  txn.after_commit([&sqs, source_arn, handle, next] {
    sqs.context.timers.at(next, [&sqs, source_arn, handle] {
      if (!sqs.waiters.closed()) go_on(sqs, source_arn, handle);
    });
  });
  return true;
}

void go_on(Sqs& sqs, const std::string& source_arn, const std::string& handle) {
  sqs.context.store.submit([&sqs, source_arn, handle](storage::Txn& txn) { return step(txn, sqs, source_arn, handle); },
                           nullptr);
}

/// The task as its list shows it: a handle only while it runs.
Json shown(Json task) {
  if (!is_running(task)) task.erase("TaskHandle");
  return task;
}

Result<void> check_rate(const Json& input) {
  const int64_t rate = number_of(input, "MaxNumberOfMessagesPerSecond", 1);
  if (rate >= 1 && rate <= kMovedPerChange) return {};
  return AwsError(errors::invalid_value,  // unverified: AWS's words
                  "Value " + std::to_string(rate) +
                      " for parameter MaxNumberOfMessagesPerSecond is invalid. Reason: Must be between 1 and 500.");
}

}  // namespace

void resume_move_tasks(Sqs& sqs) {
  for (const Json& tasks : storage::list_documents(sqs.context.store, tasks_prefix())) {
    for (const Json& task : tasks) {
      if (is_running(task)) go_on(sqs, text_of(task, "SourceArn"), text_of(task, "TaskHandle"));
    }
  }
}

Operation start_message_move_task(Sqs& sqs) {
  static const Shape input = structure({required("SourceArn", string()), protocol::optional("DestinationArn", string()),
                                        protocol::optional("MaxNumberOfMessagesPerSecond", any())});
  auto handle = [&sqs](Call& call) -> Result<Json> {
    TRY(Queue source, queue_by_arn(sqs.context.store, text_of(call.input, "SourceArn"), "SourceArn"));
    std::vector<Queue> queues = list_queues(sqs.context.store, source.account, source.region);
    bool is_dead_letter_queue = std::any_of(
        queues.begin(), queues.end(), [&](const Queue& queue) { return dead_letter_target(queue) == source.arn(); });
    if (!is_dead_letter_queue)
      return AwsError(errors::invalid_value, "Source queue must be configured as a Dead Letter Queue.");
    std::string destination = text_of(call.input, "DestinationArn");
    if (!destination.empty()) TRY_VOID(queue_by_arn(sqs.context.store, destination, "DestinationArn"));
    TRY_VOID(check_rate(call.input));
    std::string task_handle =
        to_base64(to_text(Json{{"taskId", sqs.context.random.uuid()}, {"sourceArn", source.arn()}}));
    Json task{{"TaskHandle", task_handle}, {"Status", "RUNNING"}, {"SourceArn", source.arn()}};
    task["StartedTimestamp"] = sqs.context.clock.now_ms();
    task["ApproximateNumberOfMessagesMoved"] = 0;
    if (!destination.empty()) task["DestinationArn"] = destination;
    if (find(call.input, "MaxNumberOfMessagesPerSecond"))
      task["MaxNumberOfMessagesPerSecond"] = number_of(call.input, "MaxNumberOfMessagesPerSecond", 1);
    TRY_VOID(sqs.context.store.transact([&](storage::Txn& txn) -> Result<void> {
      Json tasks = tasks_of(txn, source.arn());
      if (std::any_of(tasks.begin(), tasks.end(), is_running))
        return AwsError(errors::unsupported_operation,
                        "There is already a task running. Only one active task is allowed for a source queue arn at a "
                        "given time.");
      task["ApproximateNumberOfMessagesToMove"] = count(txn, source, sqs.context.clock.now_ms()).visible;
      tasks.insert(tasks.begin(), task);
      if (tasks.size() > kTasksShownMax) tasks.erase(tasks.size() - 1);
      storage::put_document(txn, tasks_key(source.arn()), tasks);
      step(txn, sqs, source.arn(), task_handle);  // what is soon done is done when the answer comes
      return {};
    }));
    return Json{{"TaskHandle", task_handle}};
  };
  return {.name = "StartMessageMoveTask",
          .input = &input,
          .access = access_to_source("StartMessageMoveTask"),
          .handle = JsonHandler(handle)};
}

Operation list_message_move_tasks(Sqs& sqs) {
  static const Shape input = structure({required("SourceArn", string()), protocol::optional("MaxResults", any())});
  auto handle = [&sqs](Call& call) -> Result<Json> {
    TRY(Queue source, queue_by_arn(sqs.context.store, text_of(call.input, "SourceArn"), "SourceArn"));
    auto limit = static_cast<size_t>(std::clamp<int64_t>(number_of(call.input, "MaxResults", 1), 0, kTasksShownMax));
    Json results = Json::array();
    for (const Json& task : tasks_of(sqs.context.store, source.arn())) {
      if (results.size() < limit) results.push_back(shown(task));
    }
    return Json{{"Results", std::move(results)}};
  };
  return {.name = "ListMessageMoveTasks",
          .input = &input,
          .access = access_to_source("ListMessageMoveTasks"),
          .handle = JsonHandler(handle)};
}

Operation cancel_message_move_task(Sqs& sqs) {
  static const Shape input = structure({required("TaskHandle", string())});
  auto handle = [&sqs](Call& call) -> Result<Json> {
    const std::string given = text_of(call.input, "TaskHandle");
    auto plain = from_base64(given);
    auto parts = plain ? parse_json(*plain) : std::nullopt;
    if (!parts || !parts->is_object() || text_of(*parts, "sourceArn").empty())
      return AwsError(errors::invalid_value, "Value " + given + " for parameter TaskHandle is invalid.");
    const std::string source_arn = text_of(*parts, "sourceArn");
    return sqs.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
      Json tasks = tasks_of(txn, source_arn);
      for (Json& task : tasks) {
        if (text_of(task, "TaskHandle") != given || !is_running(task)) continue;
        task["Status"] = "CANCELLED";
        storage::put_document(txn, tasks_key(source_arn), tasks);
        return Json{{"ApproximateNumberOfMessagesMoved", int_of(task, "ApproximateNumberOfMessagesMoved")}};
      }
      return AwsError(errors::resource_not_found, "Task does not exist.");  // unverified: also of one that has ended
    });
  };
  auto access = [](const Call& call) -> Result<AccessNeeds> {
    auto plain = from_base64(text_of(call.input, "TaskHandle"));
    auto parts = plain ? parse_json(*plain) : std::nullopt;
    std::string arn = parts && parts->is_object() ? text_of(*parts, "sourceArn") : "";
    return AccessNeeds{{"sqs:CancelMessageMoveTask", arn.empty() ? "*" : arn}};
  };
  return {.name = "CancelMessageMoveTask", .input = &input, .access = access, .handle = JsonHandler(handle)};
}

}  // namespace millrace::sqs
