#include "emulator/access/managed_policies/managed_policies.h"

#include <gtest/gtest.h>

#include "emulator/access/policy.h"

namespace millrace::access {
namespace {

TEST(ManagedPolicies, EveryDocumentIsAValidIdentityPolicyAndTheListIsSorted) {
  std::string previous;
  for (const ManagedPolicy& policy : managed_policies()) {
    const auto parsed = parse_policy(policy.document, DocumentKind::identity);
    EXPECT_TRUE(parsed.has_value()) << policy.name;
    EXPECT_LT(previous, policy.name);
    EXPECT_EQ(find_managed_policy(policy.arn()), &policy);
    previous = policy.name;
  }
}

TEST(ManagedPolicies, AreFoundByTheirWholeArn) {
  EXPECT_NE(find_managed_policy("arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"), nullptr);
  EXPECT_EQ(find_managed_policy("arn:aws:iam::aws:policy/AWSLambdaBasicExecutionRole"), nullptr);
  EXPECT_EQ(find_managed_policy("arn:aws:iam::123456789012:policy/AdministratorAccess"), nullptr);
  EXPECT_TRUE(is_aws_managed("arn:aws:iam::aws:policy/AmazonEC2FullAccess"));
  EXPECT_FALSE(is_aws_managed("arn:aws:iam::aws:policy/"));
}

}  // namespace
}  // namespace millrace::access
