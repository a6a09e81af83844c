#include <set>

#include "emulator/base/encoding.h"
#include "emulator/base/log.h"
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

bool passes_filter(const Subscription& subscription, const Publication& publication) {
  std::string policy = text_of(subscription.attributes, "FilterPolicy");
  if (policy.empty() || policy == "{}") return true;
  auto pattern = filter::FilterPattern::compile(policy);
  if (!pattern) return false;
  if (text_of(subscription.attributes, "FilterPolicyScope") == "MessageBody")
    return pattern->matches_json(publication.message);
  return pattern->matches_json(to_text(filterable(publication.attributes)));
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

ports::Message message_for(Sns& sns, const Topic& topic, const Subscription& subscription,
                           const Publication& publication, const std::string& id) {
  ports::Message out;
  if (subscription.protocol == "lambda") {
    Json record{{"EventSource", "aws:sns"},
                {"EventVersion", "1.0"},
                {"EventSubscriptionArn", subscription.arn},
                {"Sns", notification(sns, topic, subscription, publication, id, true)}};
    out.body = to_text({{"Records", Json::array({record})}});
    return out;
  }
  bool raw = equals_ignore_case(text_of(subscription.attributes, "RawMessageDelivery"), "true");
  out.body =
      raw ? text_for(publication, "sqs") : to_text(notification(sns, topic, subscription, publication, id, false));
  if (raw) {
    for (const auto& [name, value] : publication.attributes.items())
      out.attributes[name] = {text_of(value, "DataType"), text_of(value, "StringValue", text_of(value, "BinaryValue"))};
  }
  return out;
}

/// What could not be delivered goes to the subscription's dead-letter queue, if it has one.
void dead_letter(Sns& sns, const Topic& topic, const Subscription& subscription, const ports::Message& message) {
  auto policy = parse_json(text_of(subscription.attributes, "RedrivePolicy"));
  std::string target = policy ? text_of(*policy, "deadLetterTargetArn") : "";
  if (target.empty()) return;
  auto sent = sns.destinations.send(target, message, {"", "sns.amazonaws.com", topic.arn(), topic.account});
  if (sent.has_error())
    log::warning("sns: the dead-letter queue " + target + " refused a message: " + sent.error().message);
}

std::vector<Member> message_members() {
  Shape typed =
      structure({optional("DataType", string()), optional("StringValue", string()), optional("BinaryValue", string())});
  return {optional("Message", string()), optional("Subject", string()), optional("MessageStructure", string()),
          optional("MessageAttributes", map(typed))};
}

Result<Publication> read_publication(const Json& input) {
  Publication out{text_of(input, "Message"), text_of(input, "Subject"), text_of(input, "MessageStructure"),
                  input.value("MessageAttributes", Json::object())};
  if (out.message.empty()) return AwsError(errors::invalid_parameter, "Invalid parameter: Empty message");
  if (out.message.size() > kMessageBytesMax)
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

}  // namespace

std::string publish(Sns& sns, const Topic& topic, const Publication& publication) {
  std::string id = sns.context.random.uuid();
  for (const Subscription& subscription : subscriptions_of(sns.context.store, topic.arn())) {
    if (!subscription.confirmed() || !passes_filter(subscription, publication)) continue;
    ports::Message message = message_for(sns, topic, subscription, publication, id);
    auto sent =
        sns.destinations.send(subscription.endpoint, message, {"", "sns.amazonaws.com", topic.arn(), topic.account});
    if (sent.has_value()) continue;
    log::warning("sns: " + subscription.endpoint + " did not take a message of " + topic.arn() + ": " +
                 sent.error().message);
    dead_letter(sns, topic, subscription, message);
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
    TRY(Publication publication, read_publication(call.input));
    TRY(Topic topic, find_topic(sns.context.store, arn));
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
    if (entries.empty()) return AwsError(errors::empty_batch, "The batch request doesn't contain any entries.");
    if (entries.size() > 10)
      return AwsError(errors::too_many_entries, "The batch request contains more entries than permissible.");
    std::set<std::string> ids;
    for (const Json& entry : entries) {
      if (!ids.insert(text_of(entry, "Id")).second)
        return AwsError(errors::ids_not_distinct, "Two or more batch entries in the request have the same Id.");
    }
    TRY(Topic topic, find_topic(sns.context.store, text_of(call.input, "TopicArn")));
    Json successful = Json::array(), failed = Json::array();
    for (const Json& entry : entries) {
      Result<Publication> publication = read_publication(entry);
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
