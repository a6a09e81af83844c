// The states of alarms with missing data, row by row as AWS's documentation has them, and the words for them.

#include "emulator/services/cloudwatch/alarm_state.h"

#include <gtest/gtest.h>

#include <map>

namespace millrace::cloudwatch {
namespace {

/// `0` is fine, `X` breaches, `-` is missing; the newest right.
std::vector<Period> periods_of(const std::string& text) {
  std::vector<Period> out;
  for (char c : text) {
    if (c == ' ') continue;
    const auto at = static_cast<int64_t>(1'700'000'040 + 60 * out.size());
    out.push_back({at, c == '-' ? std::nullopt : std::optional<double>(c == 'X' ? 10 : 1), 1});
  }
  return out;
}

struct Row {
  const char* periods;
  const char* missing;  // the states under each treatment; "" keeps the state
  const char* ignore;
  const char* breaching;
  const char* not_breaching;
};

void check(const std::vector<Row>& rows, int64_t datapoints) {
  for (const Row& row : rows) {
    const std::map<std::string, std::string> states = {{"missing", row.missing},
                                                       {"ignore", row.ignore},
                                                       {"breaching", row.breaching},
                                                       {"notBreaching", row.not_breaching}};
    for (const auto& [treatment, expected] : states) {
      AlarmRule rule;
      rule.comparison = "GreaterThanThreshold";
      rule.threshold = 5;
      rule.evaluation_periods = 3;
      rule.datapoints_to_alarm = datapoints;
      rule.treat_missing = treatment;
      const Verdict verdict = judge(rule, periods_of(row.periods));
      EXPECT_EQ(verdict.state, expected) << row.periods << " under " << treatment << ", M = " << datapoints;
      EXPECT_EQ(verdict.reason.empty(), expected.empty());
    }
  }
}

TEST(AlarmState, ThreeOfThree) {
  check({{"0 - X - X", "OK", "OK", "OK", "OK"},
         {"- - - - 0", "OK", "OK", "OK", "OK"},
         {"- - - - -", "INSUFFICIENT_DATA", "", "ALARM", "OK"},
         {"0 X X - X", "ALARM", "ALARM", "ALARM", "ALARM"},
         {"- - X - -", "ALARM", "", "ALARM", "OK"},
         {"- - - - X", "INSUFFICIENT_DATA", "", "ALARM", "OK"}},
        3);
}

TEST(AlarmState, TwoOfThree) {
  check({{"0 - X - X", "ALARM", "ALARM", "ALARM", "ALARM"},
         {"0 0 X 0 X", "ALARM", "ALARM", "ALARM", "ALARM"},
         {"0 - X - -", "OK", "OK", "ALARM", "OK"},
         {"- - - - 0", "OK", "OK", "ALARM", "OK"},
         {"- - - X -", "ALARM", "", "ALARM", "OK"},
         {"- - - - X", "INSUFFICIENT_DATA", "", "ALARM", "OK"}},
        2);
}

TEST(AlarmState, IsWorded) {
  AlarmRule rule;
  rule.comparison = "GreaterThanOrEqualToThreshold";
  rule.threshold = 5;
  EXPECT_EQ(
      judge(rule, {{1'570'035'540, 99.5, 1}}).reason,
      "Threshold Crossed: 1 out of the last 1 datapoints [99.5 (02/10/19 16:59:00)] was greater than or equal to the "
      "threshold (5.0) (minimum 1 datapoint for OK -> ALARM transition).");
  EXPECT_EQ(judge(rule, {{1'570'035'540, std::nullopt, 0}}).reason, "Insufficient Data: 1 datapoint was unknown.");
  rule.treat_missing = "notBreaching";
  rule.evaluation_periods = rule.datapoints_to_alarm = 2;
  EXPECT_EQ(judge(rule, {{60, std::nullopt, 0}, {120, std::nullopt, 0}}).reason,
            "Threshold Crossed: no datapoints were received for 2 periods and 2 missing datapoints were treated as "
            "[NonBreaching].");
  EXPECT_EQ(number_text(21), "21.0");
  EXPECT_EQ(number_text(0.1), "0.1");
}

}  // namespace
}  // namespace millrace::cloudwatch
