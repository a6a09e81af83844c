#include "emulator/base/json.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cmath>

namespace millrace {
namespace {

std::string object_of(size_t members) {
  std::string text = "{";
  for (size_t i = 0; i < members; ++i) text += (i ? ",\"m" : "\"m") + std::to_string(i) + "\":" + std::to_string(i);
  return text + "}";
}

TEST(ParseJson, AgreesWithTheLibrarysOwnParser) {
  for (
      const std::string& text : {
          std::string(R"({})"),
          std::string(R"([])"),
          std::string(R"("text")"),
          std::string("12"),
          std::string("-3"),
          std::string("18446744073709551615"),
          std::string("1.5e300"),
          std::string("true"),
          std::string("null"),
          std::string(R"({"a":{"b":[1,{"c":null},[],{}]},"d":"\u00e9","a":2})"),
          std::string(R"([[[1],[2]],{"x":[{"y":{"z":[]}}]}])"),
          std::string(
              R"([0,-0.0,-9223372036854775808,9223372036854775807,9223372036854775808,123456789012345678901234567890])"),
          std::string(R"([1.0,0.1,1e21,-2.5e-7,1E2,false])"),
          std::string("  {\"a\" :\t[ 1 , \"\\b\\/\\\"\\\\\\n\"]\r\n}\n"),
          std::string("\"\xc3\xa9\xf0\x9f\x98\x80 \\ud83d\\ude00\""),
          std::string(256, '[') + std::string(256, ']'),
          "\"" + std::string(70'000, 'x') + "\"",
          object_of(23),
          object_of(24),
          object_of(25),
          object_of(500).insert(1, R"("m400":"first","m3":[],)"),
      }) {
    auto parsed = parse_json(text);
    ASSERT_TRUE(parsed) << text;
    EXPECT_EQ(*parsed, Json::parse(text));
    EXPECT_EQ(to_text(*parsed), Json::parse(text).dump());
  }
}

TEST(ParseJson, TheLastOfTwoMembersOfOneNameCountsInTheFirstOnesPlace) {
  EXPECT_EQ(to_text(*parse_json(R"({"a":1,"b":2,"a":[3]})")), R"({"a":[3],"b":2})");
  auto many = parse_json(object_of(100).insert(1, R"("m99":"first",)"));
  EXPECT_EQ(many->begin().key(), "m99");
  EXPECT_EQ(many->begin().value(), 99);
  EXPECT_EQ(many->size(), 100u);
}

TEST(ParseJson, RefusesWhatIsNone) {
  for (const char* text :
       {"",   "{",  "[1,]", "{\"a\"}", "{\"a\":}",    "1 2",          "\"\xff\"", "{\"a\":1}}", "nul", "1e999",
        "01", "1.", "-",    "\"\n\"",  "\"\\udc00\"", "\"\\ud800x\"", "\"\\x\"",  "{\"a\":1,}", "[1",  "\"a"})
    EXPECT_FALSE(parse_json(text)) << text;
  EXPECT_FALSE(parse_json(std::string(257, '[') + std::string(257, ']')));
}

TEST(ToText, IsTheLibrarysCompactForm) {
  for (int c = 0; c < 256; ++c) {
    const std::string one(1, static_cast<char>(c));
    for (const Json& value : {Json(one), Json("before" + one + "behind, beyond a block of sixteen"), Json{{one, one}}})
      EXPECT_EQ(to_text(value), value.dump(-1, ' ', false, Json::error_handler_t::replace)) << c;
  }
  const Json value{
      {"empty", Json::object()}, {"list", {1, -2, 3u, 0.5, 1e300, nullptr, true, Json::array()}}, {"n", NAN}};
  EXPECT_EQ(to_text(value), value.dump());
}

TEST(ParseJson, ItsTimeGrowsWithTheTextNotWithTheMembersSquare) {
  std::string text = object_of(150'000);
  auto begin = std::chrono::steady_clock::now();
  ASSERT_TRUE(parse_json(text));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5));
}

}  // namespace
}  // namespace millrace
