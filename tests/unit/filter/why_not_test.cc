#include <gtest/gtest.h>

#include "runtime/filter/filter_pattern.h"

namespace millrace::filter {
namespace {

std::string why_not(const std::vector<std::string>& patterns, const std::string& event) {
  auto criteria = FilterCriteria::compile(patterns);
  EXPECT_TRUE(criteria.has_value());
  EXPECT_FALSE(criteria->passes_json(event)) << event;
  return criteria->why_not_json(event);
}

TEST(WhyNot, NamesThePathAndWhatStandsThere) {
  EXPECT_EQ(why_not({R"({"a":["x"]})"}, R"({"a":"y"})"), R"(a is "y")");
  EXPECT_EQ(why_not({R"({"a":{"b":[{"numeric":[">",3]}]}})"}, R"({"a":{"b":2.5}})"), "a.b is 2.5");
  EXPECT_EQ(why_not({R"({"a":["x"]})"}, R"({"a":[true,false,null,"y"]})"), "a is true, false, null, ...");
}

TEST(WhyNot, TellsAbsence) {
  EXPECT_EQ(why_not({R"({"a":["x"],"b":[{"exists":true}]})"}, R"({"a":"x"})"), "b is absent");
  EXPECT_EQ(why_not({R"({"a":[{"exists":false}]})"}, R"({"a":1})"), "a is 1");
}

TEST(WhyNot, CutsLongValues) {
  std::string reason = why_not({R"({"a":["x"]})"}, R"({"a":")" + std::string(5000, 'y') + R"("})");
  EXPECT_EQ(reason, "a is \"" + std::string(60, 'y') + "\"...");
}

TEST(WhyNot, OfAlternativesTheNearest) {
  EXPECT_EQ(
      why_not({R"({"$or":[{"a":["x"],"b":["x"]},{"c":["x"]}],"d":["x"]})"}, R"({"a":"y","b":"y","c":"y","d":"x"})"),
      R"(c is "y")");
  EXPECT_EQ(
      why_not({R"({"$or":[{"c":["x"]},{"a":["x"],"b":["x"]}],"d":["x"]})"}, R"({"a":"y","b":"y","c":"y","d":"x"})"),
      R"(c is "y")");
}

TEST(WhyNot, NumbersSeveralFilters) {
  EXPECT_EQ(why_not({R"({"a":["x"]})", R"({"b":["x"]})"}, R"({"a":"y"})"),
            R"(filter 1: a is "y"; filter 2: b is absent)");
}

TEST(WhyNot, ConditionsOfDifferentElements) {
  EXPECT_EQ(why_not({R"({"l":{"a":["x"],"b":["x"]}})"}, R"({"l":[{"a":"x","b":"y"},{"a":"y","b":"x"}]})"),
            "its conditions hold, but not in one element of an array");
  EXPECT_EQ(why_not({R"({"a":["x"]})"}, "17"), "it is not a JSON object");
}

}  // namespace
}  // namespace millrace::filter
