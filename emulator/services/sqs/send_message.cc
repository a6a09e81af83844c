#include "emulator/base/encoding.h"
#include "emulator/services/sqs/attributes.h"
#include "emulator/services/sqs/sqs.h"

namespace millrace::sqs {

using namespace protocol;

namespace {

constexpr size_t kBatchBytesMax = 1'048'576;  // 262,144 until August 2025

size_t size_of(const Json& entry) {
  size_t size = text_of(entry, "MessageBody").size();
  const Json* attributes = find(entry, "MessageAttributes");
  if (!attributes) return size;
  for (const auto& [name, value] : attributes->items())
    size += name.size() + text_of(value, "DataType").size() + text_of(value, "StringValue").size() + text_of(value, "BinaryValue").size() * 3 / 4;
  return size;
}

Result<void> check_message_attributes(const Json& attributes) {
  if (attributes.size() > 10) return AwsError(errors::invalid_value, "Number of message attributes [" + std::to_string(attributes.size()) + "] exceeds the allowed maximum [10].");
  for (const auto& [name, value] : attributes.items()) {
    std::string type = text_of(value, "DataType");
    if (type.empty()) return AwsError(errors::invalid_value, "The message attribute '" + name + "' must contain a non-empty message attribute type.");
    std::string base = type.substr(0, type.find('.'));
    if (base != "String" && base != "Number" && base != "Binary")
      return AwsError(errors::invalid_value, "The message attribute '" + name + "' has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String.");
    const char* member = base == "Binary" ? "BinaryValue" : "StringValue";
    if (text_of(value, member).empty())
      return AwsError(errors::invalid_value, "The message attribute '" + name + "' must contain a non-empty message attribute value for message attribute type '" + base + "'.");
  }
  return {};
}

/// Checks one message and says what to store.
Result<NewMessage> read_message(Sqs& sqs, const Queue& queue, const Json& entry, const Call& call) {
  NewMessage message;
  message.body = text_of(entry, "MessageBody");
  if (message.body.empty()) return AwsError(errors::missing_parameter, "The request must contain the parameter MessageBody.");
  auto max = static_cast<size_t>(queue.number("MaximumMessageSize"));
  if (size_of(entry) > max)
    return AwsError(errors::invalid_value, "One or more parameters are invalid. Reason: Message must be shorter than " + std::to_string(max) + " bytes.");
  message.message_attributes = entry.value("MessageAttributes", Json::object());
  TRY_VOID(check_message_attributes(message.message_attributes));
  if (const Json* system = find(entry, "MessageSystemAttributes")) {
    for (const auto& [name, value] : system->items()) message.system_attributes[name] = text_of(value, "StringValue");
  }
  const Json* delay = find(entry, "DelaySeconds");
  if (delay) message.delay_s = delay->is_string() ? std::strtoll(delay->get<std::string>().c_str(), nullptr, 10) : delay->get<int64_t>();
  if (delay && (message.delay_s < 0 || message.delay_s > 900))
    return AwsError(errors::invalid_value, "Value " + std::to_string(message.delay_s) + " for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= 900.");
  message.message_id = sqs.context.random.uuid();
  message.sender_id = call.caller.user_id.empty() ? call.caller.account : call.caller.user_id;
  return message;
}

Json answer(const NewMessage& message) {
  Json out{{"MessageId", message.message_id}, {"MD5OfMessageBody", to_hex(md5(message.body))}};
  std::string attributes_md5 = md5_of_attributes(message.message_attributes);
  if (!attributes_md5.empty()) out["MD5OfMessageAttributes"] = attributes_md5;
  return out;
}

void send_and_wake(storage::Txn& txn, Sqs& sqs, const Queue& queue, const NewMessage& message) {
  Millis now = sqs.context.clock.now_ms();
  send(txn, queue, message, now);
  int64_t delay_s = message.delay_s >= 0 ? message.delay_s : queue.number("DelaySeconds");
  wake_after_commit(txn, sqs, queue, now + delay_s * 1000);
}

}  // namespace

Operation send_message(Sqs& sqs) {
  auto handle = [&sqs](Call& call) -> Result<Json> {
    return sqs.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
      TRY(Queue queue, named_queue(txn, call));
      TRY(NewMessage message, read_message(sqs, queue, call.input, call));
      send_and_wake(txn, sqs, queue, message);
      return answer(message);
    });
  };
  return {.name = "SendMessage", .access = queue_access(sqs, "SendMessage"), .handle = JsonHandler(handle)};
}

Operation send_message_batch(Sqs& sqs) {
  auto handle = [&sqs](Call& call) -> Result<Json> {
    Json entries = call.input.value("Entries", Json::array());
    TRY_VOID(check_batch(entries));
    size_t bytes = 0;
    for (const Json& entry : entries) bytes += size_of(entry);
    if (bytes > kBatchBytesMax)
      return AwsError(errors::batch_too_long, "Batch requests cannot be longer than " + std::to_string(kBatchBytesMax) + " bytes. You have sent " + std::to_string(bytes) + " bytes.");
    return sqs.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
      TRY(Queue queue, named_queue(txn, call));
      Json successful = Json::array(), failed = Json::array();
      for (const Json& entry : entries) {
        Result<NewMessage> message = read_message(sqs, queue, entry, call);
        if (message.has_error()) {
          failed.push_back({{"Id", text_of(entry, "Id")}, {"SenderFault", true}, {"Code", message.error().kind->code}, {"Message", message.error().message}});
          continue;
        }
        send_and_wake(txn, sqs, queue, *message);
        Json sent{{"Id", text_of(entry, "Id")}};
        sent.update(answer(*message));
        successful.push_back(sent);
      }
      Json out = Json::object();
      if (!successful.empty()) out["Successful"] = successful;
      if (!failed.empty()) out["Failed"] = failed;
      return out;
    });
  };
  return {.name = "SendMessageBatch", .access = queue_access(sqs, "SendMessage"), .handle = JsonHandler(handle)};
}

}  // namespace millrace::sqs
