#include <algorithm>
#include <set>

#include "emulator/base/encoding.h"
#include "emulator/base/log.h"
#include "emulator/base/trace.h"
#include "emulator/protocol/message_attributes.h"
#include "emulator/services/sns/sns.h"
#include "runtime/filter/filter_pattern.h"

namespace millrace::sns {

using namespace protocol;

namespace {

constexpr size_t kMessageBytesMax = 262'144;

/// The attributes as the filter sees them: `{"store": "a", "n": 5, "tags": ["x"]}`.
Json filterable(const Json& attributes) {
  Json out = Json::object();
  for (const auto& [name, value] : attributes.items()) {
    std::string type = text_of(value, "DataType"), text = text_of(value, "StringValue");
    if (type == "String.Array" || type.starts_with("Number")) {
      auto parsed = parse_json(text);
      if (parsed) out[name] = *parsed;
    } else if (!type.starts_with("Binary")) {
      out[name] = text;
    }
  }
  return out;
}

/// What follows NumberOfNotificationsFilteredOut in the metric's name; nullptr: it passes.
const char* filtered_out(const Subscription& subscription, const Publication& publication) {
  std::string policy = text_of(subscription.attributes, "FilterPolicy");
  if (policy.empty() || policy == "{}") return nullptr;
  auto pattern = filter::FilterPattern::compile(policy);
  if (text_of(subscription.attributes, "FilterPolicyScope") == "MessageBody")
    return pattern && pattern->matches_json(publication.message) ? nullptr : "-MessageBody";
  if (pattern && pattern->matches_json(to_text(filterable(publication.attributes)))) return nullptr;
  return publication.attributes.empty() ? "-NoMessageAttributes" : "-MessageAttributes";
}

void count(Sns& sns, const Topic& topic, const std::string& metric, double value = 1, const char* unit = "Count") {
  if (!sns.metrics) return;
  sns.metrics->count({topic.account, topic.region, "AWS/SNS", metric, {{"TopicName", topic.name}}, unit}, value);
}

/// The text for one protocol: with MessageStructure json its own entry, else the default one.
std::string text_for(const Publication& publication, const std::string& protocol) {
  if (publication.structure != "json") return publication.message;
  auto parsed = parse_json(publication.message);
  return parsed ? text_of(*parsed, protocol, text_of(*parsed, "default")) : publication.message;
}

Json typed_attributes(const Json& attributes) {
  Json out = Json::object();
  for (const auto& [name, value] : attributes.items())
    out[name] = {{"Type", text_of(value, "DataType")},
                 {"Value", text_of(value, "StringValue", text_of(value, "BinaryValue"))}};
  return out;
}

/// What a queue or function gets; the signature's members stand empty, because nothing here signs.
Json notification(Sns& sns, const Topic& topic, const Subscription& subscription, const Publication& publication,
                  const std::string& id, bool for_function) {
  Json out{{"Type", "Notification"}, {"MessageId", id}};
  out["TopicArn"] = topic.arn();
  if (!publication.subject.empty())
    out["Subject"] = publication.subject;
  else if (for_function)
    out["Subject"] = nullptr;
  out["Message"] = text_for(publication, subscription.protocol);
  out["Timestamp"] = iso_millis(sns.context.clock.now_ms());
  out["SignatureVersion"] = "1";
  out["Signature"] = "";
  std::string certificate = for_function ? "SigningCertUrl" : "SigningCertURL",
              leave = for_function ? "UnsubscribeUrl" : "UnsubscribeURL";
  out[certificate] = "";
  out[leave] = sns.context.endpoint_url + "/?Action=Unsubscribe&SubscriptionArn=" + subscription.arn;
  Json attributes = typed_attributes(publication.attributes);
  if (!attributes.empty() || for_function) out["MessageAttributes"] = attributes;
  return out;
}

ports::Message message_for_queue(Sns& sns, const Topic& topic, const Subscription& subscription,
                                 const Publication& publication, const std::string& id) {
  ports::Message out;
  bool raw = equals_ignore_case(text_of(subscription.attributes, "RawMessageDelivery"), "true");
  out.body =
      raw ? text_for(publication, "sqs") : to_text(notification(sns, topic, subscription, publication, id, false));
  if (raw) {
    for (const auto& [name, value] : publication.attributes.items())
      out.attributes[name] = {text_of(value, "DataType"), text_of(value, "StringValue", text_of(value, "BinaryValue"))};
  }
  if (!publication.group.empty()) out.system["MessageGroupId"] = publication.group;
  if (!publication.trace.empty()) out.system["AWSTraceHeader"] = publication.trace;
  return out;
}

ports::Message message_for(Sns& sns, const Topic& topic, const Subscription& subscription,
                           const Publication& publication, const std::string& id) {
  if (subscription.protocol != "lambda") return message_for_queue(sns, topic, subscription, publication, id);
  ports::Message out;
  Json record{{"EventSource", "aws:sns"},
              {"EventVersion", "1.0"},
              {"EventSubscriptionArn", subscription.arn},
              {"Sns", notification(sns, topic, subscription, publication, id, true)}};
  out.body = to_text({{"Records", Json::array({record})}});
  if (!publication.trace.empty()) out.system["AWSTraceHeader"] = publication.trace;
  return out;
}

/// What could not be delivered goes to the subscription's dead-letter queue, if it has one: as a queue would have got it,
/// also what a function should have.
void dead_letter(Sns& sns, const Topic& topic, const Subscription& subscription, const Publication& publication,
                 const std::string& id) {
  auto policy = parse_json(text_of(subscription.attributes, "RedrivePolicy"));
  std::string target = policy ? text_of(*policy, "deadLetterTargetArn") : "";
  if (target.empty()) return;
  ports::Message message = message_for_queue(sns, topic, subscription, publication, id);
  auto sent = sns.destinations.send(target, message, {"", "sns.amazonaws.com", topic.arn(), topic.account});
  count(sns, topic,
        sent.has_error() ? "NumberOfNotificationsFailedToRedriveToDlq" : "NumberOfNotificationsRedrivenToDlq");
  if (sent.has_error())
    log::warning("sns: the dead-letter queue " + target + " refused a message: " + sent.error().message);
}

/// What `millrace trace` tells of it.
void note_publication(const Topic& topic, size_t subscriptions, const std::string& id) {
  if (!trace::on()) return;
  std::string text = "message " + id + " to topic " + topic.name;
  if (subscriptions == 0) text += ", which nobody has subscribed to";
  trace::note({.kind = "notification", .key = id, .subject = topic.arn(), .text = std::move(text)});
}

void note_filtered(const Subscription& subscription, const Publication& publication) {
  if (!trace::on()) return;
  const std::string policy = text_of(subscription.attributes, "FilterPolicy");
  const bool by_body = text_of(subscription.attributes, "FilterPolicyScope") == "MessageBody";
  const std::string seen = by_body ? publication.message : to_text(filterable(publication.attributes));
  auto pattern = filter::FilterPattern::compile(policy);
  trace::note({.kind = "verdict",
               .subject = subscription.arn,
               .text = subscription.endpoint + " doesn't get it: its subscription's filter policy " + policy +
                       " doesn't match the " + (by_body ? "body" : "attributes"),
               .reason = pattern ? pattern->why_not_json(seen) : "the policy can't be read"});
}

std::vector<Member> message_members() {
  Shape typed =
      structure({optional("DataType", string()), optional("StringValue", string()), optional("BinaryValue", string())});
  return {optional("Message", string()), optional("Subject", string()), optional("MessageStructure", string()),
          optional("MessageAttributes", map(typed)), optional("MessageGroupId", string())};
}

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

Result<Publication> read_publication(const Json& input, const Call& call) {
  Publication out{text_of(input, "Message"), text_of(input, "Subject"), text_of(input, "MessageStructure"),
                  input.value("MessageAttributes", Json::object())};
  out.group = text_of(input, "MessageGroupId");
  out.trace = call.http.headers.get("x-amzn-trace-id");
  if (out.message.empty()) return AwsError(errors::invalid_parameter, "Invalid parameter: Empty message");
  TRY_VOID(check_subject(input));
  TRY_VOID(check_attributes(out.attributes));
  if (size_of(input) > kMessageBytesMax)
    return AwsError(errors::invalid_parameter, "Invalid parameter: Message too long");
  if (out.structure == "json") {
    auto parsed = parse_json(out.message);
    if (!parsed || !parsed->is_object())
      return AwsError(errors::invalid_parameter,
                      "Invalid parameter: Message Structure - JSON message body failed to parse");
    if (!find(*parsed, "default"))
      return AwsError(errors::invalid_parameter,
                      "Invalid parameter: Message Structure - No default entry in JSON message body");
  }
  return out;
}

/// 1 to 10 entries of well-formed, distinct ids, together no longer than one message.
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

Result<void> check_key(const Sns& sns, const Topic& topic, const Call& call) {
  auto used = encryption::use_key(sns.keys, key_of(topic), call, {"GenerateDataKey", "Decrypt"});
  if (used.has_error()) return kms_error(used.error(), call.request_id);
  return {};
}

}  // namespace

encryption::KeyOf key_of(const Topic& topic) {
  return {
      topic.account, topic.region, text_of(topic.attributes, "KmsMasterKeyId"), {{"aws:sns:topicArn", topic.arn()}}};
}

AwsError kms_error(const AwsError& error, const std::string& request_id) {
  static const std::pair<std::string_view, ErrorKind> kinds[] = {
      {"AccessDeniedException", errors::kms_access_denied},
      {"DisabledException", errors::kms_disabled},
      {"KMSInvalidStateException", errors::kms_invalid_state},
      // unverified: the model has no code for this one
      {"InvalidKeyUsageException", errors::kms_invalid_state}};
  const std::string words = encryption::sdk_words(error, request_id);
  for (const auto& [code, kind] : kinds) {
    if (code == error.kind->code) return {kind, words};
  }
  return {errors::kms_not_found, words};
}

std::string publish(Sns& sns, const Topic& topic, const Publication& publication) {
  std::string id = sns.context.random.uuid();
  const std::vector<Subscription> subscriptions = subscriptions_of(sns.context.store, topic.arn());
  note_publication(topic, subscriptions.size(), id);
  count(sns, topic, "NumberOfMessagesPublished");
  count(sns, topic, "PublishSize", static_cast<double>(publication.message.size()), "Bytes");
  trace::Scope scope(id);
  for (const Subscription& subscription : subscriptions) {
    if (!subscription.confirmed()) continue;
    if (const char* why = filtered_out(subscription, publication)) {
      note_filtered(subscription, publication);
      count(sns, topic, "NumberOfNotificationsFilteredOut");
      count(sns, topic, std::string("NumberOfNotificationsFilteredOut") + why);
      continue;
    }
    ports::Message message = message_for(sns, topic, subscription, publication, id);
    auto sent =
        sns.destinations.send(subscription.endpoint, message, {"", "sns.amazonaws.com", topic.arn(), topic.account});
    count(sns, topic, sent.has_value() ? "NumberOfNotificationsDelivered" : "NumberOfNotificationsFailed");
    if (sent.has_value()) continue;
    log::warning("sns: " + subscription.endpoint + " did not take a message of " + topic.arn() + ": " +
                 sent.error().message);
    dead_letter(sns, topic, subscription, publication, id);
  }
  return id;
}

Operation publish_operation(Sns& sns) {
  static const Shape input = structure(message_members());
  auto handle = [&sns](Call& call) -> Result<Json> {
    std::string arn = text_of(call.input, "TopicArn", text_of(call.input, "TargetArn"));
    if (arn.empty()) {
      if (find(call.input, "PhoneNumber"))
        return AwsError(errors::not_implemented, "Text messages are not implemented.");
      return AwsError(errors::invalid_parameter,
                      "Invalid parameter: TopicArn or TargetArn Reason: no value for required parameter");
    }
    TRY(Publication publication, read_publication(call.input, call));
    TRY(Topic topic, called_topic(sns.context.store, call, find(call.input, "TopicArn") ? "TopicArn" : "TargetArn"));
    TRY_VOID(check_key(sns, topic, call));
    return Json{{"MessageId", publish(sns, topic, publication)}};
  };
  return {.name = "Publish", .input = &input, .access = topic_access(sns, "Publish"), .handle = JsonHandler(handle)};
}

Operation publish_batch(Sns& sns) {
  static const Shape input = [] {
    std::vector<Member> members = message_members();
    members.push_back(required("Id", string()));
    return structure(
        {required("TopicArn", string()), optional("PublishBatchRequestEntries", list(structure(std::move(members))))});
  }();
  auto handle = [&sns](Call& call) -> Result<Json> {
    Json entries = call.input.value("PublishBatchRequestEntries", Json::array());
    TRY_VOID(check_batch(entries));
    TRY(Topic topic, called_topic(sns.context.store, call));
    TRY_VOID(check_key(sns, topic, call));
    Json successful = Json::array(), failed = Json::array();
    for (const Json& entry : entries) {
      Result<Publication> publication = read_publication(entry, call);
      if (publication.has_value())
        successful.push_back({{"Id", text_of(entry, "Id")}, {"MessageId", publish(sns, topic, *publication)}});
      else
        failed.push_back({{"Id", text_of(entry, "Id")},
                          {"Code", publication.error().kind->code},
                          {"Message", publication.error().message},
                          {"SenderFault", true}});
    }
    return Json{{"Successful", successful}, {"Failed", failed}};
  };
  return {
      .name = "PublishBatch", .input = &input, .access = topic_access(sns, "Publish"), .handle = JsonHandler(handle)};
}

}  // namespace millrace::sns
