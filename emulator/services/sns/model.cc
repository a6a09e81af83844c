#include "emulator/services/sns/model.h"

#include <algorithm>

#include "emulator/services/sns/errors.h"
#include "emulator/services/sns/fifo.h"
#include "emulator/storage/document_form.h"

namespace millrace::sns {

std::string topic_key(std::string_view account, std::string_view region, std::string_view name) {
  return storage::document_key({"sns", account, region, "topic", name});
}

std::string subscription_key(const Arn& arn) {
  size_t colon = arn.resource.find(':');
  return storage::document_key({"sns", arn.account, arn.region, "subscription", arn.resource.substr(0, colon),
                                colon == std::string::npos ? "" : arn.resource.substr(colon + 1)});
}

AwsError no_arn(const std::string& member, const std::string& text) {
  constexpr int64_t kElements = 6;
  const int64_t elements = std::count(text.begin(), text.end(), ':') + 1;
  std::string message = "Invalid parameter: " + member;
  if (elements < kElements) message += " Reason: An ARN must have at least 6 elements, not " + std::to_string(elements);
  return {errors::invalid_parameter, message};
}

Result<Topic> find_topic(const storage::Reader& reader, const std::string& text) {
  auto arn = Arn::parse(text);
  if (!arn || arn->service != "sns" || arn->resource.empty()) return no_arn("TopicArn", text);
  auto topic = storage::get_model<Topic>(reader, topic_key(arn->account, arn->region, arn->resource));
  if (!topic) return AwsError(errors::not_found, "Topic does not exist");
  return std::move(*topic);
}

std::vector<Topic> list_topics(const storage::Reader& reader, std::string_view account, std::string_view region) {
  return storage::list_models<Topic>(reader, storage::document_key({"sns", account, region, "topic"}));
}

void put_topic(storage::Txn& txn, const Topic& topic) {
  storage::put_model(txn, topic_key(topic.account, topic.region, topic.name), topic);
}

void erase_topic(storage::Txn& txn, const Topic& topic) {
  for (const Subscription& subscription : subscriptions_of(txn, topic.arn())) erase_subscription(txn, subscription);
  forget_taken(txn, topic);
  txn.erase(storage::Family::meta, topic_key(topic.account, topic.region, topic.name));
}

Result<Subscription> find_subscription(const storage::Reader& reader, const std::string& text) {
  auto arn = Arn::parse(text);
  if (!arn) return no_arn("SubscriptionArn", text);
  auto subscription = storage::get_model<Subscription>(reader, subscription_key(*arn));
  if (!subscription) return AwsError(errors::not_found, "Subscription does not exist");
  return std::move(*subscription);
}

std::vector<Subscription> subscriptions_of(const storage::Reader& reader, const std::string& topic_arn) {
  auto arn = Arn::parse(topic_arn);
  if (!arn) return {};
  return storage::list_models<Subscription>(
      reader, storage::document_key({"sns", arn->account, arn->region, "subscription", arn->resource}));
}

std::vector<Subscription> list_subscriptions(const storage::Reader& reader, std::string_view account,
                                             std::string_view region) {
  return storage::list_models<Subscription>(reader, storage::document_key({"sns", account, region, "subscription"}));
}

Result<Subscription> subscription_of_token(const storage::Reader& reader, const std::string& topic_arn,
                                           const std::string& token) {
  for (Subscription& subscription : subscriptions_of(reader, topic_arn)) {
    if (!token.empty() && subscription.token == token) return std::move(subscription);
  }
  return AwsError(errors::invalid_parameter, "Invalid parameter: Token");
}

void put_subscription(storage::Txn& txn, const Subscription& s) {
  storage::put_model(txn, subscription_key(*Arn::parse(s.arn)), s);
}

void erase_subscription(storage::Txn& txn, const Subscription& subscription) {
  txn.erase(storage::Family::meta, subscription_key(*Arn::parse(subscription.arn)));
}

}  // namespace millrace::sns
