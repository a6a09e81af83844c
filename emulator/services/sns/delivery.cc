#include "emulator/base/encoding.h"
#include "emulator/base/log.h"
#include "emulator/base/trace.h"
#include "emulator/services/sns/sns.h"
#include "runtime/filter/filter_pattern.h"

namespace millrace::sns {

namespace {

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

Json typed_attributes(const Json& attributes) {
  Json out = Json::object();
  for (const auto& [name, value] : attributes.items())
    out[name] = {{"Type", text_of(value, "DataType")},
                 {"Value", text_of(value, "StringValue", text_of(value, "BinaryValue"))}};
  return out;
}

/// What a subscriber gets. The signature's members stand empty, because nothing here signs; FIFO topics have none.
Json notification(Sns& sns, const Topic& topic, const Subscription& subscription, const Publication& publication,
                  const Taken& taken) {
  const bool for_function = subscription.protocol == "lambda";
  Json out{{"Type", "Notification"}, {"MessageId", taken.message_id}};
  if (topic.fifo()) out["SequenceNumber"] = taken.sequence_number;
  out["TopicArn"] = topic.arn();
  if (!publication.subject.empty())
    out["Subject"] = publication.subject;
  else if (for_function)
    out["Subject"] = nullptr;
  out["Message"] = text_for(publication, subscription.protocol);
  out["Timestamp"] = iso_millis(sns.context.clock.now_ms());
  if (!topic.fifo()) {
    out["SignatureVersion"] = text_of(topic.attributes, "SignatureVersion", "1");
    out["Signature"] = "";
    out[for_function ? "SigningCertUrl" : "SigningCertURL"] = "";
  }
  out[for_function ? "UnsubscribeUrl" : "UnsubscribeURL"] =
      sns.context.endpoint_url + "/?Action=Unsubscribe&SubscriptionArn=" + subscription.arn;
  Json attributes = typed_attributes(publication.attributes);
  if (!attributes.empty() || for_function) out["MessageAttributes"] = attributes;
  return out;
}

/// Group and deduplication id, as the queue at that ARN takes them.
void add_order(const std::string& queue_arn, const Publication& publication, ports::Message& message) {
  if (publication.group.empty()) return;
  if (queue_arn.ends_with(".fifo")) {
    message.parameters["MessageGroupId"] = publication.group;
    message.parameters["MessageDeduplicationId"] = publication.deduplication_id;
  } else {
    message.system["MessageGroupId"] = publication.group;
  }
}

/// As a queue gets it, also what a function or a server should have got.
ports::Message message_for_queue(Sns& sns, const Topic& topic, const Subscription& subscription,
                                 const Publication& publication, const Taken& taken) {
  ports::Message out;
  const bool raw = equals_ignore_case(text_of(subscription.attributes, "RawMessageDelivery"), "true");
  Subscription as_queue = subscription;
  if (subscription.protocol == "lambda") as_queue.protocol = "sqs";
  out.body =
      raw ? text_for(publication, as_queue.protocol) : notification_text(sns, topic, as_queue, publication, taken);
  if (raw) {
    for (const auto& [name, value] : publication.attributes.items())
      out.attributes[name] = {text_of(value, "DataType"), text_of(value, "StringValue", text_of(value, "BinaryValue"))};
  }
  if (!publication.trace.empty()) out.system["AWSTraceHeader"] = publication.trace;
  return out;
}

ports::Message message_for(Sns& sns, const Topic& topic, const Subscription& subscription,
                           const Publication& publication, const Taken& taken) {
  if (subscription.protocol != "lambda") {
    ports::Message out = message_for_queue(sns, topic, subscription, publication, taken);
    add_order(subscription.endpoint, publication, out);
    return out;
  }
  ports::Message out;
  Json record{{"EventSource", "aws:sns"},
              {"EventVersion", "1.0"},
              {"EventSubscriptionArn", subscription.arn},
              {"Sns", notification(sns, topic, subscription, publication, taken)}};
  out.body = to_text({{"Records", Json::array({record})}});
  if (!publication.trace.empty()) out.system["AWSTraceHeader"] = publication.trace;
  return out;
}

/// What could not be delivered goes to the subscription's dead-letter queue, if it has one.
void dead_letter(Sns& sns, const Topic& topic, const Subscription& subscription, const Publication& publication,
                 const Taken& taken) {
  auto policy = parse_json(text_of(subscription.attributes, "RedrivePolicy"));
  std::string target = policy ? text_of(*policy, "deadLetterTargetArn") : "";
  if (target.empty()) return;
  ports::Message message = message_for_queue(sns, topic, subscription, publication, taken);
  add_order(target, publication, message);
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

/// Phones and devices: what is sent there is told and gone.
void note_unreachable(const Subscription& subscription, const Publication& publication) {
  if (!trace::on()) return;
  trace::note({.kind = "notification",
               .subject = subscription.arn,
               .text = text_for(publication, subscription.protocol) + " for " + subscription.endpoint +
                       ", where nothing goes from here"});
}

}  // namespace

/// The text for one protocol: with MessageStructure json its own entry, else the default one.
std::string text_for(const Publication& publication, const std::string& protocol) {
  if (publication.structure != "json") return publication.message;
  auto parsed = parse_json(publication.message);
  return parsed ? text_of(*parsed, protocol, text_of(*parsed, "default")) : publication.message;
}

std::string notification_text(Sns& sns, const Topic& topic, const Subscription& subscription,
                              const Publication& publication, const Taken& taken) {
  return to_text(notification(sns, topic, subscription, publication, taken));
}

void settle(Sns& sns, const Topic& topic, const Subscription& subscription, const Publication& publication,
            const Taken& taken, const Result<void>& sent) {
  count(sns, topic, sent.has_value() ? "NumberOfNotificationsDelivered" : "NumberOfNotificationsFailed");
  if (sent.has_value()) return;
  log::warning("sns: " + subscription.endpoint + " did not take a message of " + topic.arn() + ": " +
               sent.error().message);
  dead_letter(sns, topic, subscription, publication, taken);
}

void deliver_to_all(Sns& sns, const Topic& topic, const Publication& publication, const Taken& taken) {
  const std::vector<Subscription> subscriptions = subscriptions_of(sns.context.store, topic.arn());
  note_publication(topic, subscriptions.size(), taken.message_id);
  count(sns, topic, "NumberOfMessagesPublished");
  count(sns, topic, "PublishSize", static_cast<double>(publication.message.size()), "Bytes");
  trace::Scope scope(taken.message_id);
  for (const Subscription& subscription : subscriptions) {
    if (!subscription.confirmed()) continue;
    if (const char* why = filtered_out(subscription, publication)) {
      note_filtered(subscription, publication);
      count(sns, topic, "NumberOfNotificationsFilteredOut");
      count(sns, topic, std::string("NumberOfNotificationsFilteredOut") + why);
      continue;
    }
    if (subscription.protocol.starts_with("http")) {
      post_notification(sns, topic, subscription, publication, taken);
      continue;
    }
    if (subscription.protocol == "sms" || subscription.protocol == "application") {
      note_unreachable(subscription, publication);
      settle(sns, topic, subscription, publication, taken, {});
      continue;
    }
    settle(sns, topic, subscription, publication, taken,
           sns.destinations.send(subscription.endpoint, message_for(sns, topic, subscription, publication, taken),
                                 {"", "sns.amazonaws.com", topic.arn(), topic.account}));
  }
}

}  // namespace millrace::sns
