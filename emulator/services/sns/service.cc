#include "emulator/services/sns/service.h"

#include "emulator/ports/destinations.h"
#include "emulator/ports/resources.h"
#include "emulator/services/sns/sns.h"

namespace millrace::sns {

namespace {

std::vector<protocol::Operation> all_operations(Sns& sns) {
  std::vector<protocol::Operation> out = {
      create_topic(sns),
      delete_topic(sns),
      list_topics_operation(sns),
      get_topic_attributes(sns),
      set_topic_attributes(sns),
      tag_resource(sns),
      untag_resource(sns),
      list_tags_for_resource(sns),
      subscribe(sns),
      unsubscribe(sns),
      list_subscriptions_operation(sns),
      list_subscriptions_by_topic(sns),
      get_subscription_attributes(sns),
      set_subscription_attributes(sns),
      confirm_subscription(sns),
      publish_operation(sns),
      publish_batch(sns),
      add_permission(sns),
      remove_permission(sns),
      get_data_protection_policy(sns),
      put_data_protection_policy(sns),
  };
  add_push_operations(out, sns);
  add_text_message_operations(out, sns);
  return out;
}

/// `{entry: [{key, value}]}` (attributes) or `{entry: [{Name, Value}]}` (message attributes) as a map.
Json entries_to_map(const Json& wrapped) {
  Json out = Json::object();
  const Json* entries = find(wrapped, "entry");
  if (!entries || !entries->is_array()) return out;
  for (const Json& entry : *entries) {
    if (!entry.is_object()) continue;
    bool named = find(entry, "Name") != nullptr;
    out[text_of(entry, named ? "Name" : "key")] = entry.value(named ? "Value" : "value", Json(""));
  }
  return out;
}

/// Maps travel as <entry><key/><value/></entry> in this protocol.
class SnsService final : public protocol::QueryService {
 public:
  explicit SnsService(std::vector<protocol::Operation> operations)
      : QueryService({"2010-03-31", "http://sns.amazonaws.com/doc/2010-03-31/", errors::service_errors()},
                     std::move(operations)) {}

  Result<void> decode(protocol::Call& call) override {
    TRY_VOID(QueryService::decode(call));
    normalise(call.input);
    if (call.input.contains("PublishBatchRequestEntries")) {
      for (Json& entry : call.input["PublishBatchRequestEntries"]) {
        if (entry.is_object()) normalise(entry);
      }
    }
    return {};
  }

  protocol::HttpReply render(const protocol::Call& call, const Json& output) const override {
    protocol::HttpReply reply;
    const std::string& name = call.operation->name;
    std::string& xml = reply.body;
    xml = "<" + name + "Response xmlns=\"" + profile_.xmlns + "\">";
    if (!output.is_null()) append(xml, name + "Result", output);
    xml += "<ResponseMetadata><RequestId>" + call.request_id + "</RequestId></ResponseMetadata></" + name + "Response>";
    return reply;
  }

 private:
  /// As append_xml, with attributes as entries.
  static void append(std::string& xml, const std::string& name, const Json& value) {
    const bool attributes = name == "Attributes" || name == "attributes";
    if (!value.is_structured()) return protocol::append_xml(xml, name, value);
    xml += "<" + name + ">";
    for (const auto& [key, child] : value.items()) {
      if (value.is_array()) {
        append(xml, "member", child);
      } else if (attributes) {
        append(xml, "entry", {{"key", key}, {"value", child}});
      } else {
        append(xml, key, child);
      }
    }
    xml += "</" + name + ">";
  }

