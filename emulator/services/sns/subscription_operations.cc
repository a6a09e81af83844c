#include <algorithm>

#include "emulator/base/encoding.h"
#include "emulator/services/sns/sns.h"

namespace millrace::sns {

using namespace protocol;

namespace {

constexpr const char* kProtocols[] = {"http", "https",       "email",  "email-json", "sms",
                                      "sqs",  "application", "lambda", "firehose"};

AwsError invalid(const std::string& what) {
  return {errors::invalid_parameter, "Invalid parameter: " + what};
}

/// What is wrong with a dead-letter queue of a subscription; empty: nothing.
std::string redrive_problem(const std::string& value, const Subscription& of) {
  const auto policy = parse_json(value);
  if (!policy || !policy->is_object()) return "RedrivePolicy: failed to parse JSON.";
  const auto arn = Arn::parse(text_of(*policy, "deadLetterTargetArn"));
  if (!arn || arn->service.empty() || arn->resource.empty())
    return "RedrivePolicy: deadLetterTargetArn is an invalid arn";
  const bool ordered = of.topic_arn.ends_with(".fifo") && of.endpoint.ends_with(".fifo");
  if (ordered && (arn->service != "sqs" || !arn->resource.ends_with(".fifo")))
    return "RedrivePolicy: must use a FIFO queue as DLQ for a FIFO Subscription to a FIFO Topic.";
  return "";
}

/// What AWS says of the attribute, behind "Invalid parameter: "; empty: nothing. `of`: the subscription with the attributes that
/// it will have.
std::string attribute_problem(const std::string& name, const std::string& value, const Subscription& of) {
  static const std::vector<std::string> known = {"RawMessageDelivery", "FilterPolicy",   "FilterPolicyScope",
                                                 "RedrivePolicy",      "DeliveryPolicy", "SubscriptionRoleArn",
                                                 "ReplayPolicy"};
  if (std::find(known.begin(), known.end(), name) == known.end()) return "AttributeName";
  if (name == "FilterPolicy") return filter_policy_problem(value, text_of(of.attributes, "FilterPolicyScope"));
  if (name == "FilterPolicyScope" && value != "MessageAttributes" && value != "MessageBody")
    return "FilterPolicyScope: Invalid value [" + value + "]. Please use either MessageBody or MessageAttributes";
  if (name == "RawMessageDelivery" && !equals_ignore_case(value, "true") && !equals_ignore_case(value, "false"))
    return "RawMessageDelivery: Invalid value [" + value + "]. Must be true or false.";
  if (name == "RedrivePolicy" && !value.empty()) return redrive_problem(value, of);
  return "";
}

// unverified: the words for mail addresses and applications
Result<void> check_endpoint(const std::string& protocol, const std::string& endpoint) {
  if (std::find(std::begin(kProtocols), std::end(kProtocols), protocol) == std::end(kProtocols))
    return invalid("Amazon SNS does not support this protocol string: " + protocol);
  if (protocol.starts_with("http") && !endpoint.starts_with(protocol + "://"))
    return invalid("Endpoint must match the specified protocol");
  if (protocol.starts_with("email") && endpoint.find('@') == std::string::npos) return invalid("Email address");
  if (protocol == "sms" && !is_phone_number(endpoint)) return invalid("Invalid SMS endpoint: " + endpoint);
  if (protocol == "sqs" && !endpoint.starts_with("arn:aws:sqs:")) return invalid("SQS endpoint ARN");
  if (protocol == "lambda" && !endpoint.starts_with("arn:aws:lambda:")) return invalid("Lambda endpoint ARN");
  if (protocol == "application" && endpoint.find(":endpoint/") == std::string::npos)
    return invalid("Application endpoint arn invalid:" + endpoint);
  return {};
}

/// FIFO queues belong to FIFO topics, which take queues alone.
Result<void> check_order(const Topic& topic, const std::string& protocol, const std::string& endpoint) {
  if (!topic.fifo() && protocol == "sqs" && endpoint.ends_with(".fifo"))
    return invalid("Invalid parameter: Endpoint Reason: FIFO SQS Queues can not be subscribed to standard SNS topics");
  if (topic.fifo() && protocol != "sqs") return invalid("Invalid protocol type: " + protocol);
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

/// What the request asks for, with a token and an ARN of its own.
Result<Subscription> read_subscription(Sns& sns, const Call& call, const Topic& topic) {
  Subscription made{.arn = topic.arn() + ":" + sns.context.random.uuid(),
                    .topic_arn = topic.arn(),
                    .owner = call.caller.account,
                    .protocol = text_of(call.input, "Protocol"),
                    .endpoint = text_of(call.input, "Endpoint"),
                    .attributes = call.input.value("Attributes", Json::object()),
                    .token = {}};
  TRY_VOID(check_endpoint(made.protocol, made.endpoint));
  TRY_VOID(check_order(topic, made.protocol, made.endpoint));
  for (const auto& [name, value] : made.attributes.items()) {
    const std::string problem = attribute_problem(name, value.get<std::string>(), made);
    if (!problem.empty()) return invalid((problem == "AttributeName" ? "" : "Attributes Reason: ") + problem);
  }
  if (text_of(made.attributes, "FilterPolicy") == "{}") made.attributes.erase("FilterPolicy");
  constexpr size_t kTokenDigits = 216;
  if (made.waits_for_endpoint()) made.token = sns.context.random.hex(kTokenDigits);
  return made;
}

}  // namespace

Operation subscribe(Sns& sns) {
  static const Shape input = structure(
      {required("TopicArn", string()), required("Protocol", string()), optional("Attributes", map(string()))});
  auto handle = [&sns](Call& call) -> Result<Json> {
    TRY(const Topic subscribed, called_topic(sns.context.store, call));
    TRY(Subscription made, read_subscription(sns, call, subscribed));
    auto stored = sns.context.store.transact([&](storage::Txn& txn) -> Result<Subscription> {
      TRY(Topic topic, called_topic(txn, call));
      for (Subscription& existing : subscriptions_of(txn, topic.arn())) {
        if (existing.protocol != made.protocol || existing.endpoint != made.endpoint) continue;
        if (!made.attributes.empty() && existing.attributes != made.attributes)
          return invalid("Attributes Reason: Subscription already exists with different attributes");
        return std::move(existing);
      }
      put_subscription(txn, made);
      return made;
    });
    if (stored.has_error()) return std::move(stored).error();
    if (!stored->confirmed()) send_confirmation(sns, *stored, "SubscriptionConfirmation");
    const bool show_arn = stored->confirmed() || text_of(call.input, "ReturnSubscriptionArn") == "true";
    return Json{{"SubscriptionArn", show_arn ? stored->arn : "pending confirmation"}};
  };
  return {
      .name = "Subscribe", .input = &input, .access = topic_access(sns, "Subscribe"), .handle = JsonHandler(handle)};
}

/// For whoever has the token, signed or not.
Operation confirm_subscription(Sns& sns) {
  static const Shape input = structure({required("TopicArn", string()), required("Token", string())});
  auto handle = [&sns](Call& call) -> Result<Json> {
    return sns.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
      TRY(Topic topic, find_topic(txn, text_of(call.input, "TopicArn")));
      TRY(Subscription subscription, subscription_of_token(txn, topic.arn(), text_of(call.input, "Token")));
      subscription.confirmed_by_token = true;
      subscription.confirmed_by_owner = text_of(call.input, "AuthenticateOnUnsubscribe") == "true";
      put_subscription(txn, subscription);
      return Json{{"SubscriptionArn", subscription.arn}};
    });
  };
  return {.name = "ConfirmSubscription", .input = &input, .handle = JsonHandler(handle)};
}

