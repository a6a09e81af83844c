#pragma once
// How topics and subscriptions lie in the store: documents of Family::meta (storage/document_form.h).

#include <optional>
#include <string>
#include <vector>

#include "emulator/base/arn.h"
#include "emulator/base/json.h"
#include "emulator/base/result.h"
#include "emulator/storage/store.h"

namespace millrace::sns {

struct Topic {
  std::string account, region, name;
  Json attributes = Json::object();  // as set, values are texts
  Json tags = Json::object();
  std::string arn() const { return make_arn("sns", region, account, name); }
};

struct Subscription {
  std::string arn;
  std::string topic_arn;
  std::string owner;
  std::string protocol;
  std::string endpoint;
  Json attributes = Json::object();  // RawMessageDelivery, FilterPolicy, FilterPolicyScope, RedrivePolicy
  /// Queues and functions are confirmed at once; other endpoints never are, for nothing is delivered to them.
  bool confirmed() const { return protocol == "sqs" || protocol == "lambda"; }
};

template <class Form>
void describe(Form& form, Topic& topic) {
  form.version(1);
  form.member("account", topic.account);
  form.member("region", topic.region);
  form.member("name", topic.name);
  form.member("attributes", topic.attributes);
  form.member("tags", topic.tags);
}

template <class Form>
void describe(Form& form, Subscription& subscription) {
  form.version(1);
  form.member("arn", subscription.arn);
  form.member("topic_arn", subscription.topic_arn);
  form.member("owner", subscription.owner);
  form.member("protocol", subscription.protocol);
  form.member("endpoint", subscription.endpoint);
  form.member("attributes", subscription.attributes);
}

std::string topic_key(std::string_view account, std::string_view region, std::string_view name);
/// Subscriptions lie by their topic; a subscription's ARN is its topic's with an id after it.
std::string subscription_key(const Arn& arn);

/// InvalidParameter for a text that is no ARN of SNS. unverified: the words for one with enough elements.
AwsError no_arn(const std::string& member, const std::string& text);
/// NotFound `Topic does not exist`; InvalidParameter if the text is no topic's ARN.
Result<Topic> find_topic(const storage::Reader& reader, const std::string& arn);
std::vector<Topic> list_topics(const storage::Reader& reader, std::string_view account, std::string_view region);
void put_topic(storage::Txn& txn, const Topic& topic);
/// Erases the topic with its subscriptions.
void erase_topic(storage::Txn& txn, const Topic& topic);

/// NotFound `Subscription does not exist`.
Result<Subscription> find_subscription(const storage::Reader& reader, const std::string& arn);
std::vector<Subscription> subscriptions_of(const storage::Reader& reader, const std::string& topic_arn);
std::vector<Subscription> list_subscriptions(const storage::Reader& reader, std::string_view account,
                                             std::string_view region);
void put_subscription(storage::Txn& txn, const Subscription& subscription);
void erase_subscription(storage::Txn& txn, const Subscription& subscription);

}  // namespace millrace::sns
