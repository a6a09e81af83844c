#include <algorithm>

#include "emulator/access/statements.h"
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

Result<Topic> tagged_topic(const storage::Reader& reader, const Call& call) {
  Result<Topic> topic = called_topic(reader, call, "ResourceArn");
  if (topic.has_error() && topic.error().is(errors::not_found))
    return AwsError(errors::resource_not_found, "Resource does not exist");
  return topic;
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

bool is_topic_name(std::string_view name, bool fifo) {
  constexpr size_t kNameMax = 256;
  constexpr std::string_view kSuffix = ".fifo";
  if (name.size() > kNameMax || fifo != name.ends_with(kSuffix)) return false;
  if (fifo) name.remove_suffix(kSuffix.size());
  return !name.empty() && name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") ==
                              std::string_view::npos;
}

bool is_settable(const std::string& attribute) {
  static const std::vector<std::string> known = {"Policy",
                                                 "DisplayName",
                                                 "DeliveryPolicy",
                                                 "KmsMasterKeyId",
                                                 "SignatureVersion",
                                                 "TracingConfig",
                                                 "FifoThroughputScope",
                                                 "ContentBasedDeduplication",
                                                 "ArchivePolicy",
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

/// Every action of its statements is one of SNS. False also for what is no policy.
bool is_policy_of_topics(const Json& policy) {
  for (const Json& statement : access::statements_of(policy)) {
    if (statement.is_object() && find(statement, "NotAction")) continue;
    const Json action = statement.is_object() ? statement.value("Action", Json()) : Json();
    for (const Json& one : action.is_array() ? action : Json::array({action})) {
      if (!one.is_string()) return false;
      const std::string name = to_lower(one.get<std::string>());
      if (name != "*" && !name.starts_with("sns:")) return false;
    }
  }
  return true;
}

Result<void> check_attribute(const std::string& name, const std::string& value, bool fifo) {
  auto invalid = [](const std::string& what) {
    return AwsError(errors::invalid_parameter, "Invalid parameter: " + what);
  };
  if (!is_settable(name)) return invalid("AttributeName");
  // unverified: the words of the refusals up to the policy's
  const bool for_fifo = name == "ContentBasedDeduplication" || name == "FifoThroughputScope" || name == "ArchivePolicy";
  if (for_fifo && !fifo && !value.empty() && value != "false")
    return invalid(name == "ContentBasedDeduplication" ? "Content-based deduplication can only be set for FIFO topics"
                                                       : name + " can only be set for FIFO topics");
  if (name == "FifoThroughputScope" && fifo && value != "Topic" && value != "MessageGroup")
    return invalid("FifoThroughputScope Reason: Invalid value [" + value + "]");
  if (name == "SignatureVersion" && value != "1" && value != "2")
    return invalid("SignatureVersion Reason: Invalid value [" + value + "]");
  if (name == "TracingConfig" && value != "Active" && value != "PassThrough")
    return invalid("TracingConfig Reason: Invalid value [" + value + "]");
  if (name != "Policy" || value.empty()) return {};
  const auto policy = parse_json(value);
  if (!policy || !policy->is_object()) return invalid("Policy Error: null");
  if (!is_policy_of_topics(*policy)) return invalid("Policy statement action out of service scope!");
  return {};
}

/// The attributes of a new topic; FifoTopic says what its name must be.
Result<void> read_attributes(const Json& given, Topic& made) {
  const bool fifo = equals_ignore_case(text_of(given, "FifoTopic"), "true");
  if (!is_topic_name(made.name, fifo)) return AwsError(errors::invalid_parameter, "Invalid parameter: Topic Name");
  for (const auto& [name, value] : given.items()) {
    if (name == "FifoTopic") continue;
    TRY_VOID(check_attribute(name, value.get<std::string>(), fifo));
    made.attributes[name] = value;
  }
  return {};
}

/// Who makes a topic that exists gets it if what he gives is what it has.
Result<void> check_same(const Topic& existing, const Topic& made) {
  for (const auto& [key, value] : made.tags.items()) {
    if (text_of(existing.tags, key, "\n") != value.get_ref<const std::string&>())
      return AwsError(errors::invalid_parameter,
                      "Invalid parameter: Tags Reason: Topic already exists with different tags");
  }
  for (const auto& [name, value] : made.attributes.items()) {
    const char* fallback = name == "ContentBasedDeduplication" ? "false" : "";
    if (text_of(existing.attributes, name, fallback) != value.get_ref<const std::string&>())
      return AwsError(errors::invalid_parameter,
                      "Invalid parameter: Attributes Reason: Topic already exists with different attributes");
  }
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
    Topic made{.account = call.caller.account,
               .region = call.caller.region,
               .name = text_of(call.input, "Name"),
               .data_protection = text_of(call.input, "DataProtectionPolicy")};
    TRY_VOID(read_attributes(call.input.value("Attributes", Json::object()), made));
    TRY(made.tags, tag_map(call.input.value("Tags", Json::array())));
    TRY_VOID(check_tag_count(made.tags));
    return sns.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
      Result<Topic> existing = find_topic(txn, made.arn());
      if (existing.has_error())
        put_topic(txn, made);
      else
        TRY_VOID(check_same(*existing, made));
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
    if (topic.fifo())
      out.update({{"FifoTopic", "true"}, {"ContentBasedDeduplication", "false"}, {"FifoThroughputScope", "Topic"}});
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
    return sns.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
      TRY(Topic topic, called_topic(txn, call));
      TRY_VOID(check_attribute(name, value, topic.fifo()));
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
      TRY(Topic topic, tagged_topic(txn, call));
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
      TRY(Topic topic, tagged_topic(txn, call));
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
    TRY(Topic topic, tagged_topic(sns.context.store, call));
    Json tags = Json::array();
    for (const auto& [key, value] : topic.tags.items()) tags.push_back({{"Key", key}, {"Value", value}});
    return Json{{"Tags", tags}};
  };
  return {
      .name = "ListTagsForResource", .access = topic_access(sns, "ListTagsForResource"), .handle = JsonHandler(handle)};
}

}  // namespace millrace::sns
