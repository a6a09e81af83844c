// The stored form of topics and subscriptions (storage/KEYS.md).

#include "emulator/services/sns/model.h"

#include <gtest/gtest.h>

#include "emulator/base/encoding.h"
#include "emulator/storage/document_form.h"

namespace millrace::sns {
namespace {

TEST(SnsModel, AreAsDocumented) {
  EXPECT_EQ(to_hex(topic_key("123456789012", "us-east-1", "news")),
            "736e730000313233343536373839303132000075732d656173742d310000746f70696300006e6577730000");
  EXPECT_EQ(to_hex(subscription_key(*Arn::parse("arn:aws:sns:us-east-1:123456789012:news:1f"))),
            "736e730000313233343536373839303132000075732d656173742d310000737562736372697074696f6e00006e65777300003166"
            "0000");
}

// As the first versions of the program wrote them.
constexpr const char* kTopic =
    R"({"account":"123456789012","region":"us-east-1","name":"news","attributes":{"DisplayName":"N"},"tags":{"a":"b"}})";
constexpr const char* kSubscription =
    R"({"arn":"arn:aws:sns:us-east-1:123456789012:news:1f","topic_arn":"arn:aws:sns:us-east-1:123456789012:news",)"
    R"("owner":"123456789012","protocol":"sqs","endpoint":"arn:aws:sqs:us-east-1:123456789012:jobs",)"
    R"("attributes":{"RawMessageDelivery":"true"}})";

TEST(SnsModel, EarlierFormsAreRead) {
  const auto topic = storage::from_document<Topic>(*parse_json(kTopic));
  ASSERT_TRUE(topic);
  EXPECT_EQ(topic->arn(), "arn:aws:sns:us-east-1:123456789012:news");
  EXPECT_EQ(text_of(topic->attributes, "DisplayName"), "N");
  EXPECT_EQ(text_of(topic->tags, "a"), "b");
  const auto subscription = storage::from_document<Subscription>(*parse_json(kSubscription));
  ASSERT_TRUE(subscription);
  EXPECT_TRUE(subscription->confirmed());
  EXPECT_EQ(subscription->endpoint, "arn:aws:sqs:us-east-1:123456789012:jobs");
}

TEST(SnsModel, WhatIsWrittenIsTheSameWithItsVersion) {
  Json expected = {{"version", 1}};
  expected.update(*parse_json(kSubscription));
  expected.update(Json{{"token", ""}, {"confirmed_by_token", false}, {"confirmed_by_owner", false}});
  EXPECT_EQ(to_text(storage::to_document(*storage::from_document<Subscription>(*parse_json(kSubscription)))),
            to_text(expected));
}

TEST(SnsModel, DamageIsNoTopic) {
  Json damaged = *parse_json(kTopic);
  damaged.erase("tags");
  EXPECT_FALSE(storage::from_document<Topic>(damaged));
}

}  // namespace
}  // namespace millrace::sns
