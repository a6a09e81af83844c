#include "emulator/base/json_problem.h"

#include <gtest/gtest.h>

namespace millrace {
namespace {

struct Case {
  std::string text;
  std::string what;
  std::string place;  // "line: 1, column: 3"
};

const std::string kSource = "[Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); ";
const std::string kValues = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')";

TEST(JsonProblem, NamesTheFirstThingThatIsWrong) {
  const std::string start = "(start marker at " + kSource + "line: 1, column: 1])";
  const Case cases[] = {
      {"{\x87", "Invalid UTF-8 start byte 0x87", "line: 1, column: 3"},
      {"{abc}", "Unexpected character ('a' (code 97)): was expecting double-quote to start field name",
       "line: 1, column: 2"},
      {"abc", "Unrecognized token 'abc': was expecting " + kValues, "line: 1, column: 4"},
      {"{\"a\":}", "Unexpected character ('}' (code 125)): expected a valid value " + kValues, "line: 1, column: 6"},
      {"[1,]", "Unexpected character (']' (code 93)): expected a valid value " + kValues, "line: 1, column: 4"},
      {"[1,\n 2 3]", "Unexpected character ('3' (code 51)): was expecting comma to separate Array entries",
       "line: 2, column: 4"},
      {"{\"a\":1 \"b\"}", "Unexpected character ('\"' (code 34)): was expecting comma to separate Object entries",
       "line: 1, column: 8"},
      {"{\"a\" 1}", "Unexpected character ('1' (code 49)): was expecting a colon to separate field name and value",
       "line: 1, column: 6"},
      {"{\"a\":1,}", "Unexpected character ('}' (code 125)): was expecting double-quote to start field name",
       "line: 1, column: 8"},
      {"{\"a\":1", "Unexpected end-of-input: expected close marker for Object " + start, "line: 1, column: 7"},
      {"[", "Unexpected end-of-input: expected close marker for Array " + start, "line: 1, column: 2"},
      {"{\"a\"", "Unexpected end-of-input within/between Object entries", "line: 1, column: 5"},
      {"{\"a\":", "Unexpected end-of-input within/between Object entries", "line: 1, column: 6"},
      {"\"a", "Unexpected end-of-input: was expecting closing quote for a string value", "line: 1, column: 3"},
      {"\"a\\x\"", "Unrecognized character escape 'x' (code 120)", "line: 1, column: 4"},
      {"\"\\u12g4\"", "Unexpected character ('g' (code 103)): expected a hex-digit for character escape sequence",
       "line: 1, column: 6"},
      {"\"a\nb\"",
       "Illegal unquoted character ((CTRL-CHAR, code 10)): has to be escaped using backslash to be included in string "
       "value",
       "line: 1, column: 3"},
      {"[1}", "Unexpected close marker '}': expected ']' (for Array starting at " + kSource + "line: 1, column: 1])",
       "line: 1, column: 3"},
      {"01", "Invalid numeric value: Leading zeroes not allowed", "line: 1, column: 2"},
      {"-x",
       "Unexpected character ('x' (code 120)) in numeric value: expected digit (0-9) to follow minus sign, for valid "
       "numeric value",
       "line: 1, column: 2"},
      {"1.x", "Unexpected character ('x' (code 120)) in numeric value: Decimal point not followed by a digit",
       "line: 1, column: 3"},
      {"12a", "Unexpected character ('a' (code 97)): Expected space separating root-level values",
       "line: 1, column: 3"},
      {"NaN", "Non-standard token 'NaN': enable `JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS` to allow",
       "line: 1, column: 4"},
      {"{} x", "Unrecognized token 'x': was expecting " + kValues, "line: 1, column: 5"},
      {"  ", "No content to map due to end-of-input", "line: 1, column: 3"},
  };
  for (const Case& one : cases)
    EXPECT_EQ(json_problem(one.text).value_or("valid"), one.what + "\n at " + kSource + one.place + "]") << one.text;
}

TEST(JsonProblem, HasNothingAgainstValidTexts) {
  for (const char* text :
       {"{}", "[]", " null ", "true", "-0", "1e400", "123456789012345678901234567890", "0.5E-7",
        "\"\\ud83d\\ude00 \xc3\xa9\"", "{\"a\":[1,{\"b\":null},[]],\"a\":\"\"}", "\xef\xbb\xbf{}", "[[],{}]"})
    EXPECT_EQ(json_problem(text), std::nullopt) << text;
}

TEST(JsonProblem, BoundsNesting) {
  EXPECT_EQ(json_problem(std::string(1000, '[') + std::string(1000, ']')), std::nullopt);
  EXPECT_TRUE(json_problem(std::string(1001, '['))
                  ->starts_with("Document nesting depth (1001) exceeds the maximum allowed (1000"));
  EXPECT_TRUE(json_problem(std::string(2'000'000, '[')).has_value());
}

}  // namespace
}  // namespace millrace
