#include "runtime/filter/filter_pattern.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "emulator/base/json.h"
#include "emulator/base/random.h"
#include "runtime/filter/explain.h"

namespace millrace::filter {
namespace {

std::vector<Json> read_lines(const std::string& file) {
  std::vector<Json> rows;
  std::ifstream in(std::string(MILLRACE_TESTS_DIR) + "/data/" + file);
  for (std::string line; std::getline(in, line);) rows.push_back(Json::parse(line));
  return rows;
}

std::string problem_of(const std::string& pattern) {
  std::string problem;
  return FilterPattern::compile(pattern, &problem) ? "" : problem;
}

bool match(const std::string& pattern, const std::string& event) {
  auto compiled = FilterPattern::compile(pattern);
  EXPECT_TRUE(compiled) << pattern;
  return compiled && compiled->matches_json(event);
}

// Each case of the file was answered by the rule engine that AWS published.
TEST(FilterPattern, AnswersTheRuleEnginesCases) {
  auto rows = read_lines("filter-patterns.jsonl");
  ASSERT_EQ(rows.size(), 1132u);
  for (const Json& row : rows) {
    std::string text = row.at("pattern");
    auto pattern = FilterPattern::compile(text);
    if (row.contains("valid")) {
      EXPECT_EQ(pattern.has_value(), row.at("valid").get<bool>()) << text;
    } else {
      ASSERT_TRUE(pattern) << text;
      EXPECT_EQ(pattern->matches_json(row.at("event").get<std::string>()), row.at("match").get<bool>()) << row.dump();
    }
  }
}

TEST(FilterPattern, GivesTheEnginesReasons) {
  EXPECT_EQ(problem_of("null"), "Filter is not an object");
  EXPECT_EQ(problem_of(R"({"a":"x"})"), R"("a" must be an object or an array)");
  EXPECT_EQ(problem_of(R"({"a":[]})"), "Empty arrays are not allowed");
  EXPECT_EQ(problem_of(R"({"a":{}})"), "Empty objects are not allowed");
  EXPECT_EQ(problem_of(R"({"a":[{"EXISTS":true}]})"), "Unrecognized match type EXISTS");
  EXPECT_EQ(problem_of(R"({"a":[{"suffix":5}]})"), "suffix match pattern must be a string");
  EXPECT_EQ(problem_of(R"({"a":[{"exists":"true"}]})"), "exists match pattern must be either true or false.");
  EXPECT_EQ(problem_of(R"({"a":[{"numeric":5}]})"), "Value of numeric must be an array.");
  EXPECT_EQ(problem_of(R"({"a":[{"numeric":[5]}]})"), "Invalid member in numeric match: 5");
  EXPECT_EQ(problem_of(R"({"a":[{"numeric":[">",0,">",0]}]})"), "Bad numeric range operator: >");
  EXPECT_EQ(problem_of(R"({"a":[{"numeric":[">",0,"<"]}]})"), "Value of < must be numeric");
  EXPECT_EQ(problem_of(R"({"a":[{"prefix":"x","suffix":"y"}]})"), "Only one key allowed in match expression");
  EXPECT_EQ(problem_of(R"({"a":[{"anything-but":[1,"x"]}]})"),
            "Inside anything but list, either all values are number or string, mixed type is not supported");
  EXPECT_EQ(problem_of(R"({"a":[{"anything-but":[null]}]})"),
            "Inside anything but list, start|null|boolean is not supported.");
  EXPECT_EQ(problem_of(R"({"a":[{"anything-but":{"prefix":{"equals-ignore-case":"x"}}}]})"),
            "Value of anything-but must be an array or single string/number value.");
  EXPECT_EQ(problem_of(R"({"a":[{"anything-but":{"exists":true}}]})"), "Unsupported anything-but pattern: exists");
  EXPECT_EQ(problem_of(R"({"a":[{"anything-but":{"suffix":["x",""]}}]})"), "Null prefix/suffix not allowed");
  EXPECT_EQ(problem_of(R"({"a":[{"wildcard":"a**b"}]})"), "Consecutive wildcard characters at pos 2");
  EXPECT_EQ(problem_of(R"({"a":[{"wildcard":"a\\b"}]})"), "Invalid escape character at pos 2");
  EXPECT_EQ(problem_of(R"({"a":[{"cidr":"10.0.0.0/x"}]})"), "Malformed CIDR, mask bits must be an integer");
  EXPECT_EQ(problem_of(R"({"a":[{"cidr":"10.0.0/8"}]})"), "Nonstandard IP address: 10.0.0");
  EXPECT_EQ(problem_of(R"({"$or":[{"a":["x"]}]})"), "There must have at least 2 Objects in $or relationship.");
  EXPECT_NE(problem_of(R"({"a":[{"wildcard":"*:*:*:*:*:event-bus/*"}]})").find("too complex"), std::string::npos);
}

TEST(FilterPattern, ReadsNumbersAsDoublesThatLoseNothing) {
  EXPECT_TRUE(match(R"({"x":[300]})", R"({"x":3e2})"));
  EXPECT_TRUE(match(R"({"x":[{"numeric":["=",0]}]})", R"({"x":-0.0})"));
  EXPECT_TRUE(match(R"({"x":[0.1]})", R"({"x":0.10})"));
  EXPECT_TRUE(match(R"({"x":[{"numeric":["=",1e300]}]})", R"({"x":1E+300})"));
  // Beyond a double: compared as written.
  EXPECT_TRUE(match(R"({"x":[123456789012345678901]})", R"({"x":123456789012345678901})"));
  EXPECT_FALSE(match(R"({"x":[123456789012345678901]})", R"({"x":123456789012345678902})"));
  EXPECT_FALSE(match(R"({"x":[{"numeric":[">",0]}]})", R"({"x":123456789012345678901})"));
  EXPECT_TRUE(match(R"({"x":[{"anything-but":5}]})", R"({"x":123456789012345678901})"));
  EXPECT_TRUE(match(R"({"x":[{"exists":true}]})", R"({"x":1e999})"));
}

TEST(FilterPattern, TakesTheFieldsOfOneRuleFromTheSameArrayElement) {
  const char* pattern = R"({"e":{"first":["Anna"],"last":["Jones"]}})";
  EXPECT_FALSE(match(pattern, R"({"e":[{"first":"Anna","last":"Smith"},{"first":"Peter","last":"Jones"}]})"));
  EXPECT_TRUE(match(pattern, R"({"e":[{"first":"Peter","last":"Jones"},{"first":"Anna","last":"Jones"}]})"));
  // Two different arrays don't bind each other; nested ones do.
  const char* nested = R"({"a":{"b":{"c":["x"],"d":["y"]},"e":["z"]}})";
  EXPECT_TRUE(match(nested, R"({"a":[{"b":[{"c":"x","d":"y"}],"e":"z"}]})"));
  EXPECT_FALSE(match(nested, R"({"a":[{"b":[{"c":"x"},{"d":"y"}],"e":"z"}]})"));
  EXPECT_FALSE(match(nested, R"({"a":[{"b":[{"c":"x","d":"y"}]},{"e":"z"}]})"));
  // Absence is judged in the element that the other fields matched.
  EXPECT_TRUE(match(R"({"l":{"k":["x"],"z":[{"exists":false}]}})", R"({"l":[{"k":"x"},{"k":"y","z":1}]})"));
  EXPECT_FALSE(match(R"({"l":{"k":["y"],"z":[{"exists":false}]}})", R"({"l":[{"k":"x"},{"k":"y","z":1}]})"));
}

// Many independent arrays must not multiply.
TEST(FilterPattern, SearchesLargeArraysWithoutExplosion) {
  std::string array = "[";
  for (int i = 0; i < 300; ++i) array += R"({"v":"x"},)";
  array.back() = ']';
  std::string pattern = "{", event = "{";
  for (char name = 'a'; name <= 'j'; ++name) {
    pattern += std::string("\"") + name + R"(":{"v":["x"]},)";
    event += std::string("\"") + name + "\":" + array + ",";
  }
  pattern += R"("z":["no"]})";
  event += R"("z":"yes"})";
  EXPECT_FALSE(match(pattern, event));
}

TEST(FilterPattern, JoinsPathsByDots) {
  EXPECT_TRUE(match(R"({"a.b":["x"]})", R"({"a":{"b":"x"}})"));
  EXPECT_TRUE(match(R"({"a":{"b":["x"]}})", R"({"a.b":"x"})"));
  EXPECT_TRUE(match(R"({"a":{"":["x"]}})", R"({"a":{"":"x"}})"));
  EXPECT_FALSE(match(R"({"state.status":{"status":["x"]}})", R"({"state":{"status":"x"}})"));
}

TEST(FilterPattern, KeepsTheLastOfEqualPaths) {
  EXPECT_TRUE(match(R"({"a":["x"],"a":["y"]})", R"({"a":"y"})"));
  EXPECT_FALSE(match(R"({"a":["x"],"a":["y"]})", R"({"a":"x"})"));
  EXPECT_TRUE(match(R"({"a.b":["x"],"a":{"b":["y"]}})", R"({"a":{"b":"y"}})"));
  EXPECT_FALSE(match(R"({"a":{"b":["x"]},"a":{"c":["y"]}})", R"({"a":{"c":"y"}})"));  // two paths: both count
}

TEST(FilterPattern, ExpandsOr) {
  const char* pattern = R"({"s":["x"],"$or":[{"a":["1"]},{"b":["2"],"$or":[{"c":["3"]},{"d":["4"]}]}]})";
  EXPECT_TRUE(match(pattern, R"({"s":"x","a":"1"})"));
  EXPECT_FALSE(match(pattern, R"({"s":"x","b":"2"})"));
  EXPECT_TRUE(match(pattern, R"({"s":"x","b":"2","d":"4"})"));
  EXPECT_FALSE(match(pattern, R"({"a":"1"})"));
  // Not the operator: an ordinary field.
  EXPECT_TRUE(match(R"({"$or":["x","y"]})", R"({"$or":"y"})"));
  EXPECT_TRUE(match(R"({"$or":[{"prefix":"x"},{"prefix":"y"}]})", R"({"$or":"yes"})"));
  EXPECT_TRUE(match(R"({"$or":{"a":["x"]}})", R"({"$or":{"a":"x"}})"));
  EXPECT_NE(problem_of(R"({"$or":[{"a":["x"]},{"prefix":["y"]}]})"), "");
  EXPECT_NE(problem_of(R"({"$or":[{"a":["x"]},"y"]})"), "");
}

TEST(FilterPattern, RefusesExplodingOr) {
  std::string pattern = R"({"a":["x"])";
  for (int i = 0; i < 40; ++i) {
    pattern += ",\"k" + std::to_string(i) + R"(":{"$or":[{"a":["x"]},{"b":["y"]}]})";
  }
  EXPECT_NE(problem_of(pattern + "}"), "");
}

TEST(FilterPattern, ReadsAddresses) {
  EXPECT_TRUE(match(R"({"ip":[{"cidr":"10.0.0.77/24"}]})", R"({"ip":"10.0.0.1"})"));
  EXPECT_FALSE(match(R"({"ip":[{"cidr":"10.0.0.0/24"}]})", R"({"ip":"10.0.0.256"})"));
  EXPECT_TRUE(match(R"({"ip":["2001:db8::1"]})", R"({"ip":"2001:0DB8:0:0:0:0:0:1"})"));
  EXPECT_FALSE(match(R"({"ip":["10.0.0.1"]})", R"({"ip":"10.0.0.10"})"));
  EXPECT_TRUE(match(R"({"ip":["10.0.0.1",{"prefix":"10.1"}]})", R"({"ip":"10.1.0.1"})"));
  EXPECT_NE(problem_of(R"({"ip":[{"cidr":"10.0.0.0/32"}]})"), "");
}

TEST(FilterPattern, FoldsCaseLetterByLetter) {
  EXPECT_TRUE(match(R"({"v":[{"equals-ignore-case":"straÉe"}]})", R"({"v":"STRAée"})"));
  EXPECT_TRUE(match(R"({"v":[{"suffix":{"equals-ignore-case":"ÄPFEL"}}]})", R"({"v":"drei äpfel"})"));
  EXPECT_TRUE(match(R"({"v":[{"prefix":{"equals-ignore-case":"ΑΒ"}}]})", R"({"v":"αβγ"})"));
  EXPECT_FALSE(match(R"({"v":[{"prefix":{"equals-ignore-case":"αβγδ"}}]})", R"({"v":"αβγ"})"));
}

TEST(FilterPattern, MatchesWildcards) {
  auto wild = [](std::string pattern, std::string text) {
    std::string problem;
    auto compiled = Wildcard::parse(pattern, problem);
    return compiled && compiled->matches(text);
  };
  EXPECT_TRUE(wild("a*a", "aa"));
  EXPECT_FALSE(wild("a*a", "a"));
  EXPECT_TRUE(wild("*ab*ab", "xabab"));
  EXPECT_FALSE(wild("*ab*ab", "xabb"));
  EXPECT_TRUE(wild("*", ""));
  EXPECT_FALSE(wild("", "x"));
  EXPECT_TRUE(wild("a\\*b\\\\", "a*b\\"));
}

TEST(FilterPattern, SurvivesHostileTexts) {
  EXPECT_NE(problem_of(std::string(100000, '[')), "");
  std::string deep;
  for (int i = 0; i < 5000; ++i) deep += "{\"a\":";
  EXPECT_NE(problem_of(deep), "");
  EXPECT_FALSE(match(R"({"a":["x"]})", deep));
  EXPECT_FALSE(match(R"({"a":["x"]})", "not json"));
  EXPECT_FALSE(match(R"({"a":["x"]})", R"({"a":"x")"));
  EXPECT_FALSE(match(R"({"a":["x"]})", R"({"a":"x","b":01})"));
  EXPECT_TRUE(match("{\"a\":[\"\xF0\x9F\x98\x80\"]}", R"({"a":"\ud83d\ude00"})"));
}

// Patterns and events with random damage: any answer will do, but one there must be.
TEST(FilterPattern, SurvivesDamagedTexts) {
  auto rows = read_lines("filter-patterns.jsonl");
  SeededRandom random(1);
  auto damage = [&](std::string text) {
    for (uint64_t i = random.below(4); i > 0 && !text.empty(); --i) {
      size_t at = random.below(text.size());
      switch (random.below(3)) {
        case 0: text[at] = static_cast<char>(random.below(256)); break;
        case 1: text.erase(at, 1 + random.below(3)); break;
        default: text.insert(at, text.substr(random.below(text.size()), random.below(12)));
      }
    }
    return text;
  };
  for (int i = 0; i < 20000; ++i) {
    const Json& row = rows[random.below(rows.size())];
    auto pattern = FilterPattern::compile(damage(row.at("pattern")));
    if (pattern && row.contains("event")) (void)pattern->matches_json(damage(row.at("event")));
  }
}

TEST(Explain, AnswersLineByLine) {
  std::istringstream in(R"({"pattern":"{\"a\":[1]}","event":"{\"a\":1.0}"})"
                        "\n"
                        R"({"pattern":"{\"a\":[1]}","event":"{\"a\":2}"})"
                        "\n"
                        R"({"pattern":"{\"a\":1}","event":"{\"a\":2}"})"
                        "\n"
                        "nonsense\n");
  std::ostringstream out;
  EXPECT_EQ(explain_filter_lines(in, out), 0);
  EXPECT_EQ(out.str(), "true\nfalse\ninvalid\ninvalid\n");
}

}  // namespace
}  // namespace millrace::filter
