// storage/KEYS.md, the families objects and chunks.

#include "emulator/services/s3/objects/keys.h"

#include <gtest/gtest.h>

#include "emulator/base/encoding.h"

namespace millrace::s3 {
namespace {

TEST(S3Keys, AreAsDocumented) {
  EXPECT_EQ(to_hex(keys::current(7, "a/b")), "630000000000000007612f620000");
  EXPECT_EQ(to_hex(keys::version(7, "a/b", 1)), "760000000000000007612f620000fffffffffffffffe");
  EXPECT_EQ(to_hex(keys::upload(7, "a/b", "u1")), "750000000000000007612f62000075310000");
  EXPECT_EQ(to_hex(keys::part(7, "u1", 2)), "7000000000000000077531000000000002");
  EXPECT_EQ(to_hex(keys::event(1)), "650000000000000001");
  EXPECT_EQ(to_hex(keys::piece(9, 3)), "000000000000000900000003");
}

TEST(S3Keys, NewerVersionsSortFirst) {
  EXPECT_LT(keys::version(7, "a", 2), keys::version(7, "a", 1));
  EXPECT_LT(keys::version(7, "a", 1), keys::version(7, std::string("a\0", 2), 9));
  EXPECT_EQ(keys::sequence_of(keys::version(7, "a", 5)), 5u);
}

TEST(S3Keys, TheKeyIsReadBack) {
  const std::string name("a\0b/ü", 6);
  std::string_view rest;
  const std::string stored = keys::upload(7, name, "u1");
  EXPECT_EQ(keys::object_key_of(stored, rest), name);
  EXPECT_EQ(to_hex(rest), "75310000");
}

}  // namespace
}  // namespace millrace::s3
