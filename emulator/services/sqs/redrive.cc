// Dead-letter queues: which queues name one, checking a redrive policy, moving messages back.

#include <algorithm>

#include "emulator/base/encoding.h"
#include "emulator/services/sqs/sqs.h"
#include "emulator/storage/documents.h"

namespace millrace::sqs {

using namespace protocol;

namespace {

constexpr size_t kMovedPerChange = 500;  // so that other writers get their turn
constexpr size_t kTasksShownMax = 10;    // of a queue, newest first [doc]

std::string dead_letter_target(const Queue& queue) {
  auto policy = parse_json(text_of(queue.attributes, "RedrivePolicy"));
  return policy ? text_of(*policy, "deadLetterTargetArn") : "";
}

std::string tasks_key(const Queue& queue) {
  return storage::document_key({"sqs", "moves", queue.arn()});
}

Result<Queue> queue_by_arn(const storage::Reader& reader, const std::string& arn) {
  auto queue = find_queue_by_arn(reader, arn);
  // unverified: AWS's text
  if (!queue)
    return AwsError(errors::resource_not_found,
                    "The resource that you specified for the SourceArn parameter doesn't exist.");
  return std::move(*queue);
}

std::function<Result<AccessNeeds>(const Call&)> access_to_source(std::string action) {
  return [action = "sqs:" + action](const Call& call) -> Result<AccessNeeds> {
    std::string arn = text_of(call.input, "SourceArn");
    return AccessNeeds{{action, arn.empty() ? "*" : arn}};
  };
}

/// Moves everything, in several changes; returns how many.
Result<int64_t> move_all(Sqs& sqs, const Queue& source, const std::string& destination_arn) {
  int64_t total = 0;
  while (true) {
    TRY(int64_t moved, sqs.context.store.transact([&](storage::Txn& txn) -> Result<int64_t> {
      auto target = destination_arn.empty() ? std::nullopt : find_queue_by_arn(txn, destination_arn);
      Millis now = sqs.context.clock.now_ms();
      return static_cast<int64_t>(move_messages(txn, source, target ? &*target : nullptr, kMovedPerChange, now,
                                                [&](const Queue& queue) { wake_after_commit(txn, sqs, queue, now); }));
    }));
    total += moved;
    if (moved < static_cast<int64_t>(kMovedPerChange)) return total;
  }
}

}  // namespace

Result<void> check_redrive_policy(const storage::Reader& reader, const Queue& queue, const Json& attributes) {
  std::string text = text_of(attributes, "RedrivePolicy");
  auto policy = parse_json(text);
  if (text.empty() || !policy || !policy->is_object()) return {};
  auto refuse = [&](const std::string& reason) {
    return AwsError(errors::invalid_value,
                    "Value " + text + " for parameter RedrivePolicy is invalid. Reason: " + reason);
  };
  const Json* count = find(*policy, "maxReceiveCount");
  if (!count) return refuse("Redrive policy does not contain mandatory attribute: maxReceiveCount.");
  std::string number = count->is_string() ? count->get<std::string>() : to_text(*count);
  bool digits = !number.empty() && number.size() <= 4 && number.find_first_not_of("0123456789") == std::string::npos;
  if (!digits || std::stoi(number) < 1 || std::stoi(number) > 1000)
    return refuse("Invalid value for maxReceiveCount: " + number + ", valid values are from 1 to 1000 both inclusive.");
  std::string target = text_of(*policy, "deadLetterTargetArn");
  if (target.empty()) return refuse("Redrive policy does not contain mandatory attribute: deadLetterTargetArn.");
  auto dead_letters = find_queue_by_arn(reader, target);
  if (!dead_letters) return refuse("Dead letter target does not exist.");
  if (dead_letters->fifo() != queue.fifo())
    return refuse("Dead letter queue must be same type of queue as the source.");
  return {};
}

Operation list_dead_letter_source_queues(Sqs& sqs) {
  auto handle = [&sqs](Call& call) -> Result<Json> {
    TRY(Queue queue, named_queue(sqs.context.store, call));
    Json urls = Json::array();
    for (const Queue& other : list_queues(sqs.context.store, queue.account, queue.region)) {
      if (dead_letter_target(other) == queue.arn()) urls.push_back(queue_url(call, other));
    }
    return Json{{"queueUrls", urls}};
  };
  return {.name = "ListDeadLetterSourceQueues",
          .access = queue_access(sqs, "ListDeadLetterSourceQueues"),
          .handle = JsonHandler(handle)};
}

Operation start_message_move_task(Sqs& sqs) {
  static const Shape input = structure({required("SourceArn", string()), protocol::optional("DestinationArn", string()),
                                        protocol::optional("MaxNumberOfMessagesPerSecond", any())});
  auto handle = [&sqs](Call& call) -> Result<Json> {
    TRY(Queue source, queue_by_arn(sqs.context.store, text_of(call.input, "SourceArn")));
    std::vector<Queue> queues = list_queues(sqs.context.store, source.account, source.region);
    bool is_dead_letter_queue = std::any_of(
        queues.begin(), queues.end(), [&](const Queue& queue) { return dead_letter_target(queue) == source.arn(); });
    if (!is_dead_letter_queue)
      return AwsError(errors::invalid_value, "Source queue must be configured as a Dead Letter Queue.");
    std::string destination = text_of(call.input, "DestinationArn");
    if (!destination.empty()) TRY_VOID(queue_by_arn(sqs.context.store, destination));
    Millis started = sqs.context.clock.now_ms();
    TRY(int64_t moved, move_all(sqs, source, destination));
    std::string handle_text =
        to_base64(to_text(Json{{"taskId", sqs.context.random.uuid()}, {"sourceArn", source.arn()}}));
    Json task{{"TaskHandle", handle_text},
              {"Status", "COMPLETED"},
              {"SourceArn", source.arn()},
              {"StartedTimestamp", started}};
    task["ApproximateNumberOfMessagesMoved"] = moved;
    task["ApproximateNumberOfMessagesToMove"] = moved;
    if (!destination.empty()) task["DestinationArn"] = destination;
    TRY_VOID(sqs.context.store.transact([&](storage::Txn& txn) -> Result<void> {
      Json tasks = storage::get_document(txn, tasks_key(source)).value_or(Json::array());
      tasks.insert(tasks.begin(), task);
      if (tasks.size() > kTasksShownMax) tasks.erase(tasks.size() - 1);
      storage::put_document(txn, tasks_key(source), tasks);
      return {};
    }));
    return Json{{"TaskHandle", handle_text}};
  };
  return {.name = "StartMessageMoveTask",
          .input = &input,
          .access = access_to_source("StartMessageMoveTask"),
          .handle = JsonHandler(handle)};
}

Operation list_message_move_tasks(Sqs& sqs) {
  static const Shape input = structure({required("SourceArn", string()), protocol::optional("MaxResults", any())});
  auto handle = [&sqs](Call& call) -> Result<Json> {
    TRY(Queue source, queue_by_arn(sqs.context.store, text_of(call.input, "SourceArn")));
    const Json* wanted = find(call.input, "MaxResults");
    std::string text = !wanted ? "1" : wanted->is_string() ? wanted->get<std::string>() : to_text(*wanted);
    size_t limit = std::min<size_t>(kTasksShownMax, std::strtoul(text.c_str(), nullptr, 10));
    Json tasks = storage::get_document(sqs.context.store, tasks_key(source)).value_or(Json::array());
    Json shown = Json::array();
    for (Json& task : tasks) {
      if (shown.size() == limit) break;
      task.erase("TaskHandle");  // shown of running tasks only; here all have ended
      shown.push_back(task);
    }
    return Json{{"Results", shown}};
  };
  return {.name = "ListMessageMoveTasks",
          .input = &input,
          .access = access_to_source("ListMessageMoveTasks"),
          .handle = JsonHandler(handle)};
}

Operation cancel_message_move_task(Sqs&) {
  static const Shape input = structure({required("TaskHandle", string())});
  auto handle = [](Call&) -> Result<Json> {  // a task has ended when its start is answered; unverified: AWS's text
    return AwsError(errors::resource_not_found, "Task does not exist.");
  };
  return {.name = "CancelMessageMoveTask",
          .input = &input,
          .access = [](const Call&) -> Result<AccessNeeds> {
            return AccessNeeds{{"sqs:CancelMessageMoveTask", "*"}};
          },
          .handle = JsonHandler(handle)};
}

}  // namespace millrace::sqs
