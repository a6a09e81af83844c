#include <algorithm>

#include "emulator/base/encoding.h"
#include "emulator/protocol/message_attributes.h"
#include "emulator/services/sqs/attributes.h"
#include "emulator/services/sqs/key_use.h"
#include "emulator/services/sqs/sqs.h"

namespace millrace::sqs {

using namespace protocol;

namespace {

constexpr size_t kBatchBytesMax = 1'048'576;  // 262,144 until August 2025

std::vector<Member> message_members() {
  Shape typed = structure({protocol::optional("DataType", string()), protocol::optional("StringValue", string()),
                           protocol::optional("BinaryValue", string())});
  return {protocol::optional("MessageBody", string()), protocol::optional("MessageAttributes", map(typed)),
          protocol::optional("MessageGroupId", string()), protocol::optional("MessageSystemAttributes", map(typed)),
          protocol::optional("MessageDeduplicationId", string())};
}

/// The characters that XML may hold: others can't be received by every client.
bool has_only_allowed_characters(std::string_view body) {
  for (size_t i = 0; i < body.size(); ++i) {
    auto c = static_cast<unsigned char>(body[i]);
    if (c < 0x20 && c != '\t' && c != '\n' && c != '\r') return false;
    if (c == 0xEF && (body.substr(i, 3) == "\xEF\xBF\xBE" || body.substr(i, 3) == "\xEF\xBF\xBF"))
      return false;  // U+FFFE, U+FFFF
    if (c == 0xED && i + 1 < body.size() && static_cast<unsigned char>(body[i + 1]) >= 0xA0)
      return false;  // a surrogate
  }
  return true;
}

size_t size_of(const Json& entry) {
  size_t size = text_of(entry, "MessageBody").size();
  const Json* attributes = find(entry, "MessageAttributes");
  if (!attributes) return size;
  for (const auto& [name, value] : attributes->items())
    size += name.size() + text_of(value, "DataType").size() + text_of(value, "StringValue").size() +
            text_of(value, "BinaryValue").size() * 3 / 4;
  return size;
}

AwsError invalid_characters(const ErrorKind& kind) {  // unverified: AWS's words
  return {
      kind,
      "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | "
      "#x10000 to #x10FFFF"};
}

Result<void> check_message_attributes(const Json& attributes) {
  if (attributes.size() > 10)
    return AwsError(errors::invalid_value, "Number of message attributes [" + std::to_string(attributes.size()) +
                                               "] exceeds the allowed maximum [10].");
  for (const auto& [name, value] : attributes.items()) {
    if (name.empty())
      return AwsError(errors::invalid_value, "The request must contain non-empty message attribute name.");
    if (auto problem = attribute_name_problem(name)) return AwsError(errors::invalid_value, std::move(*problem));
    std::string type = text_of(value, "DataType");
    if (type.empty())
      return AwsError(errors::invalid_value,
                      "The message attribute '" + name + "' must contain a non-empty message attribute type.");
    std::string base = type.substr(0, type.find('.'));
    if (base != "String" && base != "Number" && base != "Binary")
      return AwsError(errors::invalid_value, "The type of message (user) attribute '" + name +
                                                 "' is invalid. You must use only the following supported type "
                                                 "prefixes: Binary, Number, String.");
    const char* member = base == "Binary" ? "BinaryValue" : "StringValue";
    if (text_of(value, member).empty())
      return AwsError(errors::invalid_value,
                      "Message (user) attribute '" + name + "' must contain a non-empty value of type '" + base + "'.");
    if (base != "Binary" && !has_only_allowed_characters(text_of(value, member)))
      return invalid_characters(errors::invalid_value);
    if (base == "Number" && !is_attribute_number(text_of(value, member)))  // unverified: AWS's words
      return AwsError(errors::invalid_value,
                      "Can't cast the value of message (user) attribute '" + name + "' to a number.");
  }
  return {};
}

/// AWSTraceHeader, the only one that AWS takes: given, or else the request's own X-Amzn-Trace-Id.
Result<Json> read_system_attributes(const Json& entry, const Call& call) {
  Json out = Json::object();
  if (std::string trace(call.http.headers.get("x-amzn-trace-id")); !trace.empty()) out["AWSTraceHeader"] = trace;
  const Json* given = find(entry, "MessageSystemAttributes");
  if (!given) return out;
  for (const auto& [name, value] : given->items()) {
    if (name != "AWSTraceHeader")  // unverified: AWS's words
      return AwsError(errors::invalid_value, "Message system attribute name '" + name + "' is invalid.");
    if (text_of(value, "DataType") != "String")
      return AwsError(errors::invalid_value,
                      "The message system attribute '" + name +
                          "' has an invalid message attribute type, the set of supported type prefixes is String.");
    out[name] = text_of(value, "StringValue");
  }
  return out;
}

AwsError not_for_this_queue(const std::string& parameter, const std::string& value) {
  return {errors::invalid_value,
          "Value " + value + " for parameter " + parameter +
              " is invalid. Reason: The request include parameter that is not valid for this queue type."};
}

/// Alphanumeric and punctuation characters, 1 to 128.
Result<void> check_id(const char* parameter, const std::string& value) {
  bool good = !value.empty() && value.size() <= 128 &&
              std::all_of(value.begin(), value.end(), [](unsigned char c) { return c > ' ' && c < 127; });
  if (good) return {};
  return AwsError(errors::invalid_value,
                  "Value " + value + " for parameter " + parameter + " is invalid. Reason: " + parameter +
                      " can only include alphanumeric and punctuation characters. 1 to 128 in length.");
}

/// The message's group and deduplication id. Standard queues take a group as well (fair queues) and only keep it.
Result<void> read_group(const Queue& queue, const Json& entry, NewMessage& message) {
  auto group = optional_text(entry, "MessageGroupId"), deduplication = optional_text(entry, "MessageDeduplicationId");
  if (group) TRY_VOID(check_id("MessageGroupId", *group));
  if (group) message.system_attributes["MessageGroupId"] = *group;
  if (!queue.fifo()) {
    if (deduplication) return not_for_this_queue("MessageDeduplicationId", *deduplication);
    return {};
  }
  if (!group) return AwsError(errors::missing_parameter, "The request must contain the parameter MessageGroupId.");
  if (message.delay_s >= 0) {
    if (message.delay_s > 0) return not_for_this_queue("DelaySeconds", std::to_string(message.delay_s));
    message.delay_s = -1;
  }
  if (deduplication) {
    TRY_VOID(check_id("MessageDeduplicationId", *deduplication));
    message.deduplication_id = *deduplication;
  } else if (text_of(queue.attributes, "ContentBasedDeduplication") == "true") {
    message.deduplication_id = to_hex(sha256(message.body));
  } else {
    return AwsError(
        errors::invalid_value,
        "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly");
  }
  return {};
}

/// A FIFO queue refuses a batch as a whole whose entries lack a group or a deduplication id.
Result<void> check_fifo_batch(const Queue& queue, const Json& entries) {
  if (!queue.fifo()) return {};
  for (const Json& entry : entries) {
    NewMessage message;
    auto read = read_group(queue, entry, message);
    const bool lacks = !find(entry, "MessageGroupId") || !find(entry, "MessageDeduplicationId");
    if (lacks && read.has_error()) return read;
  }
  return {};
}

/// Checks one message and says what to store.
Result<NewMessage> read_message(Sqs& sqs, const Queue& queue, const Json& entry, const Call& call) {
  NewMessage message;
  message.body = text_of(entry, "MessageBody");
  if (message.body.empty())
    return AwsError(errors::missing_parameter, "The request must contain the parameter MessageBody.");
  if (!has_only_allowed_characters(message.body)) return invalid_characters(errors::invalid_message_contents);
  auto max = static_cast<size_t>(queue.number("MaximumMessageSize"));
  if (size_of(entry) > max)
    return AwsError(errors::invalid_value, "One or more parameters are invalid. Reason: Message must be shorter than " +
                                               std::to_string(max) + " bytes.");
  message.message_attributes = entry.value("MessageAttributes", Json::object());
  TRY_VOID(check_message_attributes(message.message_attributes));
  TRY(message.system_attributes, read_system_attributes(entry, call));
  bool delayed = find(entry, "DelaySeconds") != nullptr;
  message.delay_s = number_of(entry, "DelaySeconds", -1);
  if (delayed && (message.delay_s < 0 || message.delay_s > 900))
    return AwsError(errors::invalid_value,
                    "Value " + std::to_string(message.delay_s) +
                        " for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= 900.");
  TRY_VOID(read_group(queue, entry, message));
  message.message_id = sqs.context.random.uuid();
  message.sender_id = call.caller.user_id.empty() ? call.caller.account : call.caller.user_id;
  return message;
}

/// `entry` is what the client gave.
Json answer(const Json& entry, const NewMessage& message, const Sent& sent) {
  Json out{{"MessageId", sent.message_id}, {"MD5OfMessageBody", to_hex(md5(message.body))}};
  if (!sent.sequence_number.empty()) out["SequenceNumber"] = sent.sequence_number;
  std::string attributes_md5 = md5_of_attributes(message.message_attributes);
  if (!attributes_md5.empty()) out["MD5OfMessageAttributes"] = attributes_md5;
  std::string system_md5 = md5_of_attributes(entry.value("MessageSystemAttributes", Json::object()));
  if (!system_md5.empty()) out["MD5OfMessageSystemAttributes"] = system_md5;
  return out;
}

Sent send_and_wake(storage::Txn& txn, Sqs& sqs, const Queue& queue, const NewMessage& message) {
  Millis now = sqs.context.clock.now_ms();
  Sent sent = send(txn, queue, message, now);
  sqs.meter.sent(queue, message.body.size());
  int64_t delay_s = message.delay_s >= 0 ? message.delay_s : queue.number("DelaySeconds");
  wake_after_commit(txn, sqs, queue, now + delay_s * 1000);
  return sent;
}

}  // namespace

Operation send_message(Sqs& sqs) {
  static const Shape input = structure(message_members());
  auto handle = [&sqs](Call& call) -> Result<Json> {
    TRY(const auto sealer, sealer_of(sqs, call));
    return sqs.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
      TRY(Queue queue, named_queue(txn, call));
      TRY(NewMessage message, read_message(sqs, queue, call.input, call));
      seal_message(sealer, queue, message);
      return answer(call.input, message, send_and_wake(txn, sqs, queue, message));
    });
  };
  return {.name = "SendMessage",
          .input = &input,
          .access = queue_access(sqs, "SendMessage"),
          .handle = JsonHandler(handle)};
}

