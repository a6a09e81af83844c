#include "emulator/base/aes.h"

#include <gtest/gtest.h>

#include "emulator/base/encoding.h"

namespace millrace {
namespace {

const std::string kKey = *from_hex("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4");

TEST(Aes, SealedTextIsReadWithTheSameKeyAndContextOnly) {
  const std::string sealed = seal(kKey, "plain", "context");
  EXPECT_EQ(unseal(kKey, sealed, "context"), "plain");
  EXPECT_NE(seal(kKey, "plain", "context"), sealed);
  EXPECT_EQ(unseal(kKey, sealed, "another"), std::nullopt);
  EXPECT_EQ(unseal(std::string(32, 'k'), sealed, "context"), std::nullopt);
  for (size_t i = 0; i < sealed.size(); ++i) {
    std::string changed = sealed;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_EQ(unseal(kKey, changed, "context"), std::nullopt) << i;
  }
  EXPECT_EQ(unseal(kKey, sealed.substr(0, 27), "context"), std::nullopt);
  EXPECT_EQ(unseal(kKey, seal(kKey, "", ""), ""), "");
}

TEST(Aes, BlocksFollowEachOther) {
  const std::string text = "0123456789abcdef0123456789abcdef";
  std::string once = text, first = text.substr(0, 16), second = text.substr(16);
  apply_keystream(kKey, 7, 0, once);
  apply_keystream(kKey, 7, 0, first);
  apply_keystream(kKey, 7, 16, second);
  EXPECT_EQ(first + second, once);
  EXPECT_NE(first, second);  // of equal texts
}

TEST(Aes, AnyRangeIsReadByItself) {
  std::string text;
  for (int i = 0; i < 1000; ++i) text.push_back(static_cast<char>(i * 7));
  std::string hidden = text;
  apply_keystream(kKey, 0xfedcba9876543210, 0, hidden);
  for (size_t from : {0u, 1u, 15u, 16u, 17u, 31u, 500u, 999u}) {
    for (size_t count : {1u, 2u, 15u, 16u, 33u, 400u}) {
      std::string part = hidden.substr(from, count);
      apply_keystream(kKey, 0xfedcba9876543210, from, part);
      EXPECT_EQ(part, text.substr(from, count)) << from << " " << count;
    }
  }
  std::string other = text;
  apply_keystream(kKey, 1, 0, other);
  EXPECT_NE(other, hidden);
}

}  // namespace
}  // namespace millrace
