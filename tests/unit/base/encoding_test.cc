#include "emulator/base/encoding.h"

#include <gtest/gtest.h>

namespace millrace {
namespace {

TEST(Base64, IsRfc4648s) {
  const std::pair<std::string, std::string> vectors[] = {{"", ""},
                                                         {"f", "Zg=="},
                                                         {"fo", "Zm8="},
                                                         {"foo", "Zm9v"},
                                                         {"foob", "Zm9vYg=="},
                                                         {"fooba", "Zm9vYmE="},
                                                         {"foobar", "Zm9vYmFy"},
                                                         {"\xff\xef\xbe", "/+++"}};
  for (const auto& [bytes, text] : vectors) {
    EXPECT_EQ(to_base64(bytes), text);
    EXPECT_EQ(from_base64(text), bytes);
  }
}

TEST(Base64, ComesBackFromEveryByteAtEveryPlace) {
  std::string bytes;
  for (int n = 0; n < 600; ++n) {
    EXPECT_EQ(from_base64(to_base64(bytes)), bytes);
    bytes.push_back(static_cast<char>(n * 7));
  }
}

TEST(Base64, IsNothingElse) {
  for (const char* text : {"Z", "Zg", "Zg=", "Zg===", "=", "==", "===", "====", "Zm9v=", "Zg==Zg==", "Z=8=", "Zm 9",
                           "Zm9\n", "Zm9-", "Zm9_", "Zm9\x80", "Zm9vY===", "=m9v", "Zm9v\xff\xff\xff\xff"})
    EXPECT_FALSE(from_base64(text)) << text;
}

TEST(Base64, IsAppended) {
  std::string out = "data:";
  append_base64(out, "fo");
  append_base64(out, "foo");
  EXPECT_EQ(out, "data:Zm8=Zm9v");
}

}  // namespace
}  // namespace millrace
