#include <gtest/gtest.h>

#include "emulator/access/policy.h"

namespace millrace::access {
namespace {

std::string fault(const std::string& document, DocumentKind kind = DocumentKind::identity) {
  const auto parsed = parse_policy(document, kind);
  return parsed.has_error() ? parsed.error().message : "";
}

/// A document of one statement, given as its members beside the Effect.
std::string statement(const std::string& members) {
  return R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow",)" + members + "}]}";
}

std::string resource_fault(const std::string& resource) {
  return fault(statement(R"("Action":"s3:*","Resource":")" + resource + "\""));
}

std::string action_fault(const std::string& action) {
  return fault(statement(R"("Resource":"*","Action":")" + action + "\""));
}

constexpr const char* kSyntax = "Syntax errors in policy.";

TEST(PolicyParser, ReadsEveryElement) {
  const auto policy = parse_policy(
      R"({"Version":"2012-10-17","Id":"p","Statement":{"Sid":"One","Effect":"Deny","NotAction":["S3:Get*","sts:*"],
      "NotResource":"arn:aws:s3:::${aws:username}","Condition":{"ForAnyValue:StringNotLikeIfExists":
      {"aws:TagKeys":["a","b"]},"Bool":{"aws:SecureTransport":false}}}})",
      DocumentKind::identity);
  ASSERT_TRUE(policy.has_value());
  const Statement& s = policy->statements.at(0);
  EXPECT_EQ(policy->id, "p");
  EXPECT_EQ(s.sid, "One");
  EXPECT_EQ(s.effect, Effect::deny);
  EXPECT_TRUE(s.not_action);
  EXPECT_TRUE(s.not_resource);
  EXPECT_EQ(s.actions.size(), 2U);
  ASSERT_EQ(s.conditions.size(), 2U);
  EXPECT_EQ(s.conditions[0].quantifier, Quantifier::for_any_value);
  EXPECT_TRUE(s.conditions[0].negated);
  EXPECT_TRUE(s.conditions[0].if_exists);
  EXPECT_EQ(s.conditions[0].key, "aws:tagkeys");
  EXPECT_EQ(s.conditions[1].values.at(0).source(), "false");
}

TEST(PolicyParser, GrammarFaultsAreSyntaxErrors) {
  const char* documents[] = {
      "",
      "null",
      "[]",
      "{}",
      "{",
      R"("text")",
      R"({"Version":"2012-10-17"})",
      R"({"Version":"2012-10-17","Statement":[]})",
      R"({"Version":"2012-10-17","Statement":"x"})",
      R"({"Version":"2012-10-17","Statement":[1]})",
      R"({"Version":"2012-10-17","Statement":[{}]})",
      R"({"Version":"2013-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]})",
      R"({"Version":5,"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]})",
      R"({"Version":"2012-10-17","Extra":1,"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]})",
      R"({"Version":"2012-10-17","Statement":[{"Effect":"allow","Action":"*","Resource":"*"}]})",
      R"({"Version":"2012-10-17","Statement":[{"Effect":true,"Action":"*","Resource":"*"}]})",
      R"({"Version":"2012-10-17","Statement":[{"Action":"*","Resource":"*"}]})",
  };
  for (const char* document : documents) EXPECT_EQ(fault(document), kSyntax) << document;
  const char* members[] = {
      R"("action":"*","Resource":"*")",
      R"("Action":"*","NotAction":"*","Resource":"*")",
      R"("Action":"*","Resource":"*","NotResource":"*")",
      R"("Action":5,"Resource":"*")",
      R"("Action":["*",1],"Resource":"*")",
      R"("Action":"*","Resource":{"a":"b"})",
      R"("Action":"*","Resource":"*","Sid":5)",
      R"("Action":"*","Resource":"*","Condition":[])",
      R"("Action":"*","Resource":"*","Condition":{"StringEqual":{"a:b":"c"}})",
      R"("Action":"*","Resource":"*","Condition":{"StringEquals":"c"})",
      R"("Action":"*","Resource":"*","Condition":{"StringEquals":{"a:b":{}}})",
      R"("Action":"*","Resource":"*","Condition":{"NullIfExists":{"a:b":"true"}})",
      R"("Action":"*","Resource":"*","Condition":{"Null":{"a:b":"maybe"}})",
      R"("Action":"*","Resource":"*","Condition":{"ForSomeValues:StringEquals":{"a:b":"c"}})",
      R"("Action":"*","Resource":"*","Principal":"everyone")",
      R"("Action":"*","Resource":"*","Principal":{"Users":"*"})",
  };
  for (const char* text : members) EXPECT_EQ(fault(statement(text)), kSyntax) << text;
}

