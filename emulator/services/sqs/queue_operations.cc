// CreateQueue, DeleteQueue, GetQueueUrl, ListQueues, PurgeQueue.

#include "emulator/base/encoding.h"
#include "emulator/protocol/pages.h"
#include "emulator/services/sqs/attributes.h"
#include "emulator/services/sqs/sqs.h"
#include "emulator/storage/documents.h"

namespace millrace::sqs {

using namespace protocol;

namespace {

bool is_queue_name(const std::string& name) {
  if (name.empty() || name.size() > 80) return false;
  return name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") ==
         std::string::npos;
}

Result<void> check_name(const std::string& name, bool fifo) {
  if (fifo && !(name.ends_with(".fifo") && name.size() <= 80 && is_queue_name(name.substr(0, name.size() - 5))))
    return AwsError(errors::invalid_value,
                    "The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must "
                    "end with .fifo suffix and be 1 to 80 in length");
  if (!fifo && !is_queue_name(name))
    return AwsError(errors::invalid_value,
                    "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length");
  return {};
}

/// The name of an attribute on which an existing queue differs from what CreateQueue asks for; empty if none.
std::string differing_attribute(const Queue& queue, const Json& wanted) {
  for (const auto& [name, value] : wanted.items()) {
    std::string text = value.is_string() ? value.get<std::string>() : to_text(value);
    std::string current = text_of(queue.attributes, name);
    if (current.empty()) {
      if (auto number = default_number(name)) current = std::to_string(*number);
    }
    if (current != text) return name;
  }
  return "";
}

constexpr const char* kDeleted = "deleted";
constexpr const char* kPurged = "purged";

/// Under --aws-delays: AWS makes no queue of a name within a minute of its deletion, and purges a queue once a minute. The
/// document holds an account's names and until when that is so; those of the past are dropped at each change.
std::string minute_key(const char* what, const std::string& account, const std::string& region) {
  return storage::document_key({"sqs", what, account, region});
}

void remember(Sqs& sqs, storage::Txn& txn, const char* what, const Queue& queue) {
  constexpr Millis kWaitMs = 60'000;
  const Millis now = sqs.context.clock.now_ms();
  const std::string key = minute_key(what, queue.account, queue.region);
  Json kept{{queue.name, now + kWaitMs}};
  const Json before = storage::get_document(txn, key).value_or(Json::object());
  for (const auto& [name, until] : before.items()) {
    if (until.get<Millis>() > now && !kept.contains(name)) kept[name] = until;
  }
  storage::put_document(txn, key, kept);
}

bool was_recently(Sqs& sqs, const storage::Reader& reader, const std::string& key, const std::string& name) {
  if (!sqs.context.aws_delays) return false;
  auto document = storage::get_document(reader, key);
  return document && int_of(*document, name) > sqs.context.clock.now_ms();
}

Result<void> check_not_deleted_recently(Sqs& sqs, const storage::Reader& reader, const Call& call,
                                        const std::string& name) {
  if (!was_recently(sqs, reader, minute_key(kDeleted, call.caller.account, call.caller.region), name)) return {};
  return AwsError(errors::queue_deleted_recently,
                  "You must wait 60 seconds after deleting a queue before you can create another with the same name.");
}

}  // namespace

Result<Pager> page_in(const Call& call, std::string_view of) {
  constexpr int64_t kPageMax = 1000;
  auto max = static_cast<size_t>(number_of(call.input, "MaxResults", kPageMax));
  auto pager = Pager::open(list_name(call, of), text_of(call.input, "NextToken"), max);
  // unverified: AWS's words
  if (!pager) return AwsError(errors::invalid_value, "Invalid or expired next token.");
  return std::move(*pager);
}

void end_page(const Call& call, const Pager& page, Json& answer) {
  auto next = page.next_token();
  if (next && find(call.input, "MaxResults")) answer["NextToken"] = std::move(*next);
}

Operation create_queue(Sqs& sqs) {
  static const Shape input = structure({required("QueueName", string()), protocol::optional("Attributes", map(any())),
                                        protocol::optional("tags", map(string()))});
  auto handle = [&sqs](Call& call) -> Result<Json> {
    std::string name = text_of(call.input, "QueueName");
    Json attributes = call.input.value("Attributes", Json::object());
    for (const char* flag : {"FifoQueue", "ContentBasedDeduplication", "SqsManagedSseEnabled"}) {
      if (attributes.contains(flag)) attributes[flag] = to_lower(text_of(attributes, flag));
    }
    TRY_VOID(check_name(name, text_of(attributes, "FifoQueue") == "true"));
    TRY_VOID(check_attributes(attributes, name.ends_with(".fifo")));
    return sqs.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
      auto queue = find_queue(txn, call.caller.account, call.caller.region, name);
      if (queue) {
        std::string differing = differing_attribute(*queue, attributes);
        if (!differing.empty())
          return AwsError(errors::queue_exists,
                          "A queue already exists with the same name and a different value for attribute " + differing);
        return Json{{"QueueUrl", queue_url(call, *queue)}};
      }
      TRY_VOID(check_not_deleted_recently(sqs, txn, call, name));
      Queue made;
      made.name = name;
      TRY_VOID(check_redrive_policy(txn, made, attributes));
      made.account = call.caller.account;
      made.region = call.caller.region;
      made.created_ms = made.modified_ms = sqs.context.clock.now_ms();
      made.attributes = attributes;
      made.tags = call.input.value("tags", Json::object());
      TRY_VOID(check_tags(made));
      put_queue(txn, made);
      return Json{{"QueueUrl", queue_url(call, made)}};
    });
  };
  return {.name = "CreateQueue",
          .input = &input,
          .access = queue_access(sqs, "CreateQueue"),
          .handle = JsonHandler(handle)};
}

