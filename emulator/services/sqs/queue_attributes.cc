// Attributes and tags of a queue.

#include <algorithm>

#include "emulator/base/encoding.h"
#include "emulator/protocol/tag_keys.h"
#include "emulator/services/sqs/attributes.h"
#include "emulator/services/sqs/sqs.h"

namespace millrace::sqs {

using namespace protocol;

namespace {

/// All attributes as GetQueueAttributes gives them, in AWS's words.
Json all_attributes(Sqs& sqs, const Queue& queue) {
  Counts counts = count(sqs.context.store, queue, sqs.context.clock.now_ms());
  Json out{{"QueueArn", queue.arn()},
           {"ApproximateNumberOfMessages", std::to_string(counts.visible)},
           {"ApproximateNumberOfMessagesNotVisible", std::to_string(counts.in_flight)},
           {"ApproximateNumberOfMessagesDelayed", std::to_string(counts.delayed)},
           {"CreatedTimestamp", std::to_string(queue.created_ms / 1000)},
           {"LastModifiedTimestamp", std::to_string(queue.modified_ms / 1000)}};
  for (const char* name : {"VisibilityTimeout", "MaximumMessageSize", "MessageRetentionPeriod", "DelaySeconds",
                           "ReceiveMessageWaitTimeSeconds"})
    out[name] = std::to_string(queue.number(name));
  bool own_key = !text_of(queue.attributes, "KmsMasterKeyId").empty();
  if (own_key) out["KmsDataKeyReusePeriodSeconds"] = std::to_string(queue.number("KmsDataKeyReusePeriodSeconds"));
  out["SqsManagedSseEnabled"] = text_of(queue.attributes, "SqsManagedSseEnabled", own_key ? "false" : "true");
  if (queue.fifo()) {
    for (const auto& [name, fallback] : fifo_defaults()) out[name] = text_of(queue.attributes, name, fallback);
  }
  for (const char* name : {"Policy", "RedrivePolicy", "RedriveAllowPolicy", "KmsMasterKeyId"}) {
    std::string text = text_of(queue.attributes, name);
    if (!text.empty()) out[name] = text;
  }
  return out;
}

}  // namespace

Operation get_queue_attributes(Sqs& sqs) {
  static const Shape input =
      structure({protocol::optional("QueueUrl", string()), protocol::optional("AttributeNames", list(string()))});
  auto handle = [&sqs](Call& call) -> Result<Json> {
    TRY(Queue queue, named_queue(sqs.context.store, call));
    Json wanted = call.input.value("AttributeNames", Json::array()), all = all_attributes(sqs, queue),
         out = Json::object();
    for (const Json& element : wanted) {
      std::string name = element.get<std::string>();
      if (name == "All") return Json{{"Attributes", all}};
      bool known = all.contains(name) || default_number(name) || name == "Policy" || name.starts_with("Redrive") ||
                   name == "KmsMasterKeyId" || name == "FifoQueue" || name == "ContentBasedDeduplication" ||
                   name == "DeduplicationScope" || name == "FifoThroughputLimit";
      if (!known) return AwsError(errors::invalid_attribute_name, "Unknown Attribute " + name + ".");
      if (all.contains(name)) out[name] = all[name];
    }
    return out.empty() ? Json::object() : Json{{"Attributes", out}};
  };
  return {.name = "GetQueueAttributes",
          .input = &input,
          .access = queue_access(sqs, "GetQueueAttributes"),
          .handle = JsonHandler(handle)};
}

Operation set_queue_attributes(Sqs& sqs) {
  static const Shape input = structure({required("QueueUrl", string()), required("Attributes", map(any()))});
  auto handle = [&sqs](Call& call) -> Result<Json> {
    return sqs.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
      TRY(Queue queue, named_queue(txn, call));
      TRY_VOID(check_attributes(call.input["Attributes"], queue.fifo()));
      TRY_VOID(check_redrive_policy(txn, queue, call.input["Attributes"]));
      for (const auto& [name, value] : call.input["Attributes"].items()) {
        std::string text = value.is_string() ? value.get<std::string>() : to_text(value);
        if (text.empty())
          queue.attributes.erase(name);
        else
          queue.attributes[name] = text;
      }
      queue.modified_ms = sqs.context.clock.now_ms();
      put_queue(txn, queue);
      return Json();
    });
  };
  return {.name = "SetQueueAttributes",
          .input = &input,
          .access = queue_access(sqs, "SetQueueAttributes"),
          .handle = JsonHandler(handle)};
}

Result<void> check_tags(const Queue& queue) {
  constexpr size_t kTagsMax = 50;
  if (queue.tags.size() > kTagsMax)
    return AwsError(errors::invalid_value, "Too many tags added for queue " + queue.name + ".");
  for (const auto& [key, value] : queue.tags.items()) {
    if (protocol::is_reserved_tag_key(key))  // unverified: AWS's words
      return AwsError(errors::invalid_value, "Tag keys must not start with aws:.");
  }
  return {};
}

Operation tag_queue(Sqs& sqs) {
  static const Shape input = structure({required("QueueUrl", string()), required("Tags", map(string()))});
  auto handle = [&sqs](Call& call) -> Result<Json> {
    return sqs.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
      TRY(Queue queue, named_queue(txn, call));
      for (const auto& [key, value] : call.input["Tags"].items()) queue.tags[key] = value;
      TRY_VOID(check_tags(queue));
      put_queue(txn, queue);
      return Json();
    });
  };
  return {.name = "TagQueue", .input = &input, .access = queue_access(sqs, "TagQueue"), .handle = JsonHandler(handle)};
}

Operation untag_queue(Sqs& sqs) {
  static const Shape input = structure({required("QueueUrl", string()), required("TagKeys", list(string()))});
  auto handle = [&sqs](Call& call) -> Result<Json> {
    return sqs.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
      TRY(Queue queue, named_queue(txn, call));
      for (const Json& key : call.input["TagKeys"]) queue.tags.erase(key.get<std::string>());
      put_queue(txn, queue);
      return Json();
    });
  };
  return {
      .name = "UntagQueue", .input = &input, .access = queue_access(sqs, "UntagQueue"), .handle = JsonHandler(handle)};
}

Operation list_queue_tags(Sqs& sqs) {
  auto handle = [&sqs](Call& call) -> Result<Json> {
    TRY(Queue queue, named_queue(sqs.context.store, call));
    return queue.tags.empty() ? Json::object() : Json{{"Tags", queue.tags}};
  };
  return {.name = "ListQueueTags", .access = queue_access(sqs, "ListQueueTags"), .handle = JsonHandler(handle)};
}

}  // namespace millrace::sqs
