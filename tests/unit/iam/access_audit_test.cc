#include "emulator/services/iam/access_audit.h"

#include <gtest/gtest.h>

namespace millrace::iam {
namespace {

constexpr const char* kRole = "arn:aws:iam::111122223333:role/worker";

TEST(AccessAudit, DerivesThePolicyThatFits) {
  AccessAudit audit;
  const std::string table = "arn:aws:dynamodb:us-east-1:111122223333:table/T";
  audit.record(kRole, "dynamodb:GetItem", table, true, "", 1);
  audit.record(kRole, "dynamodb:PutItem", table, false, "no", 2);
  audit.record(kRole, "dynamodb:GetRecords", table + "/stream/2026-01-01T00:00:00.000", true, "", 3);
  audit.record(kRole, "logs:PutLogEvents", "arn:aws:logs:us-east-1:111122223333:log-group:G:log-stream:S", true, "", 4);
  const Json policy = audit.least_privilege_policy(kRole).value();
  EXPECT_EQ(policy["Version"], "2012-10-17");
  ASSERT_EQ(policy["Statement"].size(), 3U);
  std::map<std::string, Json> by_resource;
  for (const Json& statement : policy["Statement"]) {
    by_resource[statement["Resource"][0].get<std::string>()] = statement["Action"];
  }
  EXPECT_EQ(by_resource[table], (Json{"dynamodb:GetItem", "dynamodb:PutItem"}));
  // A mapping needs all four, whichever were seen.
  EXPECT_EQ(by_resource[table + "/stream/*"], (Json{"dynamodb:DescribeStream", "dynamodb:GetRecords",
                                                    "dynamodb:GetShardIterator", "dynamodb:ListStreams"}));
  EXPECT_EQ(by_resource["arn:aws:logs:us-east-1:111122223333:log-group:G:*"], Json::array({"logs:PutLogEvents"}));
}

TEST(AccessAudit, ManyObjectsOfABucketBecomeOneResource) {
  AccessAudit audit;
  for (int i = 0; i < 11; ++i) audit.record(kRole, "s3:GetObject", "arn:aws:s3:::b/" + std::to_string(i), true, "", i);
  audit.record(kRole, "s3:GetObject", "arn:aws:s3:::other/one", true, "", 20);
  const Json policy = audit.least_privilege_policy(kRole).value();
  ASSERT_EQ(policy["Statement"].size(), 1U);
  EXPECT_EQ(policy["Statement"][0]["Resource"], (Json{"arn:aws:s3:::b/*", "arn:aws:s3:::other/one"}));
}

TEST(AccessAudit, CountsWhatIsBeyondItsLimits) {
  AccessAudit audit;
  for (int i = 0; i < 1100; ++i) audit.record(kRole, "a:b", "arn:x:" + std::to_string(i), true, "", i);
  for (int i = 0; i < 510; ++i) audit.record("p" + std::to_string(i), "a:b", "*", true, "", i);
  const Json report = audit.report();
  EXPECT_EQ(report["principals"].size(), 500U);
  EXPECT_EQ(report["dropped"], 11);
  EXPECT_EQ(report["principals"][0]["dropped"], 100);
  EXPECT_EQ(report["principals"][0]["requests"], 1100);
  audit.clear();
  EXPECT_TRUE(audit.report()["principals"].empty());
}

TEST(AccessAudit, OfAnUnknownPrincipalThereIsNoPolicy) {
  AccessAudit audit;
  EXPECT_FALSE(audit.least_privilege_policy("nobody"));
  EXPECT_EQ(audit.since(), 0);
  audit.record(kRole, "a:b", "*", true, "", 7);
  audit.record(kRole, "a:b", "*", true, "", 9);
  EXPECT_EQ(audit.since(), 7);
}

}  // namespace
}  // namespace millrace::iam
