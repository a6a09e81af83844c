#include "emulator/access/denial.h"

#include <gtest/gtest.h>

namespace millrace::access {
namespace {

const Caller kSession{CallerKind::role_session,           "111122223333", "arn:aws:sts::111122223333:assumed-role/R/S",
                      "arn:aws:iam::111122223333:role/R", "AROAX:S",      ""};
const Request kQuery{"dynamodb:Query", "arn:aws:dynamodb:us-east-1:111122223333:table/T", "", {}};
const std::string kHead =
    "User: arn:aws:sts::111122223333:assumed-role/R/S is not authorized to perform: dynamodb:Query on "
    "resource: "
    "arn:aws:dynamodb:us-east-1:111122223333:table/T";

PolicySource denying(const std::string& arn) {
  return {
      *parse_shared_policy(R"({"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]})",
                           DocumentKind::identity),
      "P", arn, ""};
}

TEST(Denial, ImplicitDenyNamesTheKindThatLacksAnAllow) {
  Decision decision;
  EXPECT_EQ(denial_message(kSession, kQuery, decision),
            kHead + " because no identity-based policy allows the dynamodb:Query action");
  decision.kind = PolicyKind::boundary;
  EXPECT_EQ(denial_message(kSession, kQuery, decision),
            kHead + " because no permissions boundary allows the dynamodb:Query action");
  decision.kind = PolicyKind::session;
  EXPECT_EQ(denial_message(kSession, kQuery, decision),
            kHead + " because no session policy allows the dynamodb:Query action");
}

TEST(Denial, ExplicitDenyNamesTheManagedPolicy) {
  PrincipalPolicies policies;
  policies.identity.push_back(denying(""));
  EXPECT_EQ(denial_message(kSession, kQuery, evaluate(kSession, policies, nullptr, kQuery)),
            kHead + " with an explicit deny in an identity-based policy");
  policies.identity[0] = denying("arn:aws:iam::111122223333:policy/P");
  EXPECT_EQ(denial_message(kSession, kQuery, evaluate(kSession, policies, nullptr, kQuery)),
            kHead + " with an explicit deny in an identity-based policy: arn:aws:iam::111122223333:policy/P");
}

TEST(Denial, StylesOfServices) {
  Decision decision;
  decision.outcome = Decision::Outcome::explicit_deny;
  decision.kind = PolicyKind::resource;
  const Request list{"s3:ListBucket", "arn:aws:s3:::b", "", {}};
  EXPECT_EQ(denial_message(kSession, list, decision, {.quote_resource = true}),
            "User: arn:aws:sts::111122223333:assumed-role/R/S is not authorized to perform: s3:ListBucket on "
            "resource: \"arn:aws:s3:::b\" with an explicit deny in a resource-based policy");
  EXPECT_EQ(denial_message(kSession, kQuery, decision, {.with_reason = false}), kHead);
}

TEST(ContextKeys, ListsConditionKeysAndVariables) {
  const auto policy = parse_policy(
      R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::${aws:username}",
      "Condition":{"StringEquals":{"aws:RequestedRegion":"${aws:PrincipalTag/region}"}}}]})",
      DocumentKind::identity);
  EXPECT_EQ(context_keys(*policy),
            (std::vector<std::string>{"aws:PrincipalTag/region", "aws:RequestedRegion", "aws:username"}));
}

}  // namespace
}  // namespace millrace::access