Operation delete_queue(Sqs& sqs) {
  auto handle = [&sqs](Call& call) -> Result<Json> {
    return sqs.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
      TRY(Queue queue, named_queue(txn, call));
      erase_queue(txn, queue);
      if (sqs.context.aws_delays) remember(sqs, txn, kDeleted, queue);
      return Json();
    });
  };
  return {.name = "DeleteQueue", .access = queue_access(sqs, "DeleteQueue"), .handle = JsonHandler(handle)};
}

Operation get_queue_url(Sqs& sqs) {
  static const Shape input =
      structure({required("QueueName", string()), protocol::optional("QueueOwnerAWSAccountId", string())});
  auto handle = [&sqs](Call& call) -> Result<Json> {
    std::string account = text_of(call.input, "QueueOwnerAWSAccountId", call.caller.account);
    auto queue = find_queue(sqs.context.store, account, call.caller.region, text_of(call.input, "QueueName"));
    if (!queue) return queue_does_not_exist();
    return Json{{"QueueUrl", queue_url(call, *queue)}};
  };
  return {.name = "GetQueueUrl",
          .input = &input,
          .access = queue_access(sqs, "GetQueueUrl"),
          .handle = JsonHandler(handle)};
}

Operation list_queues_operation(Sqs& sqs) {
  static const Shape input =
      structure({protocol::optional("QueueNamePrefix", string()), protocol::optional("NextToken", string()),
                 protocol::optional("MaxResults", integer().range(1, 1000))});
  auto handle = [&sqs](Call& call) -> Result<Json> {
    std::string prefix = text_of(call.input, "QueueNamePrefix");
    TRY(Pager page, page_in(call, prefix));
    Json urls = Json::array();
    for (const Queue& queue : list_queues(sqs.context.store, call.caller.account, call.caller.region)) {
      if (queue.name.starts_with(prefix) && page.takes(queue.name)) urls.push_back(queue_url(call, queue));
    }
    Json out = Json::object();
    if (!urls.empty()) out["QueueUrls"] = urls;
    end_page(call, page, out);
    return out;
  };
  return {.name = "ListQueues",
          .input = &input,
          .access = [](const Call&) -> Result<AccessNeeds> {
            return AccessNeeds{{"sqs:ListQueues", "*"}};
          },
          .handle = JsonHandler(handle)};
}

Operation purge_queue(Sqs& sqs) {
  auto handle = [&sqs](Call& call) -> Result<Json> {
    return sqs.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
      TRY(Queue queue, named_queue(txn, call));
      if (was_recently(sqs, txn, minute_key(kPurged, queue.account, queue.region), queue.name))
        return AwsError(errors::purge_in_progress,
                        "Only one PurgeQueue operation on " + queue.name + " is allowed every 60 seconds.");
      if (sqs.context.aws_delays) remember(sqs, txn, kPurged, queue);
      erase_messages(txn, queue);
      return Json();
    });
  };
  return {.name = "PurgeQueue", .access = queue_access(sqs, "PurgeQueue"), .handle = JsonHandler(handle)};
}

}  // namespace millrace::sqs