TEST(PolicyParser, DeepNestingIsRefusedNotCrashed) {
  EXPECT_EQ(fault(std::string(100'000, '[')), kSyntax);
  EXPECT_EQ(fault(statement(R"("Action":)" + std::string(5000, '[') + std::string(5000, ']'))), kSyntax);
}

TEST(PolicyParser, DocumentsWithoutAVersionAreOfTheOldOne) {
  const std::string statements = R"("Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]})";
  EXPECT_EQ(fault("{" + statements), "");
  EXPECT_EQ(fault(R"({"Version":"2008-10-17",)" + statements), "");
  EXPECT_EQ(fault(R"({"Version":"2012-10-17",)" + statements), "");
}

TEST(PolicyParser, StatementsNeedActionsAndResources) {
  EXPECT_EQ(fault(statement(R"("Resource":"*")")), "Policy statement must contain actions.");
  EXPECT_EQ(fault(statement(R"("Resource":"*","Action":[])")), "Policy statement must contain actions.");
  EXPECT_EQ(fault(statement(R"("Action":"s3:*")")), "Policy statement must contain resources.");
  EXPECT_EQ(fault(statement(R"("Action":"s3:*","Resource":[])")), "Policy statement must contain resources.");
}

TEST(PolicyParser, Actions) {
  const char* prefaced = "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.";
  EXPECT_EQ(action_fault("invalid"), prefaced);
  EXPECT_EQ(action_fault(""), prefaced);
  EXPECT_EQ(action_fault("a a:b"), "Vendor a a is not valid");
  EXPECT_EQ(action_fault(":Get"), "Vendor  is not valid");
  EXPECT_EQ(action_fault("a:b:c"), "Actions/Condition can contain only one colon.");
  EXPECT_EQ(action_fault("s3:*"), "");
  EXPECT_EQ(action_fault("*"), "");
  EXPECT_EQ(fault(statement(R"("Action":"s3:*","Resource":"*","Condition":{"StringEquals":{"plain":"x"}})")), prefaced);
}

TEST(PolicyParser, Resources) {
  EXPECT_EQ(resource_fault("invalid"), "Resource invalid must be in ARN format or \"*\".");
  EXPECT_EQ(resource_fault(""), "Resource  must be in ARN format or \"*\".");
  EXPECT_EQ(resource_fault("arn:b:c:d:e:f:g:h"), "Partition \"b\" is not valid for resource \"arn:b:c:d:e:f:g:h\".");
  EXPECT_EQ(resource_fault("arn:aws::::x"), "Resource vendor must be fully qualified and cannot contain regexes.");
  EXPECT_EQ(resource_fault("arn:aws:s*:::x"), "Resource vendor must be fully qualified and cannot contain regexes.");
  EXPECT_EQ(resource_fault("arn:aws:iam::123456789012:nobody/x").substr(0, 42),
            "IAM resource path must either be \"*\" or st");
  EXPECT_EQ(resource_fault("arn:aws:iam:us-east-1:123456789012:user/x"),
            "IAM resource arn:aws:iam:us-east-1:123456789012:user/x cannot contain region information.");
  EXPECT_EQ(resource_fault("arn:aws:s3:us-east-1::x"),
            "Resource arn:aws:s3:us-east-1::x can not contain region information.");
  EXPECT_EQ(resource_fault("arn:aws:s3"), "The policy failed legacy parsing");
  for (const char* good :
       {"*", "arn:aws:s3:::b", "arn:aws:s3:::${aws:username}/*", "arn:aws:logs:*:*:*",
        "arn:aws:iam::123456789012:role/*", "arn:aws:iam::*:user/${aws:username}", "arn:aws:dynamodb:*", "arn:*:s3:::b",
        "arn:aws:iam::123456789012:*", "arn:aws:s3:us-east-1:123456789012:accesspoint/p"}) {
    EXPECT_EQ(resource_fault(good), "") << good;
  }
}

TEST(PolicyParser, DatesAndSids) {
  EXPECT_EQ(
      fault(statement(R"("Action":"s3:*","Resource":"*","Condition":{"DateLessThan":{"aws:CurrentTime":"soon"}})")),
      "The policy failed legacy parsing");
  const std::string two = R"({"Sid":"a","Effect":"Allow","Action":"s3:*","Resource":"*"})";
  EXPECT_EQ(fault(R"({"Version":"2012-10-17","Statement":[)" + two + "," + two + "]}"),
            "Statement IDs (SID) in a single policy must be unique.");
  EXPECT_EQ(fault(statement(R"("Sid":"a b","Action":"s3:*","Resource":"*")")).substr(0, 43),
            "Statement IDs (SID) must be alpha-numeric. ");
}

TEST(PolicyParser, ProhibitedFields) {
  EXPECT_EQ(fault(statement(R"("Action":"s3:*","Resource":"*","Principal":"*")")),
            "Policy document should not specify a principal.");
  const auto trust = DocumentKind::trust;
  EXPECT_EQ(fault(statement(R"("Action":"sts:AssumeRole","Resource":"*","Principal":"*")"), trust),
            "Has prohibited field Resource.");
  EXPECT_EQ(fault(statement(R"("Action":"sts:AssumeRole")"), trust), "Missing required field Principal");
  EXPECT_EQ(fault(statement(R"("Action":"s3:Get","Principal":"*")"), trust),
            "AssumeRole policy may only specify STS AssumeRole actions.");
  EXPECT_EQ(fault("not json", trust), "This policy contains invalid Json");
  EXPECT_EQ(
      fault(statement(R"("Action":["sts:AssumeRole","sts:TagSession"],"Principal":{"Service":"lambda.amazonaws.com"})"),
            trust),
      "");
}

// Of several faults the one is named that comes first in IAM's order, wherever in the document it stands.
TEST(PolicyParser, FirstFaultInOrderWins) {
  EXPECT_EQ(fault(R"({"Statement":[{"Effect":"Allow","Resource":"bad"}]})"), "Policy statement must contain actions.");
  EXPECT_EQ(fault(R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"bad","Resource":"bad"},
                  {"Effect":"Allow","Action":"s3:*"}]})"),
            "Policy statement must contain resources.");
  EXPECT_EQ(action_fault("bad").substr(0, 18), "Actions/Conditions");
  EXPECT_EQ(fault(statement(R"("Action":"bad","Resource":"bad")")).substr(0, 18), "Actions/Conditions");
}

}  // namespace
}  // namespace millrace::access
