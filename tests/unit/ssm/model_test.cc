// The stored form of parameters and their earlier versions (storage/KEYS.md).

#include <gtest/gtest.h>

#include "emulator/base/encoding.h"
#include "emulator/services/ssm/parameters.h"
#include "tests/unit/storage/rewritten.h"

namespace millrace::ssm {
namespace {

const Place kPlace{"123456789012", "us-east-1"};

// As the first versions of the program wrote them.
constexpr const char* kParameter =
    R"({"name":"/app/port","type":"String","value":"80","description":"d","pattern":"","tier":"Advanced",)"
    R"("data_type":"text","policies":[{"Type":"Expiration"}],"version":3,"modified_ms":5,"user":"arn:u",)"
    R"("account":"123456789012","region":"us-east-1","tags":{"z":"1","a":"2"},"labels":{"live":2},)"
    R"("expires_ms":9,"first_version":2})";
constexpr const char* kSecretVersion =
    R"({"name":"/app/word","type":"SecureString","sealed":"QUJD","key_id":"alias/aws/ssm","pattern":"",)"
    R"("tier":"Standard","data_type":"text","version":2,"modified_ms":5,"user":"arn:u"})";

TEST(SsmModel, AreAsDocumented) {
  EXPECT_EQ(to_hex(parameter_key(kPlace, "/app/port")),
            "73736d0000313233343536373839303132000075732d656173742d310000706172616d6574657200002f6170702f706f"
            "72740000");
  EXPECT_EQ(to_hex(version_key(kPlace, "/app/port", 2)),
            "73736d0000313233343536373839303132000075732d656173742d31000076657273696f6e00002f6170702f706f7274"
            "000030303030303030303030303030303030303030320000");
}

TEST(SsmModel, EarlierFormsAreRead) {
  const auto parameter = storage::from_document<Parameter>(*parse_json(kParameter));
  ASSERT_TRUE(parameter);
  EXPECT_EQ(parameter->value, "80");
  EXPECT_FALSE(parameter->sealed);
  EXPECT_EQ(parameter->version, 3);
  EXPECT_EQ(parameter->first_version, 2);
  EXPECT_EQ(parameter->expires_ms, 9);
  EXPECT_EQ(int_of(parameter->labels, "live"), 2);
  const auto version = storage::from_document<Version>(*parse_json(kSecretVersion));
  ASSERT_TRUE(version);
  EXPECT_EQ(version->sealed, "QUJD");
  EXPECT_FALSE(version->value);
  EXPECT_EQ(storage::rewritten<Parameter>(kParameter, "form"), kParameter);
  EXPECT_EQ(storage::rewritten<Version>(kSecretVersion, "form"), kSecretVersion);
}

TEST(SsmModel, ALaterFormAndDamageAreRefused) {
  EXPECT_TRUE(storage::refuses_damage<Parameter>(kParameter, "type", "form"));
  EXPECT_TRUE(storage::refuses_damage<Version>(kSecretVersion, "name", "form"));
}

}  // namespace
}  // namespace millrace::ssm
