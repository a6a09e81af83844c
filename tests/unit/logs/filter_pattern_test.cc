// The filter pattern language, each form by cases from the user guide's rules.

#include "emulator/services/logs/filter_pattern.h"

#include <gtest/gtest.h>

namespace millrace::logs {
namespace {

struct Case {
  const char* pattern;
  const char* message;
  bool matches;
};

class FilterPatternCases : public testing::TestWithParam<Case> {};

TEST_P(FilterPatternCases, Match) {
  auto compiled = FilterPattern::compile(GetParam().pattern);
  ASSERT_TRUE(compiled.has_value()) << GetParam().pattern;
  EXPECT_EQ((*compiled)->matches(GetParam().message), GetParam().matches)
      << GetParam().pattern << " on " << GetParam().message;
}

constexpr const char* kAccessLine =
    "127.0.0.1 - frank [10/Oct/2000:13:25:15 -0700] \"GET /index.html HTTP/1.0\" 404 1534";
constexpr const char* kEvent =
    R"({"level":"ERROR","latency":120,"user":{"name":"ann","tags":["a","b"]},"gone":null,"ok":true,"path":"/api/v1/x"})";

INSTANTIATE_TEST_SUITE_P(
    All, FilterPatternCases,
    testing::Values(
        Case{"", "anything", true}, Case{"ERROR", "an ERROR here", true}, Case{"ERROR", "an error here", false},
        Case{"ERROR WARN", "WARN then ERROR", true}, Case{"ERROR WARN", "ERROR alone", false},
        Case{"?ERROR ?WARN", "WARN alone", true}, Case{"?ERROR ?WARN", "INFO", false},
        Case{"?ERROR INFO", "INFO", true}, Case{"ERROR -exit", "ERROR exit", false},
        Case{"ERROR -exit", "ERROR other", true}, Case{"\"internal error\"", "an internal error", true},
        Case{"\"internal error\"", "internal  error", false}, Case{"%E[A-Z]+R%", "an ERROR", true},
        Case{"%^ERR%", "an ERROR", false}, Case{"{ $.level = \"ERROR\" }", kEvent, true},
        Case{"{ $.level = \"ERR*\" }", kEvent, true}, Case{"{ $.level = ERROR }", kEvent, true},
        Case{"{ $.level != \"ERROR\" }", kEvent, false},
        Case{"{ $.latency > 100 && $.latency <= 1.2e2 }", kEvent, true}, Case{"{ $.latency < 120 }", kEvent, false},
        Case{"{ $.user.name = \"ann\" }", kEvent, true}, Case{"{ $.user.tags[1] = \"b\" }", kEvent, true},
        Case{"{ $.gone IS NULL }", kEvent, true}, Case{"{ $.ok IS TRUE }", kEvent, true},
        Case{"{ $.ok IS FALSE }", kEvent, false}, Case{"{ $.missing NOT EXISTS }", kEvent, true},
        Case{"{ $.level NOT EXISTS }", kEvent, false},
        Case{"{ ($.level = \"INFO\") || ($.user.name = \"a*\" && $.ok IS TRUE) }", kEvent, true},
        Case{"{ $.path = %^/api/v[0-9]+% }", kEvent, true}, Case{"{ $.level = \"ERROR\" }", "not json ERROR", false},
        Case{"{ $.level EXISTS && $.missing NOT  EXISTS }", kEvent, true}, Case{"{ $.missing EXISTS }", kEvent, false},
        Case{"{ $.gone IS  NULL }", kEvent, true}, Case{"\"a-b\" c_1", "c_1 a-b", true}, Case{"-\"a b\"", "a b", false},
        Case{"%a% %b%", "b a", true}, Case{"[ip, id, user, timestamp, request, status_code, size]", kAccessLine, true},
        Case{"[ip, id, user, timestamp, request, status_code = 4*, size]", kAccessLine, true},
        Case{"[ip, id, user, timestamp, request, status_code = 200, size]", kAccessLine, false},
        Case{"[ip, user, timestamp]", kAccessLine, false}, Case{"[..., size > 1000]", kAccessLine, true},
        Case{"[..., size > 2000]", kAccessLine, false},
        Case{"[ip, ..., status_code = 404 || status_code = 410, size]", kAccessLine, true},
        Case{"[w1 = ERROR, ...]", "ERROR something went wrong", true}, Case{"[w1 != ERROR, ...]", "ERROR x", false}));

TEST(FilterPattern, RefusesMalformedOnes) {
  for (const char* pattern : {"{ $.a }", "{ $.a = }", "{ a = 1 }", "[a, b", "[..., ...]", "\"open", "%[%",
                              "{ $.a = \"x\" ", "%a% %b% %c%", "{ $.a IS EMPTY }"})
    EXPECT_TRUE(FilterPattern::compile(pattern).has_error()) << pattern;
  EXPECT_EQ(FilterPattern::compile("ERROR a-b").error().message, "Invalid character(s) in term 'a-b'");
  EXPECT_EQ(FilterPattern::compile("{ $.a = 1").error().message,
            "If a filter pattern starts with '{' it must end with '}'");
  EXPECT_EQ(FilterPattern::compile("[a, b").error().message,
            "If a filter pattern starts with '[' it must end with ']'");
}

TEST(FilterPattern, ExtractsWhatMetricFiltersReferTo) {
  auto columns = FilterPattern::compile("[ip, id, user, timestamp, request, status_code, size]");
  EXPECT_EQ((*columns)->extract(kAccessLine)["$size"], "1534");
  auto selector = FilterPattern::compile("{ $.latency = * }");
  EXPECT_EQ((*selector)->extract(kEvent)["$.latency"], "120");
}

}  // namespace
}  // namespace millrace::logs
