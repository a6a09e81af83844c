#include <algorithm>

#include "emulator/base/encoding.h"
#include "emulator/protocol/pages.h"
#include "emulator/protocol/tag_keys.h"
#include "emulator/services/sns/sns.h"

namespace millrace::sns {

using namespace protocol;

std::string topic_policy(const Topic& topic) {
  std::string set = text_of(topic.attributes, "Policy");
  if (!set.empty()) return set;
  Json actions =
      Json::array({"SNS:GetTopicAttributes", "SNS:SetTopicAttributes", "SNS:AddPermission", "SNS:RemovePermission",
                   "SNS:DeleteTopic", "SNS:Subscribe", "SNS:ListSubscriptionsByTopic", "SNS:Publish"});
  Json statement{
      {"Sid", "__default_statement_ID"}, {"Effect", "Allow"},
      {"Principal", {{"AWS", "*"}}},     {"Action", actions},
      {"Resource", topic.arn()},         {"Condition", {{"StringEquals", {{"AWS:SourceOwner", topic.account}}}}}};
  return to_text({{"Version", "2008-10-17"}, {"Id", "__default_policy_ID"}, {"Statement", Json::array({statement})}});
}

Shape tag_list_shape() {
  return list(structure({required("Key", string().length(1, 128)), required("Value", string().length(0, 256))}));
}

Result<Topic> called_topic(const storage::Reader& reader, const Call& call, const char* member) {
  std::string text = text_of(call.input, member);
  auto arn = Arn::parse(text);
  if (arn && arn->service == "sns" && arn->region != call.caller.region)
    return AwsError(errors::invalid_parameter, std::string("Invalid parameter: ") + member);
  if (!arn || arn->service != "sns") return no_arn(member, text);
  return find_topic(reader, text);
}

Result<Pager> page_in(const Call& call, std::string_view of) {
  constexpr size_t kPage = 100;
  auto pager = Pager::open(list_name(call, of), text_of(call.input, "NextToken"), kPage);
  // unverified: the text is AWS's pattern for parameters.
  if (!pager) return AwsError(errors::invalid_parameter, "Invalid parameter: NextToken");
  return std::move(*pager);
}

std::function<Result<AccessNeeds>(const Call&)> topic_access(Sns& sns, std::string action) {
  return [&sns, action = "sns:" + action](const Call& call) -> Result<AccessNeeds> {
    std::string arn = text_of(call.input, "TopicArn", text_of(call.input, "ResourceArn"));
    if (arn.empty() && find(call.input, "Name"))
      arn = make_arn("sns", call.caller.region, call.caller.account, text_of(call.input, "Name"));
    AccessNeeds needs{{action, arn.empty() ? "*" : arn}};
    Result<Topic> topic = find_topic(sns.context.store, arn);
    if (topic.has_value()) {
      needs[0].resource_policy = topic_policy(*topic);
      needs[0].resource_account = topic->account;
    }
    return needs;
  };
}

namespace {

Result<Json> tag_map(const Json& list) {
  Json out = Json::object();
  for (const Json& tag : list) {
    if (out.contains(text_of(tag, "Key")))
      return AwsError(errors::invalid_parameter, "Invalid parameter: Duplicated keys are not allowed.");
    if (protocol::is_reserved_tag_key(text_of(tag, "Key")))  // unverified: AWS's words
      return AwsError(errors::invalid_parameter, "Invalid parameter: Tag keys beginning with aws: are reserved.");
    out[text_of(tag, "Key")] = text_of(tag, "Value");
  }
  return out;
}

Result<void> check_tag_count(const Json& tags) {
  constexpr size_t kTagsMax = 50;
  if (tags.size() <= kTagsMax) return {};
  return AwsError(errors::tag_limit, "Could not complete request: tag quota of per resource exceeded");
}

bool is_topic_name(const std::string& name) {
  return !name.empty() && name.size() <= 256 &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") ==
             std::string::npos;
}

bool is_settable(const std::string& attribute) {
  static const std::vector<std::string> known = {"Policy",
                                                 "DisplayName",
                                                 "DeliveryPolicy",
                                                 "KmsMasterKeyId",
                                                 "SignatureVersion",
                                                 "TracingConfig",
                                                 "FifoThroughputScope",
                                                 "ApplicationSuccessFeedbackRoleArn",
                                                 "ApplicationSuccessFeedbackSampleRate",
                                                 "ApplicationFailureFeedbackRoleArn",
                                                 "HTTPSuccessFeedbackRoleArn",
                                                 "HTTPSuccessFeedbackSampleRate",
                                                 "HTTPFailureFeedbackRoleArn",
                                                 "LambdaSuccessFeedbackRoleArn",
                                                 "LambdaSuccessFeedbackSampleRate",
                                                 "LambdaFailureFeedbackRoleArn",
                                                 "SQSSuccessFeedbackRoleArn",
                                                 "SQSSuccessFeedbackSampleRate",
                                                 "SQSFailureFeedbackRoleArn",
                                                 "FirehoseSuccessFeedbackRoleArn",
                                                 "FirehoseSuccessFeedbackSampleRate",
                                                 "FirehoseFailureFeedbackRoleArn"};
  return std::find(known.begin(), known.end(), attribute) != known.end();
}

Result<void> check_attribute(const std::string& name, const std::string& value) {
  if (name == "FifoTopic" || name == "ContentBasedDeduplication" || name == "ArchivePolicy") {
    if (value == "false" || value.empty()) return {};
    return AwsError(errors::not_implemented, "FIFO topics are not implemented: attribute " + name);
  }
  if (!is_settable(name)) return AwsError(errors::invalid_parameter, "Invalid parameter: AttributeName");
  if (name == "Policy" && !value.empty() && !parse_json(value))
    return AwsError(errors::invalid_parameter, "Invalid parameter: Policy Error: null");
  return {};
}

const Shape& topic_shape() {
  static const Shape shape = structure({required("TopicArn", string())});
  return shape;
}

}  // namespace

Operation create_topic(Sns& sns) {
  static const Shape input = structure(
      {required("Name", string()), optional("Attributes", map(string())), optional("Tags", tag_list_shape())});
  auto handle = [&sns](Call& call) -> Result<Json> {
    Topic made{call.caller.account, call.caller.region, text_of(call.input, "Name"), Json::object(), Json::object()};
    if (made.name.ends_with(".fifo"))
      return AwsError(errors::not_implemented, "FIFO topics are not implemented: " + made.name);
    if (!is_topic_name(made.name)) return AwsError(errors::invalid_parameter, "Invalid parameter: Topic Name");
    const Json attributes = call.input.value("Attributes", Json::object());  // named: items() keeps no temporary alive
    for (const auto& [name, value] : attributes.items()) {
      TRY_VOID(check_attribute(name, value.get<std::string>()));
      made.attributes[name] = value;
    }
    TRY(made.tags, tag_map(call.input.value("Tags", Json::array())));
    TRY_VOID(check_tag_count(made.tags));
    return sns.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
      Result<Topic> existing = find_topic(txn, made.arn());
      if (existing.has_error())
        put_topic(txn, made);
      else if (!made.tags.empty() && existing->tags != made.tags)
        return AwsError(errors::invalid_parameter,
                        "Invalid parameter: Tags Reason: Topic already exists with different tags");
      return Json{{"TopicArn", made.arn()}};
    });
  };
  return {.name = "CreateTopic",
          .input = &input,
          .access = topic_access(sns, "CreateTopic"),
          .handle = JsonHandler(handle)};
}

