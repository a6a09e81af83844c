#include "emulator/protocol/signing_rules.h"

#include <gtest/gtest.h>

#include "emulator/base/clock.h"

namespace millrace::protocol {
namespace {

constexpr const char* kStamp = "20240131T090507Z";

Credential signed_at(const std::string& stamp) {
  Credential credential;
  credential.timestamp = stamp;
  credential.date = stamp.substr(0, 8);
  credential.service = "dynamodb";
  return credential;
}

std::optional<SignatureFault> fault_of(const std::optional<SigningProblem>& problem) {
  return problem ? std::optional(problem->fault) : std::nullopt;
}

TEST(SigningRules, ReadTheTimeOfASignature) {
  EXPECT_EQ(signature_time(kStamp), parse_iso("2024-01-31T09:05:07Z"));
  EXPECT_EQ(signature_time("20240229T000000Z"), parse_iso("2024-02-29T00:00:00Z"));
  for (const char* wrong :
       {"", "2024-01-31T09:05:07Z", "20240131T0905", "20240131T090507", "yyyymmddThhmmssZ", "20241301T000000Z"})
    EXPECT_EQ(signature_time(wrong), -1) << wrong;
}

TEST(SigningRules, HoldFor15MinutesEitherWay) {
  const Millis at = signature_time(kStamp), quarter = 15 * 60 * 1000;
  const Credential credential = signed_at(kStamp);
  EXPECT_FALSE(check_signing_time(credential, at));
  EXPECT_FALSE(check_signing_time(credential, at + quarter));
  EXPECT_FALSE(check_signing_time(credential, at - quarter));
  EXPECT_EQ(fault_of(check_signing_time(credential, at + quarter + 1)), SignatureFault::expired);
  EXPECT_EQ(fault_of(check_signing_time(credential, at - quarter - 1)), SignatureFault::not_yet_current);
  EXPECT_EQ(check_signing_time(credential, at + quarter + 1000)->words,
            "Signature expired: 20240131T090507Z is now earlier than 20240131T090508Z (20240131T092008Z - 15 min.)");
  EXPECT_EQ(
      check_signing_time(credential, at - quarter - 1000)->words,
      "Signature not yet current: 20240131T090507Z is still later than 20240131T090506Z (20240131T085006Z + 15 min.)");
}

TEST(SigningRules, LetPresignedRequestsGrowOldButNotComeEarly) {
  Credential credential = signed_at(kStamp);
  credential.presigned = true;
  const Millis at = signature_time(kStamp), day = 24 * 3600 * 1000;
  EXPECT_FALSE(check_signing_time(credential, at + 6 * day));
  EXPECT_EQ(fault_of(check_signing_time(credential, at - day)), SignatureFault::not_yet_current);
}

TEST(SigningRules, WantTheScopeOfTheSignaturesOwnDay) {
  Credential credential = signed_at(kStamp);
  credential.date = "20240130";
  EXPECT_EQ(fault_of(check_signing_time(credential, signature_time(kStamp))), SignatureFault::wrong_date);
  credential.version_2 = true;  // which has no scope
  EXPECT_FALSE(check_signing_time(credential, 0));
}

TEST(SigningRules, WantTheServiceThatIsAsked) {
  Credential credential = signed_at(kStamp);
  EXPECT_FALSE(check_scope(credential, "dynamodb"));
  EXPECT_FALSE(check_scope(credential, ""));  // nobody's
  EXPECT_EQ(fault_of(check_scope(credential, "s3")), SignatureFault::wrong_service);
  EXPECT_EQ(check_scope(credential, "s3")->words, "Credential should be scoped to correct service: 's3'. ");
  EXPECT_EQ(fault_of(check_scope(credential, "DynamoDB")), SignatureFault::wrong_service);
  credential.version_2 = true;
  EXPECT_FALSE(check_scope(credential, "s3"));
}

TEST(SigningRules, WantOneMechanism) {
  HttpRequest request;
  for (const char* name : {"X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature", "AWSAccessKeyId"})
    EXPECT_FALSE(check_one_mechanism(request, {{name, "1"}})) << name;
  request.headers.add("Authorization", "AWS4-HMAC-SHA256 ...");
  EXPECT_FALSE(check_one_mechanism(request, {}));
  EXPECT_FALSE(check_one_mechanism(request, {{"X-Amz-Date", "1"}, {"prefix", "X-Amz-Signature"}}));
  for (const char* name : {"X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature", "AWSAccessKeyId"})
    EXPECT_EQ(fault_of(check_one_mechanism(request, {{name, ""}})), SignatureFault::two_mechanisms) << name;
}

}  // namespace
}  // namespace millrace::protocol
