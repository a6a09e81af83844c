#include <algorithm>

#include "emulator/base/encoding.h"
#include "emulator/services/sns/sns.h"
#include "runtime/filter/filter_pattern.h"

namespace millrace::sns {

using namespace protocol;

namespace {

constexpr const char* kProtocols[] = {"http", "https",       "email",  "email-json", "sms",
                                      "sqs",  "application", "lambda", "firehose"};

Result<void> check_attribute(const std::string& name, const std::string& value) {
  static const std::vector<std::string> known = {"RawMessageDelivery", "FilterPolicy",   "FilterPolicyScope",
                                                 "RedrivePolicy",      "DeliveryPolicy", "SubscriptionRoleArn"};
  if (std::find(known.begin(), known.end(), name) == known.end())
    return AwsError(errors::invalid_parameter, "Invalid parameter: AttributeName");
  if (name == "FilterPolicy" && !value.empty() && value != "{}" && !filter::FilterPattern::compile(value))
    return AwsError(errors::invalid_parameter, "Invalid parameter: FilterPolicy: failed to parse JSON.");
  if (name == "RawMessageDelivery" && !equals_ignore_case(value, "true") && !equals_ignore_case(value, "false"))
    return AwsError(errors::invalid_parameter,
                    "Invalid parameter: Attributes Reason: RawMessageDelivery: Invalid value [" + value +
                        "]. Must be true or false.");
  return {};
}

Result<void> check_endpoint(const std::string& protocol, const std::string& endpoint) {
  if (std::find(std::begin(kProtocols), std::end(kProtocols), protocol) == std::end(kProtocols))
    return AwsError(errors::invalid_parameter,
                    "Invalid parameter: Amazon SNS does not support this protocol string: " + protocol);
  if (protocol == "sqs" && !endpoint.starts_with("arn:aws:sqs:"))
    return AwsError(errors::invalid_parameter, "Invalid parameter: SQS endpoint ARN");
  if (protocol == "sqs" && endpoint.ends_with(".fifo"))  // topics are standard ones here
    return AwsError(errors::invalid_parameter,
                    "Invalid parameter: Invalid parameter: Endpoint Reason: FIFO SQS Queues can not be subscribed to "
                    "standard SNS topics");
  if (protocol == "lambda" && !endpoint.starts_with("arn:aws:lambda:"))
    return AwsError(errors::invalid_parameter, "Invalid parameter: Lambda endpoint ARN");
  return {};
}

Json describe(const Subscription& s) {
  return {{"SubscriptionArn", s.confirmed() ? s.arn : "PendingConfirmation"},
          {"Owner", s.owner},
          {"Protocol", s.protocol},
          {"Endpoint", s.endpoint},
          {"TopicArn", s.topic_arn}};
}

Result<Json> page_of(const Call& call, const std::vector<Subscription>& all, std::string_view of = {}) {
  TRY(Pager page, page_in(call, of));
  Json out{{"Subscriptions", Json::array()}};
  for (const Subscription& subscription : all) {
    if (page.takes(subscription.arn)) out["Subscriptions"].push_back(describe(subscription));
  }
  if (auto next = page.next_token()) out["NextToken"] = std::move(*next);
  return out;
}

std::function<Result<AccessNeeds>(const Call&)> subscription_access(Sns& sns, std::string action) {
  return [&sns, action = "sns:" + action](const Call& call) -> Result<AccessNeeds> {
    Result<Subscription> subscription = find_subscription(sns.context.store, text_of(call.input, "SubscriptionArn"));
    return AccessNeeds{{action, subscription.has_value() ? subscription->topic_arn : "*"}};
  };
}

}  // namespace

Operation subscribe(Sns& sns) {
  static const Shape input = structure(
      {required("TopicArn", string()), required("Protocol", string()), optional("Attributes", map(string()))});
  auto handle = [&sns](Call& call) -> Result<Json> {
    std::string protocol = text_of(call.input, "Protocol"), endpoint = text_of(call.input, "Endpoint");
    TRY_VOID(called_topic(sns.context.store, call));
    TRY_VOID(check_endpoint(protocol, endpoint));
    Json attributes = call.input.value("Attributes", Json::object());
    for (const auto& [name, value] : attributes.items()) TRY_VOID(check_attribute(name, value.get<std::string>()));
    return sns.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
      TRY(Topic topic, called_topic(txn, call));
      for (const Subscription& existing : subscriptions_of(txn, topic.arn())) {
        if (existing.protocol != protocol || existing.endpoint != endpoint) continue;
        if (!attributes.empty() && existing.attributes != attributes)
          return AwsError(
              errors::invalid_parameter,
              "Invalid parameter: Attributes Reason: Subscription already exists with different attributes");
        return Json{{"SubscriptionArn", existing.arn}};
      }
      Subscription made{topic.arn() + ":" + sns.context.random.uuid(),
                        topic.arn(),
                        call.caller.account,
                        protocol,
                        endpoint,
                        attributes};
      put_subscription(txn, made);
      bool show_arn = made.confirmed() || text_of(call.input, "ReturnSubscriptionArn") == "true";
      return Json{{"SubscriptionArn", show_arn ? made.arn : "pending confirmation"}};
    });
  };
  return {
      .name = "Subscribe", .input = &input, .access = topic_access(sns, "Subscribe"), .handle = JsonHandler(handle)};
}

