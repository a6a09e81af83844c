#include "emulator/services/apigateway/openapi/yaml_json.h"

#include <gtest/gtest.h>

namespace millrace::apigateway {
namespace {

std::string read(std::string_view yaml) {
  auto json = yaml_to_json(yaml);
  return json ? to_text(*json) : "none";
}

TEST(Yaml, ScalarsAreWhatTheCoreSchemaMakesOfThem) {
  EXPECT_EQ(read("[1, -2, 1.5, 1e3, true, False, ~, null, yes, 0123, 1.0.0, 2024-01-31, '1', \"true\", !!str 7]"),
            R"([1,-2,1.5,1000.0,true,false,null,null,"yes","0123","1.0.0","2024-01-31","1","true","7"])");
  EXPECT_EQ(read("{200: a, true: b}"), R"({"200":"a","true":"b"})");
}

TEST(Yaml, BlocksAnchorsAndMergeKeysAreWrittenOut) {
  EXPECT_EQ(read("a: |\n  x\n  y\nb: >-\n  x\n  y\n"), R"({"a":"x\ny\n","b":"x y"})");
  EXPECT_EQ(read("a: &x {k: 1, l: 2}\nb: {<<: *x, k: 3}\nc: *x\n"),
            R"({"a":{"k":1,"l":2},"b":{"k":3,"l":2},"c":{"k":1,"l":2}})");
  EXPECT_EQ(read("- &a {k: 1}\n- &b {l: 2}\n- {<<: [*a, *b]}\n"), R"([{"k":1},{"l":2},{"k":1,"l":2}])");
}

TEST(Yaml, WhatIsNoneOrTooMuchIsRefused) {
  for (const char* text : {"", "a: [", "*x", "&a [*a]", "a: b: c", "{[1]: 2}", "\xff"})
    EXPECT_EQ(read(text), "none") << text;
  EXPECT_EQ(read(std::string(150, '[') + std::string(150, ']')), "none");
  std::string bomb = "- &a0 [1,1,1,1,1,1,1,1,1,1]\n";
  for (int i = 1; i < 8; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    bomb += "- &a" + std::to_string(i) + " [";
    for (int j = 0; j < 10; ++j) bomb += (j ? ", " : "") + before;
    bomb += "]\n";
  }
  EXPECT_EQ(read(bomb), "none");
}

TEST(Yaml, WhatIsWrittenReadsAsItWas) {
  const Json value = {
      {"a", {1, 2.5, nullptr, true, "x: y", "\x7f\xc2\x85\xef\xbb\xbf\n\t\"", Json::array(), Json::object()}},
      {std::string(2000, 'k'), {{"nested", {{"deep", "- not a list"}}}}},
      {"yes", "no"}};
  auto again = yaml_to_json(json_to_yaml(value));
  ASSERT_TRUE(again);
  EXPECT_EQ(*again, value);
}

}  // namespace
}  // namespace millrace::apigateway
