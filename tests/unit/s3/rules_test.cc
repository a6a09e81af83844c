#include <gtest/gtest.h>

#include "emulator/services/s3/buckets/cors.h"
#include "emulator/services/s3/buckets/grants.h"
#include "emulator/services/s3/buckets/lifecycle.h"
#include "emulator/services/s3/buckets/notification.h"
#include "emulator/services/s3/objects/listing.h"
#include "emulator/services/s3/objects/object_version.h"

namespace millrace::s3 {
namespace {

TEST(CommonPrefix, UpToTheDelimiterAfterThePrefix) {
  EXPECT_EQ(common_prefix("a/b/c", "", "/"), "a/");
  EXPECT_EQ(common_prefix("a/b/c", "a/", "/"), "a/b/");
  EXPECT_EQ(common_prefix("a/b/c", "a/b/", "/"), "");
  EXPECT_EQ(common_prefix("a--b", "", "--"), "a--");
  EXPECT_EQ(common_prefix("abc", "", ""), "");
}

TEST(Lifecycle, DaysEndAtMidnight) {
  Millis noon = parse_iso("2024-01-15T12:00:00Z");
  EXPECT_EQ(iso_seconds(end_of_days(noon, 1)), "2024-01-17T00:00:00Z");
  EXPECT_EQ(iso_seconds(end_of_days(parse_iso("2024-01-15"), 1)), "2024-01-16T00:00:00Z");
}

TEST(Lifecycle, Filters) {
  LifecycleRule rule;
  rule.prefix = "logs/";
  rule.tags = {{"a", "1"}};
  rule.larger_than = 10;
  ObjectVersion version;
  version.size = 11;
  version.tags = {{"a", "1"}, {"b", "2"}};
  EXPECT_TRUE(rule.applies_to("logs/x", version));
  EXPECT_FALSE(rule.applies_to("log", version));
  version.size = 10;
  EXPECT_FALSE(rule.applies_to("logs/x", version));
}

TEST(Notification, Matches) {
  NotificationTarget target;
  target.events = {"s3:ObjectCreated:*"};
  target.prefix = "in/";
  target.suffix = ".jpg";
  EXPECT_TRUE(target.matches("s3:ObjectCreated:Put", "in/a.jpg"));
  EXPECT_FALSE(target.matches("s3:ObjectRemoved:Delete", "in/a.jpg"));
  EXPECT_FALSE(target.matches("s3:ObjectCreated:Put", "in/a.png"));
}

TEST(Cors, Rules) {
  CorsRule rule{{"https://*.example.com"}, {"GET"}, {"x-*"}, {}, {}};
  EXPECT_TRUE(rule.allows("https://a.example.com", "GET"));
  EXPECT_FALSE(rule.allows("https://example.org", "GET"));
  EXPECT_FALSE(rule.allows("https://a.example.com", "PUT"));
  EXPECT_TRUE(rule.allows_headers("X-One, x-two"));
  EXPECT_FALSE(rule.allows_headers("x-one, content-type"));
}

TEST(PublicPolicy, WhatCountsAsPublic) {
  auto policy = [](const std::string& rest) {
    return R"({"Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*",)" + rest + "}]}";
  };
  EXPECT_TRUE(is_public_policy(policy(R"("Principal":"*")")));
  EXPECT_TRUE(is_public_policy(policy(R"("Principal":{"AWS":["*"]})")));
  EXPECT_FALSE(is_public_policy(policy(R"("Principal":{"AWS":"123456789012"})")));
  EXPECT_FALSE(is_public_policy(policy(R"("Principal":"*","Condition":{"StringEquals":{"aws:SourceVpc":"vpc-1"}})")));
  EXPECT_TRUE(is_public_policy(policy(R"("Principal":"*","Condition":{"StringLike":{"aws:SourceVpc":"vpc-*"}})")));
}

TEST(ObjectVersions, Codec) {
  ObjectVersion version;
  version.version_id = "abc";
  version.size = 1ull << 40;
  version.body = ~0ull;
  version.etag = "e";
  version.headers = {{"x-amz-meta-a", "\xff latin"}};
  version.tags = {{"k", ""}};
  version.checksum = {Algorithm::crc64nvme, true, "v-2"};
  version.retain_until_ms = 5;
  auto back = decode(encode(version));
  ASSERT_TRUE(back);
  EXPECT_EQ(back->size, version.size);
  EXPECT_EQ(back->body, version.body);
  EXPECT_EQ(back->headers, version.headers);
  EXPECT_EQ(back->tags, version.tags);
  EXPECT_EQ(back->checksum.value, "v-2");
  EXPECT_TRUE(back->checksum.composite);
  EXPECT_FALSE(decode("nonsense"));
}

}  // namespace
}  // namespace millrace::s3