Operation unsubscribe(Sns& sns) {
  static const Shape input = structure({required("SubscriptionArn", string())});
  auto handle = [&sns](Call& call) -> Result<Json> {
    return sns.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
      Result<Subscription> subscription = find_subscription(txn, text_of(call.input, "SubscriptionArn"));
      if (subscription.has_error() && !subscription.error().is(errors::not_found))
        return std::move(subscription).error();
      if (subscription.has_value()) erase_subscription(txn, *subscription);
      return Json();
    });
  };
  return {.name = "Unsubscribe",
          .input = &input,
          .access = subscription_access(sns, "Unsubscribe"),
          .handle = JsonHandler(handle)};
}

Operation list_subscriptions_operation(Sns& sns) {
  auto handle = [&sns](Call& call) -> Result<Json> {
    auto all = list_subscriptions(sns.context.store, call.caller.account, call.caller.region);
    std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.arn < b.arn; });
    return page_of(call, all);
  };
  return {.name = "ListSubscriptions", .access = topic_access(sns, "ListSubscriptions"), .handle = JsonHandler(handle)};
}

Operation list_subscriptions_by_topic(Sns& sns) {
  static const Shape input = structure({required("TopicArn", string())});
  auto handle = [&sns](Call& call) -> Result<Json> {
    TRY(Topic topic, called_topic(sns.context.store, call));
    return page_of(call, subscriptions_of(sns.context.store, topic.arn()), topic.arn());
  };
  return {.name = "ListSubscriptionsByTopic",
          .input = &input,
          .access = topic_access(sns, "ListSubscriptionsByTopic"),
          .handle = JsonHandler(handle)};
}

Operation get_subscription_attributes(Sns& sns) {
  static const Shape input = structure({required("SubscriptionArn", string())});
  auto handle = [&sns](Call& call) -> Result<Json> {
    TRY(Subscription s, find_subscription(sns.context.store, text_of(call.input, "SubscriptionArn")));
    Json out{{"SubscriptionArn", s.arn},
             {"TopicArn", s.topic_arn},
             {"Owner", s.owner},
             {"Protocol", s.protocol},
             {"Endpoint", s.endpoint},
             {"PendingConfirmation", s.confirmed() ? "false" : "true"},
             {"ConfirmationWasAuthenticated", s.confirmed() ? "true" : "false"},
             {"RawMessageDelivery", "false"},
             {"SubscriptionPrincipal", "arn:aws:iam::" + s.owner + ":root"}};
    for (const auto& [name, value] : s.attributes.items()) out[name] = value;
    if (find(s.attributes, "FilterPolicy") && !find(s.attributes, "FilterPolicyScope"))
      out["FilterPolicyScope"] = "MessageAttributes";
    return Json{{"Attributes", out}};
  };
  return {.name = "GetSubscriptionAttributes",
          .input = &input,
          .access = subscription_access(sns, "GetSubscriptionAttributes"),
          .handle = JsonHandler(handle)};
}

Operation set_subscription_attributes(Sns& sns) {
  static const Shape input = structure({required("SubscriptionArn", string()), required("AttributeName", string())});
  auto handle = [&sns](Call& call) -> Result<Json> {
    std::string name = text_of(call.input, "AttributeName"), value = text_of(call.input, "AttributeValue");
    TRY_VOID(check_attribute(name, value));
    return sns.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
      TRY(Subscription subscription, find_subscription(txn, text_of(call.input, "SubscriptionArn")));
      bool clears = value.empty() || (name == "FilterPolicy" && value == "{}");
      if (clears)
        subscription.attributes.erase(name);
      else
        subscription.attributes[name] = value;
      put_subscription(txn, subscription);
      return Json();
    });
  };
  return {.name = "SetSubscriptionAttributes",
          .input = &input,
          .access = subscription_access(sns, "SetSubscriptionAttributes"),
          .handle = JsonHandler(handle)};
}

}  // namespace millrace::sns
