#include <algorithm>
#include <set>

#include "emulator/base/encoding.h"
#include "emulator/protocol/message_attributes.h"
#include "emulator/services/sns/sns.h"

namespace millrace::sns {

using namespace protocol;

namespace {

constexpr size_t kMessageBytesMax = 262'144;

Result<void> check_subject(const Json& input) {
  constexpr size_t kSubjectMax = 100;
  if (!find(input, "Subject")) return {};
  const std::string subject = text_of(input, "Subject");
  const auto characters = static_cast<size_t>(
      std::count_if(subject.begin(), subject.end(), [](unsigned char c) { return (c & 0xC0) != 0x80; }));
  auto is_control = [](unsigned char c) { return c < ' ' || c == 127; };
  if (!subject.empty() && characters <= kSubjectMax && std::none_of(subject.begin(), subject.end(), is_control))
    return {};
  return AwsError(errors::invalid_parameter, "Invalid parameter: Subject");
}

Result<void> check_attributes(const Json& attributes) {
  for (const auto& [name, value] : attributes.items()) {
    const std::string type = text_of(value, "DataType"), base = type.substr(0, type.find('.'));
    const std::string quoted = "The message attribute '" + name + "' ";
    if (auto problem = attribute_name_problem(name)) return AwsError(errors::invalid_value, std::move(*problem));
    if (base != "String" && base != "Number" && base != "Binary")
      return AwsError(errors::invalid_value, quoted +
                                                 "has an invalid message attribute type, the set of supported type "
                                                 "prefixes is Binary, Number, and String.");
    const bool binary = base == "Binary";
    const char* member = binary ? "BinaryValue" : "StringValue";
    if (!find(value, member) && find(value, binary ? "StringValue" : "BinaryValue"))
      return AwsError(errors::invalid_value,
                      quoted + "with type '" + type + "' must use field '" + (binary ? "Binary" : "String") + "'.");
    const std::string text = text_of(value, member);
    if (text.empty())
      return AwsError(
          errors::invalid_value,
          quoted + "must contain non-empty message attribute value for message attribute type '" + type + "'.");
    if (base == "Number" && !is_attribute_number(text))
      return AwsError(errors::invalid_value, "Could not cast message attribute '" + name + "' value to number.");
  }
  return {};
}

size_t size_of(const Json& input) {
  size_t size = text_of(input, "Message").size();
  const Json attributes = input.value("MessageAttributes", Json::object());
  for (const auto& [name, value] : attributes.items())
    size += name.size() + text_of(value, "DataType").size() + text_of(value, "StringValue").size() +
            text_of(value, "BinaryValue").size() * 3 / 4;
  return size;
}

Result<void> check_structure(const std::string& message) {
  auto parsed = parse_json(message);
  if (!parsed || !parsed->is_object())
    return AwsError(errors::invalid_parameter,
                    "Invalid parameter: Message Structure - JSON message body failed to parse");
  if (!find(*parsed, "default"))
    return AwsError(errors::invalid_parameter,
                    "Invalid parameter: Message Structure - No default entry in JSON message body");
  return {};
}

}  // namespace

std::vector<Member> message_members() {
  Shape typed =
      structure({optional("DataType", string()), optional("StringValue", string()), optional("BinaryValue", string())});
  return {optional("Message", string()),          optional("Subject", string()),
          optional("MessageStructure", string()), optional("MessageAttributes", map(typed)),
          optional("MessageGroupId", string()),   optional("MessageDeduplicationId", string())};
}

Result<void> read_order(const Topic& topic, Publication& publication) {
  if (!topic.fifo()) {
    if (publication.deduplication_id.empty()) return {};
    return AwsError(errors::invalid_parameter,
                    "Invalid parameter: MessageDeduplicationId Reason: The request includes MessageDeduplicationId "
                    "parameter that is not valid for this topic type");
  }
  if (publication.group.empty())
    return AwsError(errors::invalid_parameter,
                    "Invalid parameter: The MessageGroupId parameter is required for FIFO topics");
  if (!publication.deduplication_id.empty()) return {};
  if (!equals_ignore_case(text_of(topic.attributes, "ContentBasedDeduplication"), "true"))
    return AwsError(errors::invalid_parameter,
                    "Invalid parameter: The topic should either have ContentBasedDeduplication enabled or "
                    "MessageDeduplicationId provided explicitly");
  publication.deduplication_id = to_hex(sha256(publication.message));
  return {};
}

Result<Publication> read_publication(const Json& input, const Call& call, const Topic* topic) {
  Publication out{text_of(input, "Message"), text_of(input, "Subject"), text_of(input, "MessageStructure"),
                  input.value("MessageAttributes", Json::object())};
  out.group = text_of(input, "MessageGroupId");
  out.deduplication_id = text_of(input, "MessageDeduplicationId");
  out.trace = call.http.headers.get("x-amzn-trace-id");
  if (out.message.empty()) return AwsError(errors::invalid_parameter, "Invalid parameter: Empty message");
  TRY_VOID(check_subject(input));
  TRY_VOID(check_attributes(out.attributes));
  if (size_of(input) > kMessageBytesMax)
    return AwsError(errors::invalid_parameter, "Invalid parameter: Message too long");
  if (out.structure == "json") TRY_VOID(check_structure(out.message));
  if (topic) TRY_VOID(read_order(*topic, out));
  return out;
}

Result<void> check_batch(const Json& entries) {
  constexpr size_t kEntriesMax = 10, kIdLengthMax = 80;
  if (entries.empty()) return AwsError(errors::empty_batch, "The batch request doesn't contain any entries.");
  if (entries.size() > kEntriesMax)
    return AwsError(errors::too_many_entries, "The batch request contains more entries than permissible.");
  std::set<std::string> ids;
  size_t bytes = 0;
  for (const Json& entry : entries) {
    const std::string id = text_of(entry, "Id");
    bool good = !id.empty() && id.size() <= kIdLengthMax && std::all_of(id.begin(), id.end(), [](unsigned char c) {
      return c < 128 && (std::isalnum(c) || c == '-' || c == '_');
    });
    if (!good)
      return AwsError(errors::invalid_batch_id,
                      "The Id of a batch entry in a batch request doesn't abide by the specification.");
    if (!ids.insert(id).second)
      return AwsError(errors::ids_not_distinct, "Two or more batch entries in the request have the same Id.");
    bytes += size_of(entry);
  }
  if (bytes > kMessageBytesMax)
    return AwsError(errors::batch_too_long, "The length of all the messages put together is more than the limit.");
  return {};
}

}  // namespace millrace::sns
