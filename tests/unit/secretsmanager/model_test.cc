// The stored form of secrets and their versions (storage/KEYS.md).

#include <gtest/gtest.h>

#include "emulator/base/encoding.h"
#include "emulator/services/secretsmanager/secrets.h"
#include "tests/unit/storage/rewritten.h"

namespace millrace::secretsmanager {
namespace {

// As the first versions of the program wrote them.
constexpr const char* kSecret =
    R"({"account":"123456789012","region":"us-east-1","name":"app/db","kms_key_id":"alias/mine",)"
    R"("arn":"arn:aws:secretsmanager:us-east-1:123456789012:secret:app/db-AbCdEf","description":"d","policy":"{}",)"
    R"("tags":{"z":"1","a":"2"},"created_ms":5,"changed_ms":6,"accessed_ms":7,"deleted_ms":8,"deletion_ms":9,)"
    R"("stages":{"AWSCURRENT":"v1","AWSPENDING":"v2"},)"
    R"("rotation":{"enabled":true,"function":"arn:f","rules":{"AutomaticallyAfterDays":3},"last_ms":1,"next_ms":2},)"
    R"("rotating":{"token":"v2","step":1,"attempts":2,"only_test":false,"retry_ms":4},)"
    R"("replicas":[{"Region":"eu-west-1","KmsKeyId":"k"}]})";
constexpr const char* kReplica =
    R"({"account":"123456789012","region":"eu-west-1","name":"app/db","replica_of":"us-east-1","kms_key_id":"k"})";
constexpr const char* kVersion =
    R"({"id":"v1","created_ms":5,"sealed":"QUJD","binary":true,"kms_key_id":"arn:k","digest":"00"})";

TEST(SecretsModel, AreAsDocumented) {
  const Secret secret{.account = "123456789012", .region = "us-east-1", .name = "app/db"};
  EXPECT_EQ(to_hex(secret_key(secret.place(), secret.name)),
            "736563726574736d616e616765720000313233343536373839303132000075732d656173742d31000073656372657400"
            "006170702f64620000");
  EXPECT_EQ(to_hex(version_key(secret, "v1")),
            "736563726574736d616e616765720000313233343536373839303132000075732d656173742d31000076657273696f6e"
            "00006170702f6462000076310000");
  Secret replica = secret;
  replica.region = "eu-west-1";
  replica.replica_of = "us-east-1";
  EXPECT_EQ(version_key(replica, "v1"), version_key(secret, "v1"));
}

TEST(SecretsModel, EarlierFormsAreRead) {
  const auto secret = storage::from_document<Secret>(*parse_json(kSecret));
  ASSERT_TRUE(secret);
  EXPECT_EQ(secret->version_at("AWSPENDING"), "v2");
  EXPECT_EQ(secret->version_at("AWSPREVIOUS"), "");
  EXPECT_TRUE(secret->rotation->enabled);
  EXPECT_EQ(secret->rotating->step, 1);
  EXPECT_EQ(secret->replicas.at(0).key_id, "k");
  EXPECT_EQ(storage::rewritten<Secret>(kSecret), kSecret);
  EXPECT_EQ(storage::rewritten<Secret>(kReplica), kReplica);
  EXPECT_EQ(storage::rewritten<Version>(kVersion), kVersion);
  // One that has no value yet.
  const auto pending = storage::from_document<Version>(*parse_json(R"({"id":"v2","created_ms":5})"));
  ASSERT_TRUE(pending);
  EXPECT_FALSE(pending->sealed);
}

TEST(SecretsModel, ALaterFormAndDamageAreRefused) {
  EXPECT_TRUE(storage::refuses_damage<Secret>(kSecret, "arn"));
  EXPECT_TRUE(storage::refuses_damage<Version>(kVersion, "created_ms"));
}

}  // namespace
}  // namespace millrace::secretsmanager
