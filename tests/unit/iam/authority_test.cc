// What services ask about roles, against a real store.

#include <gtest/gtest.h>

#include <filesystem>

#include "emulator/services/iam/authority.h"

namespace millrace::iam {
namespace {

constexpr const char* kAccount = "111122223333";
constexpr const char* kRoleArn = "arn:aws:iam::111122223333:role/app/worker";
constexpr const char* kFunctionArn = "arn:aws:lambda:us-east-1:111122223333:function:fn";
constexpr const char* kTrust =
    R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}})";

class AuthorityTest : public ::testing::Test {
 protected:
  AuthorityTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "iam-test-XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
    auto opened = storage::Store::open({folder_ + "/store"});
    store_ = std::move(std::get<std::unique_ptr<storage::Store>>(opened));
    build(Mode::on);
  }
  ~AuthorityTest() override {
    parts_.reset();
    store_.reset();
    std::filesystem::remove_all(folder_);
  }

  struct Parts {
    Parts(ServiceContext context, Mode mode) : state(std::move(context), mode) {}
    State state;
    AccessAudit audit;
    Principals principals{state};
    Decisions decisions{state, audit};
    SessionStore sessions{state};
    Resources resources;
    RoleAuthority authority{state, principals, decisions, sessions, resources};
  };

  void build(Mode mode) {
    parts_ = std::make_unique<Parts>(ServiceContext{*store_, clock_, clock_, random_, "", folder_}, mode);
  }

  void put_role(const std::string& inline_policy, const std::string& trust = kTrust) {
    const auto done = parts_->state.write([&](Txn& txn) -> Result<void> {
      Json role = {{"Name", "worker"}, {"Path", "/app/"}, {"Id", "AROAEXAMPLE"}, {"Created", 0}, {"Trust", trust}};
      if (!inline_policy.empty()) role["Inline"] = {{"p", inline_policy}};
      put_entity(txn, kAccount, Kind::role, role);
      return {};
    });
    ASSERT_FALSE(done.has_error());
  }

  static std::string allowing(const std::string& action) {
    return R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":")" + action + R"(","Resource":"*"}]})";
  }

  std::string folder_;
  ManualClock clock_;
  SeededRandom random_{7};
  std::unique_ptr<storage::Store> store_;
  std::unique_ptr<Parts> parts_;
};

TEST_F(AuthorityTest, ARoleMayWhatItsPoliciesAllowFromTheMomentTheyChange) {
  auto& authority = parts_->authority;
  EXPECT_FALSE(authority.role_may(kRoleArn, "dynamodb:GetRecords", "arn:aws:dynamodb:x", {}));
  put_role("");
  EXPECT_FALSE(authority.role_may(kRoleArn, "dynamodb:GetRecords", "arn:aws:dynamodb:x", {}));
  put_role(allowing("dynamodb:*"));
  EXPECT_TRUE(authority.role_may(kRoleArn, "dynamodb:GetRecords", "arn:aws:dynamodb:x", {}));
  EXPECT_FALSE(authority.role_may(kRoleArn, "sqs:SendMessage", "arn:aws:sqs:x", {}));
  EXPECT_FALSE(authority.role_may("arn:aws:iam::111122223333:role/worker", "dynamodb:GetRecords", "*", {}));
}

TEST_F(AuthorityTest, TrustIsAskedOfTheTrustPolicy) {
  put_role("");
  EXPECT_TRUE(parts_->authority.role_trusts_service(kRoleArn, "lambda.amazonaws.com", ""));
  EXPECT_FALSE(parts_->authority.role_trusts_service(kRoleArn, "ec2.amazonaws.com", ""));
  EXPECT_FALSE(
      parts_->authority.role_trusts_service("arn:aws:iam::111122223333:role/none", "lambda.amazonaws.com", ""));
}

TEST_F(AuthorityTest, SessionsOfARoleAreKnownByTheirKeysUntilLongAfterTheyExpire) {
  put_role(allowing("s3:*"));
  const auto first = parts_->authority.assume_for_service(kRoleArn, "fn", 3600, kFunctionArn);
  ASSERT_TRUE(first.has_value());
  const auto principal = parts_->principals.of_key(first->access_key_id);
  ASSERT_NE(principal, nullptr);
  EXPECT_EQ(principal->caller.arn, "arn:aws:sts::111122223333:assumed-role/worker/fn");
  EXPECT_EQ(principal->key.session_token, first->session_token);
  EXPECT_EQ(principal->key.expires_ms, first->expires_ms);
  clock_.advance(8LL * 24 * 3600 * 1000);
  ASSERT_TRUE(
      parts_->authority.assume_for_service(kRoleArn, "fn", 3600, kFunctionArn).has_value());  // removes the first
  build(Mode::on);                                                                            // nothing remembered
  EXPECT_EQ(parts_->principals.of_key(first->access_key_id), nullptr);
}

TEST_F(AuthorityTest, AResourcePolicyLetsAServiceInFromItsSource) {
  const auto may = [&](const std::string& source) {
    return parts_->authority.resource_policy_allows_service(
        R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"s3.amazonaws.com"},"Action":"lambda:InvokeFunction","Resource":"arn:aws:lambda:us-east-1:111122223333:function:f","Condition":{"ArnLike":{"AWS:SourceArn":"arn:aws:s3:::b"}}}]})",
        "s3.amazonaws.com", "lambda:InvokeFunction", "arn:aws:lambda:us-east-1:111122223333:function:f",
        {{"aws:sourcearn", {source}}});
  };
  EXPECT_TRUE(may("arn:aws:s3:::b"));
  EXPECT_FALSE(may("arn:aws:s3:::c"));
  EXPECT_FALSE(parts_->authority.resource_policy_allows_service("not a policy", "s3.amazonaws.com", "a:b", "*", {}));
}

TEST_F(AuthorityTest, AuditAllowsAndRecordsAndOffAllowsAll) {
  put_role("");
  build(Mode::audit);
  EXPECT_TRUE(parts_->authority.role_may(kRoleArn, "sqs:SendMessage", "arn:aws:sqs:x", {}));
  const Json report = parts_->audit.report();
  ASSERT_EQ(report["principals"].size(), 1U);
  EXPECT_EQ(report["principals"][0]["principal"], kRoleArn);
  EXPECT_EQ(report["principals"][0]["actions"][0]["deniedCount"], 1);
  build(Mode::off);
  EXPECT_TRUE(parts_->authority.role_may(kRoleArn, "sqs:SendMessage", "arn:aws:sqs:x", {}));
}

}  // namespace
}  // namespace millrace::iam