  static void normalise(Json& input) {
    for (const char* member : {"Attributes", "MessageAttributes"}) {
      if (input.contains(member)) input[member] = entries_to_map(input[member]);
    }
    // Of SetSMSAttributes a map, of GetSMSAttributes a list.
    if (input.contains("attributes") && !input["attributes"].is_array())
      input["attributes"] = entries_to_map(input["attributes"]);
    // An empty list comes as an empty text.
    for (const char* member : {"Tags", "TagKeys", "PublishBatchRequestEntries", "AWSAccountId", "ActionName"}) {
      if (input.contains(member) && input[member] == "") input[member] = Json::array();
    }
  }
};

/// The topics as other rooms use them.
struct Backend {
  Backend(const ServiceContext& context, const ports::Ports& ports)
      : sns{context,
            ports.get<ports::Destination>(),
            {ports.find<ports::Encryption>().get(), ports.find<protocol::Identity>().get(), "sns"},
            ports.find<ports::Metrics>().get(),
            &ports.get<ports::HttpCaller>()},
        authority(ports.get<ports::Authority>()) {}
  Sns sns;
  ports::Authority& authority;

  /// Publishes in the name of another service or a role; NotFound if there is no such topic, KMSAccessDenied and its like
  /// where the sender may not use the topic's key. The caller has checked the permission to publish.
  Result<void> publish(const std::string& topic_arn, const ports::Message& message,
                       const ports::Destination::Sender& sender) {
    TRY(Topic topic, find_topic(sns.context.store, topic_arn));
    auto used =
        encryption::use_key_as_sender(sns.keys, key_of(topic), authority, sender, {"GenerateDataKey", "Decrypt"});
    if (used.has_error()) return kms_error(used.error(), sns.context.random.uuid());
    Publication publication;
    publication.message = message.body;
    publication.subject = message.subject;
    for (const auto& [name, typed] : message.attributes)
      publication.attributes[name] = {{"DataType", typed.first}, {"StringValue", typed.second}};
    if (auto trace = message.system.find("AWSTraceHeader"); trace != message.system.end())
      publication.trace = trace->second;
    read_order_of(message, publication);
    TRY_VOID(read_order(topic, publication));
    sns::publish(sns, topic, publication);
    return {};
  }

  static void read_order_of(const ports::Message& message, Publication& publication) {
    auto parameter = [&](const char* name) {
      auto found = message.parameters.find(name);
      return found == message.parameters.end() ? std::string() : found->second;
    };
    publication.group = parameter("MessageGroupId");
    publication.deduplication_id = parameter("MessageDeduplicationId");
  }

  /// The topic's policy; empty if there is no such topic.
  std::string policy(const std::string& topic_arn) {
    Result<Topic> topic = find_topic(sns.context.store, topic_arn);
    return topic.has_value() ? topic_policy(*topic) : "";
  }
};

/// SNS as a target of other services' messages.
ports::Destinations::Target target(Backend* topics) {
  return {
      .action = "sns:Publish",
      .deliver = [topics](const std::string& arn, const ports::Message& message,
                          const ports::Destination::Sender& sender) { return topics->publish(arn, message, sender); },
      .policy = [topics](const std::string& arn) { return topics->policy(arn); },
      // A topic always has a policy.
      .exists = [topics](const std::string& arn) { return !topics->policy(arn).empty(); }};
}

}  // namespace

Room make_room(const RoomContext& context, ports::Ports& ports) {
  auto topics = std::make_shared<Backend>(context, ports);
  ports.get<ports::Destinations>().add("sns", target(topics.get()));
  ports.get<ports::Resources>().add_policies(
      "sns", [topics = topics.get()](const std::string& arn) { return topics->policy(arn); });
  // Links in messages to subscribed servers: unsigned, without a version.
  auto is_link = [](const protocol::HttpRequest& request) {
    return request.method == "GET" && (request.target.starts_with("/?Action=ConfirmSubscription&") ||
                                       request.target.starts_with("/?Action=Unsubscribe&"));
  };
  return {.name = "sns",
          .state = topics,
          .faces = {{.service = std::make_shared<SnsService>(all_operations(topics->sns)),
                     .scopes = {"sns"},
                     .versions = {"2010-03-31"},
                     .claims = is_link}},
          .in_progress = {{"notifications", &topics->sns.work}}};
}

}  // namespace millrace::sns
