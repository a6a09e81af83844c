#pragma once
// How topics, subscriptions, platform applications and their endpoints lie in the store: documents of Family::meta (storage/document_form.h).

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
  uint64_t sequence = 0;        // of the last message, FIFO topics
  std::string data_protection;  // the policy's text; empty: none
  std::string arn() const { return make_arn("sns", region, account, name); }
  bool fifo() const { return name.ends_with(".fifo"); }
};

struct Subscription {
  std::string arn;
  std::string topic_arn;
  std::string owner;
  std::string protocol;
  std::string endpoint;
  Json attributes = Json::object();  // RawMessageDelivery, FilterPolicy, FilterPolicyScope, RedrivePolicy
  std::string token;                 // by which its endpoint confirms it
  bool confirmed_by_token = false;
  bool confirmed_by_owner = false;  // AuthenticateOnUnsubscribe: only who may unsubscribe takes it back
  /// Servers and mail addresses have to confirm theirs; nothing here sends mail, so those never do.
  bool waits_for_endpoint() const { return protocol.starts_with("http") || protocol.starts_with("email"); }
  bool confirmed() const { return confirmed_by_token || !waits_for_endpoint(); }
};

/// A mobile platform's application, or a device that one can notify. Nothing is sent to any.
struct PushTarget {
  std::string arn;
  Json attributes = Json::object();
};

template <class Form>
void describe(Form& form, Topic& topic) {
  form.version(1);
  form.member("account", topic.account);
  form.member("region", topic.region);
  form.member("name", topic.name);
  form.member("attributes", topic.attributes);
  form.member("tags", topic.tags);
  form.added("sequence", topic.sequence);
  form.added("data_protection", topic.data_protection);
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
  form.added("token", subscription.token);
  form.added("confirmed_by_token", subscription.confirmed_by_token);
  form.added("confirmed_by_owner", subscription.confirmed_by_owner);
}

template <class Form>
void describe(Form& form, PushTarget& target) {
  form.version(1);
  form.member("arn", target.arn);
  form.member("attributes", target.attributes);
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
/// The one that waits for this token, or was confirmed by it. InvalidParameter `Invalid parameter: Token`.
Result<Subscription> subscription_of_token(const storage::Reader& reader, const std::string& topic_arn,
                                           const std::string& token);
void put_subscription(storage::Txn& txn, const Subscription& subscription);
void erase_subscription(storage::Txn& txn, const Subscription& subscription);

}  // namespace millrace::sns
