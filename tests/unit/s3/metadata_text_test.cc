#include "emulator/services/s3/wire/metadata_text.h"

#include <gtest/gtest.h>

#include <random>

namespace millrace::s3 {
namespace {

TEST(MetadataText, AsciiIsLeftAlone) {
  for (const char* text : {"", "a b", "=?", "=?UTF-8?B?", "=?UTF-8?B?!?=", "=?UTF-8?X?YQ==?=", "a=?b?c"}) {
    EXPECT_EQ(metadata_from_header(text), text);
    EXPECT_EQ(metadata_to_header(text), text);
  }
}

TEST(MetadataText, BytesBeyondAsciiAreLatin1) {
  EXPECT_EQ(metadata_from_header("\xe9"), "\xc3\xa9");
  EXPECT_EQ(metadata_from_header("\xc3\xa9"), "\xc3\x83\xc2\xa9");
}

TEST(MetadataText, EncodedWordsAreDecoded) {
  EXPECT_EQ(metadata_from_header("=?UTF-8?Q?caf=C3=A9?="), "caf\xc3\xa9");
  EXPECT_EQ(metadata_from_header("=?iso-8859-1?q?caf=E9?="), "caf\xc3\xa9");
  EXPECT_EQ(metadata_from_header("x =?utf-8?b?YQ==?=  =?utf-8?b?Yg==?= y"), "x ab y");
  // What isn't text of its charset stays as it is.
  EXPECT_EQ(metadata_from_header("=?UTF-8?B?/w==?="), "=?UTF-8?B?/w==?=");
  EXPECT_EQ(metadata_from_header("=?koi8-r?B?YQ==?="), "=?koi8-r?B?YQ==?=");
}

TEST(MetadataText, MostlyOtherCharactersAreBase64) {
  EXPECT_EQ(metadata_to_header("\xc3\xa9"), "=?UTF-8?B?w6k=?=");
  EXPECT_EQ(metadata_to_header("a_\xc3\xa9? ="), "=?UTF-8?Q?a=5F=C3=A9=3F_=3D?=");
}

/// What is answered means what was kept, and is ASCII.
TEST(MetadataText, ComesBackFromAHeader) {
  std::mt19937 random(17);
  const std::vector<std::string> characters = {"a", " ", "=", "?", "_", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x8e\x89",
                                               "Z"};
  for (int round = 0; round < 2000; ++round) {
    std::string text = "\xc3\xa9";
    for (unsigned i = random() % 12; i > 0; --i) text += characters[random() % characters.size()];
    const std::string header = metadata_to_header(text);
    for (char c : header) ASSERT_LT(static_cast<unsigned char>(c), 0x80);
    ASSERT_EQ(metadata_from_header(header), text) << header;
  }
}

}  // namespace
}  // namespace millrace::s3
