// The stored form of a key's alias (storage/KEYS.md).

#include <gtest/gtest.h>

#include "emulator/services/kms/keys.h"
#include "emulator/storage/document_form.h"

namespace millrace::kms {
namespace {

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
