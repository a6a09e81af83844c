// The stored form of buckets (storage/KEYS.md).

#include "emulator/services/s3/buckets/bucket.h"

#include <gtest/gtest.h>

#include "emulator/base/encoding.h"
#include "emulator/storage/document_form.h"

namespace millrace::s3 {
namespace {

TEST(S3Model, AreAsDocumented) {
  EXPECT_EQ(to_hex(bucket_key("photos")), "733300006275636b6574000070686f746f730000");
}

TEST(S3Model, EarlierFormsAreRead) {
  constexpr const char* kStored =
      R"({"Name":"photos","Id":7,"Account":"123456789012","Region":"eu-west-1","Created":5,"ObjectLock":true})";
  const auto bucket = storage::from_document<Bucket>(*parse_json(kStored));
  ASSERT_TRUE(bucket);
  EXPECT_EQ(bucket->name, "photos");
  EXPECT_EQ(bucket->id, 7u);
  EXPECT_EQ(bucket->region, "eu-west-1");
  EXPECT_TRUE(bucket->object_lock);
  Json expected = {{"version", 1}};
  expected.update(*parse_json(kStored));
  EXPECT_EQ(to_text(storage::to_document(*bucket)), to_text(expected));
}

}  // namespace
}  // namespace millrace::s3