Operation send_message_batch(Sqs& sqs) {
  static const Shape input = [] {
    std::vector<Member> members = message_members();
    members.push_back(protocol::optional("Id", string()));
    return structure(
        {protocol::optional("QueueUrl", string()), protocol::optional("Entries", list(structure(std::move(members))))});
  }();
  auto handle = [&sqs](Call& call) -> Result<Json> {
    Json entries = call.input.value("Entries", Json::array());
    TRY_VOID(check_batch(entries, "SendMessageBatchRequestEntry"));
    size_t bytes = 0;
    for (const Json& entry : entries) bytes += size_of(entry);
    if (bytes > kBatchBytesMax)
      return AwsError(errors::batch_too_long, "Batch requests cannot be longer than " + std::to_string(kBatchBytesMax) +
                                                  " bytes. You have sent " + std::to_string(bytes) + " bytes.");
    TRY(const auto sealer, sealer_of(sqs, call));
    return sqs.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
      TRY(Queue queue, named_queue(txn, call));
      TRY_VOID(check_fifo_batch(queue, entries));
      Json successful = Json::array(), failed = Json::array();
      for (const Json& entry : entries) {
        Result<NewMessage> message = read_message(sqs, queue, entry, call);
        if (message.has_error()) {
          failed.push_back({{"Id", text_of(entry, "Id")},
                            {"SenderFault", true},
                            {"Code", message.error().kind->code},
                            {"Message", message.error().message}});
          continue;
        }
        seal_message(sealer, queue, *message);
        Sent taken = send_and_wake(txn, sqs, queue, *message);
        Json sent{{"Id", text_of(entry, "Id")}};
        sent.update(answer(entry, *message, taken));
        successful.push_back(sent);
      }
      Json out = Json::object();
      if (!successful.empty()) out["Successful"] = successful;
      if (!failed.empty()) out["Failed"] = failed;
      return out;
    });
  };
  return {.name = "SendMessageBatch",
          .input = &input,
          .access = queue_access(sqs, "SendMessage"),
          .handle = JsonHandler(handle)};
}

}  // namespace millrace::sqs
