#include "emulator/base/json.h"

#include <gtest/gtest.h>

#include <chrono>

namespace millrace {
namespace {

std::string object_of(size_t members) {
  std::string text = "{";
  for (size_t i = 0; i < members; ++i) text += (i ? ",\"m" : "\"m") + std::to_string(i) + "\":" + std::to_string(i);
  return text + "}";
}

TEST(ParseJson, AgreesWithTheLibrarysOwnParser) {
  for (const std::string& text : {
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
           object_of(23),
           object_of(24),
           object_of(25),
           object_of(500).insert(1, R"("m400":"first","m3":[],)"),
       }) {
    auto parsed = parse_json(text);
    ASSERT_TRUE(parsed) << text;
    EXPECT_EQ(*parsed, Json::parse(text));
    EXPECT_EQ(to_text(*parsed), to_text(Json::parse(text)));
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
  for (const char* text : {"", "{", "[1,]", "{\"a\"}", "{\"a\":}", "1 2", "\"\xff\"", "{\"a\":1}}", "nul", "1e999"})
    EXPECT_FALSE(parse_json(text)) << text;
  EXPECT_FALSE(parse_json(std::string(300, '[') + std::string(300, ']')));
}

TEST(ParseJson, ItsTimeGrowsWithTheTextNotWithTheMembersSquare) {
  std::string text = object_of(150'000);
  auto begin = std::chrono::steady_clock::now();
  ASSERT_TRUE(parse_json(text));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5));
}

}  // namespace
}  // namespace millrace
