#include "emulator/services/iam/resources.h"

#include <gtest/gtest.h>

namespace millrace::iam {
namespace {

constexpr const char* kOwn = "111111111111";

class Owners : public testing::Test {
 protected:
  Owners() {
    resources_.add("s3", [this](const std::string& arn) -> std::optional<ports::Resource> {
      asked_.push_back(arn);
      if (arn.find("nobodys") != std::string::npos) return std::nullopt;
      return ports::Resource{"222222222222", "bucket policy"};
    });
    // What finds these knows policies only: the ARN tells the account.
    resources_.add("sqs", [this](const std::string& arn) {
      asked_.push_back(arn);
      return ports::Resource{"", "queue policy"};
    });
  }
  using Owner = std::pair<std::string, std::string>;  // account and policy
  Owner of(const std::string& arn) const {
    ports::Resource found = resources_.of(arn, kOwn);
    return {found.account, found.policy};
  }
  static Owner nobody() { return {"", ""}; }

  Resources resources_;
  std::vector<std::string> asked_;
};

TEST_F(Owners, AreNamedByTheArn) {
  EXPECT_EQ(of("arn:aws:sqs:us-east-1:222222222222:q"), Owner("222222222222", "queue policy"));
  EXPECT_EQ(of("arn:aws:kinesis:us-east-1:222222222222:stream/s"), Owner("222222222222", ""));  // no finder
}

TEST_F(Owners, OfBucketsAreLookedUp) {
  EXPECT_EQ(of("arn:aws:s3:::bucket/key"), Owner("222222222222", "bucket policy"));
  EXPECT_EQ(of("arn:aws:s3:::nobodys/key"), nobody());
}

TEST_F(Owners, AreTheCallersWhereTheArnSaysSo) {
  EXPECT_EQ(of("arn:aws:sqs:us-east-1:111111111111:q"), nobody());
  EXPECT_TRUE(asked_.empty());  // nothing is read for one's own
}

TEST_F(Owners, AreNobodyForWhatIsNoArn) {
  for (const char* text :
       {"*", "", "q", "arn:aws:sqs", "ARN:aws:sqs:us-east-1:222222222222:q", "arn:aws:iam::aws:policy/ReadOnlyAccess",
        "arn:aws:sqs:us-east-1:22222222222:q", "arn:aws:sqs:us-east-1:2222222222222:q", "arn:aws:sqs:us-east-1:*:q"})
    EXPECT_EQ(of(text), nobody()) << text;
  EXPECT_TRUE(asked_.empty());
}

}  // namespace
}  // namespace millrace::iam
