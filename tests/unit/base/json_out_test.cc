#include "emulator/base/json_out.h"

#include <gtest/gtest.h>

#include "emulator/base/json.h"

namespace millrace {
namespace {

std::string printed(std::string_view text) {
  std::string out = "before";
  JsonOut(out, 0).put('[').string(text).plain("]");
  EXPECT_EQ(out.substr(0, 7), "before[");
  EXPECT_EQ(out.back(), ']');
  return out.substr(7, out.size() - 8);
}

TEST(JsonOut, WritesWhatTheLibraryWrites) {
  for (size_t size = 0; size < 70; ++size) {
    const std::string plain(size, 'x');
    EXPECT_EQ(printed(plain), Json(plain).dump());
    for (size_t at = 0; at < size; ++at) {
      for (char c : {'"', '\\', '\n', '\r', '\t', '\b', '\f', '\0', '\x1f', '\x7f', '/'}) {
        std::string text = plain;
        text[at] = c;
        text[size - 1 - at / 2] = c;
        ASSERT_EQ(printed(text), Json(text).dump()) << size << " " << at << " " << int(c);
      }
    }
  }
}

TEST(JsonOut, EveryCharacterEscaped) {
  for (size_t size : {1, 15, 16, 17, 33, 5000}) {
    const std::string text(size, '\x01');
    EXPECT_EQ(printed(text), Json(text).dump());
  }
}

TEST(JsonOut, OtherLanguagesStayAsTheyAre) {
  const std::string text = "Grüße, 世界, \xF0\x9F\x8C\x8A and \"quotes\"";
  EXPECT_EQ(printed(text), Json(text).dump());
}

}  // namespace
}  // namespace millrace
