// The stored forms of keys, their aliases and grants (storage/KEYS.md).

#include <gtest/gtest.h>

#include "emulator/base/encoding.h"
#include "emulator/services/kms/grants.h"
#include "tests/unit/storage/rewritten.h"

namespace millrace::kms {
namespace {

// As the first versions of the program wrote them.
constexpr const char* kKey =
    R"({"id":"k","account":"123456789012","region":"us-east-1","service":"","spec":"SYMMETRIC_DEFAULT",)"
    R"("usage":"ENCRYPT_DECRYPT","origin":"EXTERNAL","description":"d","policy":"{}","tags":{"z":"1","a":"2"},)"
    R"("created_ms":5,"enabled":false,"materials":[{"id":"m","bytes":"QUJD","at_ms":6,"kind":"ON_DEMAND"}],)"
    R"("deletion_ms":9,"window_days":7,"rotation":{"period_days":365,"next_ms":8},"on_demand":1,)"
    R"("import":{"token":"t","key":"QUJD","algorithm":"RSAES_OAEP_SHA_256","until_ms":4},)"
    R"("expiration_model":"KEY_MATERIAL_EXPIRES","valid_to_ms":3,"primary_region":"us-east-1","replicas":["eu-west-1"]})";
constexpr const char* kGrant =
    R"({"id":"g","token":"t","name":"n","grantee":"arn:a","retiring":"arn:r","issuer":"arn:i",)"
    R"("operations":["Encrypt"],"constraints":{"EncryptionContextEquals":{"a":"b"}},"created_ms":5})";

TEST(KmsModel, AreAsDocumented) {
  const Key key{"123456789012", "us-east-1", "k"};
  EXPECT_EQ(to_hex(key_key(key.account, key.region, key.id)),
            "6b6d730000313233343536373839303132000075732d656173742d3100006b657900006b0000");
  EXPECT_EQ(to_hex(alias_key(key.account, key.region, "alias/mine")),
            "6b6d730000313233343536373839303132000075732d656173742d310000616c6961730000616c6961732f6d696e6500"
            "00");
  EXPECT_EQ(to_hex(grant_key(key, "g")),
            "6b6d730000313233343536373839303132000075732d656173742d3100006772616e7400006b0000670000");
}

TEST(KmsModel, EarlierFormsOfKeysAreRead) {
  const auto key = storage::from_document<Key>(*parse_json(kKey));
  ASSERT_TRUE(key);
  EXPECT_FALSE(key->enabled);
  EXPECT_EQ(key->materials.at(0).bytes, "QUJD");
  EXPECT_EQ(key->rotation->period_days, 365);
  EXPECT_EQ(key->state(0), "PendingReplicaDeletion");
  EXPECT_EQ(storage::rewritten<Key>(kKey), kKey);
  EXPECT_EQ(storage::rewritten<Grant>(kGrant), kGrant);
  // A key as it was before it had anything but its material.
  const auto fresh = storage::from_document<Key>(
      *parse_json(R"({"account":"1","region":"r","spec":"SYMMETRIC_DEFAULT","usage":"ENCRYPT_DECRYPT",)"
                  R"("origin":"AWS_KMS","description":"","policy":"{}","tags":{},"created_ms":5,"enabled":true,)"
                  R"("materials":[{"id":"m","bytes":"QUJD","at_ms":5,"kind":""}],"id":"k"})"));
  ASSERT_TRUE(fresh);
  EXPECT_EQ(fresh->state(0), "Enabled");
  EXPECT_FALSE(fresh->multi_region());
}

TEST(KmsModel, ALaterFormAndDamageAreRefused) {
  EXPECT_TRUE(storage::refuses_damage<Key>(kKey, "materials"));
  EXPECT_TRUE(storage::refuses_damage<Grant>(kGrant, "operations"));
}

TEST(KmsModel, EarlierFormsAreRead) {
  constexpr const char* kStored = R"({"name":"alias/mine","target":"k","created_ms":5,"updated_ms":6})";
  const auto alias = storage::from_document<Alias>(*parse_json(kStored));
  ASSERT_TRUE(alias);
  EXPECT_EQ(alias->name, "alias/mine");
  EXPECT_EQ(alias->target, "k");
  EXPECT_EQ(alias->created_ms, 5);
  EXPECT_EQ(alias->updated_ms, 6);
  Json expected = {{"version", 1}};
  expected.update(*parse_json(kStored));
  EXPECT_EQ(to_text(storage::to_document(*alias)), to_text(expected));
}

}  // namespace
}  // namespace millrace::kms