Operation delete_topic(Sns& sns) {
  auto handle = [&sns](Call& call) -> Result<Json> {
    return sns.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
      Result<Topic> topic = called_topic(txn, call);
      if (topic.has_error() && !topic.error().is(errors::not_found)) return std::move(topic).error();
      if (topic.has_value()) erase_topic(txn, *topic);  // deleting a missing topic succeeds
      return Json();
    });
  };
  return {.name = "DeleteTopic",
          .input = &topic_shape(),
          .access = topic_access(sns, "DeleteTopic"),
          .handle = JsonHandler(handle)};
}

Operation list_topics_operation(Sns& sns) {
  auto handle = [&sns](Call& call) -> Result<Json> {
    TRY(Pager page, page_in(call));
    Json out{{"Topics", Json::array()}};
    for (const Topic& topic : list_topics(sns.context.store, call.caller.account, call.caller.region)) {
      if (page.takes(topic.arn())) out["Topics"].push_back({{"TopicArn", topic.arn()}});
    }
    if (auto next = page.next_token()) out["NextToken"] = std::move(*next);
    return out;
  };
  return {.name = "ListTopics", .access = topic_access(sns, "ListTopics"), .handle = JsonHandler(handle)};
}

Operation get_topic_attributes(Sns& sns) {
  auto handle = [&sns](Call& call) -> Result<Json> {
    TRY(Topic topic, called_topic(sns.context.store, call));
    int confirmed = 0, pending = 0;
    for (const Subscription& subscription : subscriptions_of(sns.context.store, topic.arn()))
      ++(subscription.confirmed() ? confirmed : pending);
    Json out{
        {"TopicArn", topic.arn()},
        {"Owner", topic.account},
        {"Policy", topic_policy(topic)},
        {"DisplayName", ""},
        {"SubscriptionsConfirmed", std::to_string(confirmed)},
        {"SubscriptionsPending", std::to_string(pending)},
        {"SubscriptionsDeleted", "0"},
        {"EffectiveDeliveryPolicy",
         R"({"http":{"defaultHealthyRetryPolicy":{"minDelayTarget":20,"maxDelayTarget":20,"numRetries":3,"numMaxDelayRetries":0,"numNoDelayRetries":0,"numMinDelayRetries":0,"backoffFunction":"linear"},"disableSubscriptionOverrides":false,"defaultRequestPolicy":{"headerContentType":"text/plain; charset=UTF-8"}}})"}};
    for (const auto& [name, value] : topic.attributes.items()) {
      if (name != "Policy") out[name] = value;
    }
    return Json{{"Attributes", out}};
  };
  return {.name = "GetTopicAttributes",
          .input = &topic_shape(),
          .access = topic_access(sns, "GetTopicAttributes"),
          .handle = JsonHandler(handle)};
}

