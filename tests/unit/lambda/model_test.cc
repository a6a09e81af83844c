// The stored form of aliases (storage/KEYS.md).

#include <gtest/gtest.h>

#include "emulator/base/encoding.h"
#include "emulator/services/lambda/function_document.h"
#include "tests/unit/storage/rewritten.h"

namespace millrace::lambda {
namespace {

// As the first versions of the program wrote it.
constexpr const char* kAlias = R"({"Name":"live","FunctionVersion":"2","Description":"d",)"
                               R"("RoutingConfig":{"AdditionalVersionWeights":{"1":0.5}},"RevisionId":"r"})";

TEST(LambdaModel, AreAsDocumented) {
  FunctionRef ref;
  ref.account = "123456789012";
  ref.region = "us-east-1";
  ref.name = "f";
  EXPECT_EQ(to_hex(part_key(ref, "alias", "live")),
            "6c616d6264610000313233343536373839303132000075732d656173742d310000616c69617300006600006c69766500"
            "00");
}

TEST(LambdaModel, EarlierFormsAreRead) {
  EXPECT_EQ(storage::rewritten<Alias>(kAlias, "_form"), kAlias);
  const auto alias = storage::from_document<Alias>(*parse_json(kAlias));
  ASSERT_TRUE(alias);
  EXPECT_EQ(alias->function_version, "2");
  EXPECT_TRUE(alias->weights()->contains("1"));
}

TEST(LambdaModel, ALaterFormAndDamageAreRefused) {
  EXPECT_TRUE(storage::refuses_damage<Alias>(kAlias, "FunctionVersion", "_form"));
}

}  // namespace
}  // namespace millrace::lambda