Operation unsubscribe(Sns& sns) {
  static const Shape input = structure({required("SubscriptionArn", string())});
  auto handle = [&sns](Call& call) -> Result<Json> {
    return sns.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
      Result<Subscription> subscription = find_subscription(txn, text_of(call.input, "SubscriptionArn"));
      if (subscription.has_error() && !subscription.error().is(errors::not_found))
        return std::move(subscription).error();
      if (subscription.has_error()) return Json();
      erase_subscription(txn, *subscription);
      if (subscription->confirmed())
        txn.after_commit([&sns, gone = *subscription] { send_confirmation(sns, gone, "UnsubscribeConfirmation"); });
      return Json();
    });
  };
  // Notifications have an unsigned link to it.
  auto access = [&sns, signed_access = subscription_access(sns, "Unsubscribe")](const Call& call) {
    Result<Subscription> subscription = find_subscription(sns.context.store, text_of(call.input, "SubscriptionArn"));
    const bool by_link = call.caller.anonymous && (subscription.has_error() || !subscription->confirmed_by_owner);
    return by_link ? Result<AccessNeeds>(AccessNeeds()) : signed_access(call);
  };
  return {.name = "Unsubscribe", .input = &input, .access = access, .handle = JsonHandler(handle), .checks_root = true};
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
             {"ConfirmationWasAuthenticated", s.confirmed_by_owner || !s.waits_for_endpoint() ? "true" : "false"},
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
    return sns.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
      TRY(Subscription subscription, find_subscription(txn, text_of(call.input, "SubscriptionArn")));
      if (const std::string problem = attribute_problem(name, value, subscription); !problem.empty())
        return invalid(problem);
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