Operation set_topic_attributes(Sns& sns) {
  static const Shape input = structure({required("TopicArn", string()), required("AttributeName", string())});
  auto handle = [&sns](Call& call) -> Result<Json> {
    std::string name = text_of(call.input, "AttributeName"), value = text_of(call.input, "AttributeValue");
    TRY_VOID(check_attribute(name, value));
    return sns.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
      TRY(Topic topic, called_topic(txn, call));
      if (value.empty())
        topic.attributes.erase(name);
      else
        topic.attributes[name] = value;
      put_topic(txn, topic);
      return Json();
    });
  };
  return {.name = "SetTopicAttributes",
          .input = &input,
          .access = topic_access(sns, "SetTopicAttributes"),
          .handle = JsonHandler(handle)};
}

Operation tag_resource(Sns& sns) {
  static const Shape input = structure({required("ResourceArn", string()), required("Tags", tag_list_shape())});
  auto handle = [&sns](Call& call) -> Result<Json> {
    return sns.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
      TRY(Topic topic, called_topic(txn, call, "ResourceArn"));
      TRY(Json given, tag_map(call.input.value("Tags", Json::array())));
      topic.tags.update(given);
      TRY_VOID(check_tag_count(topic.tags));
      put_topic(txn, topic);
      return Json::object();
    });
  };
  return {.name = "TagResource",
          .input = &input,
          .access = topic_access(sns, "TagResource"),
          .handle = JsonHandler(handle)};
}

Operation untag_resource(Sns& sns) {
  static const Shape input = structure({required("ResourceArn", string()), required("TagKeys", list(string()))});
  auto handle = [&sns](Call& call) -> Result<Json> {
    return sns.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
      TRY(Topic topic, called_topic(txn, call, "ResourceArn"));
      for (const Json& key : call.input.value("TagKeys", Json::array())) topic.tags.erase(key.get<std::string>());
      put_topic(txn, topic);
      return Json::object();
    });
  };
  return {.name = "UntagResource",
          .input = &input,
          .access = topic_access(sns, "UntagResource"),
          .handle = JsonHandler(handle)};
}

Operation list_tags_for_resource(Sns& sns) {
  auto handle = [&sns](Call& call) -> Result<Json> {
    TRY(Topic topic, called_topic(sns.context.store, call, "ResourceArn"));
    Json tags = Json::array();
    for (const auto& [key, value] : topic.tags.items()) tags.push_back({{"Key", key}, {"Value", value}});
    return Json{{"Tags", tags}};
  };
  return {
      .name = "ListTagsForResource", .access = topic_access(sns, "ListTagsForResource"), .handle = JsonHandler(handle)};
}

}  // namespace millrace::sns
