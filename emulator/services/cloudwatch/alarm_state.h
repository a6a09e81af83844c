#pragma once
// When an alarm is in which state: its periods' values against its threshold, and what is said of it.

#include <optional>
#include <string>
#include <vector>

#include "emulator/base/clock.h"
#include "emulator/base/json.h"
#include "emulator/services/cloudwatch/model.h"

namespace millrace::cloudwatch {

/// A metric alarm's rule.
struct AlarmRule {
  std::string comparison, treat_missing = "missing";
  double threshold = 0;
  int64_t evaluation_periods = 1, datapoints_to_alarm = 1, period_s = 60;

  static AlarmRule of(const Alarm& alarm);
  bool breaches(double value) const;
};

/// One period of those that are looked at.
struct Period {
  int64_t at_s = 0;  // its begin
  std::optional<double> value;
  double samples = 0;
};

struct Verdict {
  std::string state;  // empty: it stays as it is
  std::string reason;
  std::vector<Period> evaluated;  // newest first
};

/// `periods`: the evaluation range, oldest first, at least as many as are to be evaluated.
Verdict judge(const AlarmRule& rule, const std::vector<Period>& periods);

/// How many periods the evaluation range has.
inline int64_t range_of(const AlarmRule& rule) {
  return rule.evaluation_periods + 2;
}

/// A number as alarms' texts have it: always with a decimal point.
std::string number_text(double value);
/// `2026-11-30T12:00:00.000+0000`
std::string offset_time(Millis ms);

}  // namespace millrace::cloudwatch
