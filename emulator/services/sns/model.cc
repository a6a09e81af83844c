#include "emulator/services/sns/model.h"

#include <algorithm>

#include "emulator/services/sns/errors.h"
#include "emulator/storage/documents.h"

namespace millrace::sns {

namespace {

std::string topic_key(std::string_view account, std::string_view region, std::string_view name) {
  return storage::document_key({"sns", account, region, "topic", name});
}

/// Subscriptions lie by their topic; a subscription's ARN is its topic's with an id after it.
std::string subscription_key(const Arn& arn) {
  size_t colon = arn.resource.find(':');
  return storage::document_key({"sns", arn.account, arn.region, "subscription", arn.resource.substr(0, colon),
                                colon == std::string::npos ? "" : arn.resource.substr(colon + 1)});
}

Topic topic_from(const Json& document) {
  return {text_of(document, "account"), text_of(document, "region"), text_of(document, "name"), document["attributes"],
          document["tags"]};
}

Subscription subscription_from(const Json& document) {
  return {text_of(document, "arn"),      text_of(document, "topic_arn"), text_of(document, "owner"),
          text_of(document, "protocol"), text_of(document, "endpoint"),  document["attributes"]};
}

}  // namespace

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
  auto document = storage::get_document(reader, topic_key(arn->account, arn->region, arn->resource));
  if (!document) return AwsError(errors::not_found, "Topic does not exist");
  return topic_from(*document);
}

std::vector<Topic> list_topics(const storage::Reader& reader, std::string_view account, std::string_view region) {
  std::vector<Topic> out;
  for (const Json& document : storage::list_documents(reader, storage::document_key({"sns", account, region, "topic"})))
    out.push_back(topic_from(document));
  return out;
}

void put_topic(storage::Txn& txn, const Topic& topic) {
  storage::put_document(txn, topic_key(topic.account, topic.region, topic.name),
                        {{"account", topic.account},
                         {"region", topic.region},
                         {"name", topic.name},
                         {"attributes", topic.attributes},
                         {"tags", topic.tags}});
}

void erase_topic(storage::Txn& txn, const Topic& topic) {
  for (const Subscription& subscription : subscriptions_of(txn, topic.arn())) erase_subscription(txn, subscription);
  txn.erase(storage::Family::meta, topic_key(topic.account, topic.region, topic.name));
}

Result<Subscription> find_subscription(const storage::Reader& reader, const std::string& text) {
  auto arn = Arn::parse(text);
  if (!arn) return no_arn("SubscriptionArn", text);
  auto document = storage::get_document(reader, subscription_key(*arn));
  if (!document) return AwsError(errors::not_found, "Subscription does not exist");
  return subscription_from(*document);
}

std::vector<Subscription> subscriptions_of(const storage::Reader& reader, const std::string& topic_arn) {
  std::vector<Subscription> out;
  auto arn = Arn::parse(topic_arn);
  if (!arn) return out;
  for (const Json& document : storage::list_documents(
           reader, storage::document_key({"sns", arn->account, arn->region, "subscription", arn->resource})))
    out.push_back(subscription_from(document));
  return out;
}

std::vector<Subscription> list_subscriptions(const storage::Reader& reader, std::string_view account,
                                             std::string_view region) {
  std::vector<Subscription> out;
  for (const Json& document :
       storage::list_documents(reader, storage::document_key({"sns", account, region, "subscription"})))
    out.push_back(subscription_from(document));
  return out;
}

void put_subscription(storage::Txn& txn, const Subscription& s) {
  storage::put_document(txn, subscription_key(*Arn::parse(s.arn)),
                        {{"arn", s.arn},
                         {"topic_arn", s.topic_arn},
                         {"owner", s.owner},
                         {"protocol", s.protocol},
                         {"endpoint", s.endpoint},
                         {"attributes", s.attributes}});
}

void erase_subscription(storage::Txn& txn, const Subscription& subscription) {
  txn.erase(storage::Family::meta, subscription_key(*Arn::parse(subscription.arn)));
}

}  // namespace millrace::sns
