#include "emulator/services/cloudwatch/alarm_state.h"

#include <fmt/format.h>

#include <algorithm>

namespace millrace::cloudwatch {

namespace {

constexpr int64_t kLookedBackS = 7 * 86'400;  // the longest that AWS has an alarm look back

std::string words_of(const std::string& comparison) {
  if (comparison == "GreaterThanOrEqualToThreshold") return "greater than or equal to";
  if (comparison == "LessThanOrEqualToThreshold") return "less than or equal to";
  return comparison == "LessThanThreshold" ? "less than" : "greater than";
}

std::string plural(int64_t count, const char* what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

/// `[21.5 (30/11/26 12:00:00)]`, newest first, of the values that count for the verdict.
std::string listed(const std::vector<Period>& periods) {
  std::string out;
  for (const Period& period : periods) {
    if (!period.value) continue;
    const CalendarTime t = calendar(period.at_s * 1000);
    out += fmt::format("{}{} ({:02}/{:02}/{:02} {:02}:{:02}:{:02})", out.empty() ? "" : ", ",
                       number_text(*period.value), t.day, t.month, t.year % 100, t.hour, t.minute, t.second);
  }
  return "[" + out + "]";
}

std::string crossed(const AlarmRule& rule, const std::vector<Period>& evaluated, bool alarm) {
  std::vector<Period> counted;
  for (const Period& period : evaluated) {
    if (period.value && rule.breaches(*period.value) == alarm) counted.push_back(period);
  }
  const auto n = static_cast<int64_t>(counted.size());
  const char* move = alarm ? "OK -> ALARM" : "ALARM -> OK";
  const int64_t minimum = alarm ? rule.datapoints_to_alarm : rule.evaluation_periods - rule.datapoints_to_alarm + 1;
  return fmt::format(
      "Threshold Crossed: {} out of the last {} datapoints {} {} {} the threshold ({}) (minimum {} for {} transition).",
      n, rule.evaluation_periods, listed(counted), std::string(n == 1 ? "was" : "were") + (alarm ? "" : " not"),
      words_of(rule.comparison), number_text(rule.threshold), plural(minimum, "datapoint"), move);
}

std::string filled_in(const AlarmRule& rule, int64_t missing) {
  return fmt::format("Threshold Crossed: no datapoints were received for {} and {} treated as [{}].",
                     plural(missing, "period"),
                     plural(missing, "missing datapoint") + (missing == 1 ? " was" : " were"),
                     rule.treat_missing == "breaching" ? "Breaching" : "NonBreaching");
}

/// With few values and nothing treated as one: a breaching value so old that all periods since could have breached.
bool is_early_alarm(const AlarmRule& rule, const std::vector<Period>& periods) {
  int64_t age = 0;
  bool found = false;
  for (auto it = periods.rbegin(); it != periods.rend(); ++it) {
    ++age;
    if (!it->value) continue;
    if (!rule.breaches(*it->value)) return false;
    found = found || age >= rule.datapoints_to_alarm;
  }
  return found;
}

}  // namespace

AlarmRule AlarmRule::of(const Alarm& alarm) {
  AlarmRule out;
  out.comparison = alarm.comparison.value_or("");
  out.treat_missing = alarm.treat_missing.value_or("missing");
  // [doc]: alarms on DynamoDB's metrics always ignore what is missing.
  if (alarm.name_space == "AWS/DynamoDB") out.treat_missing = "ignore";
  out.threshold = alarm.threshold.value_or(0);
  out.period_s = std::clamp<int64_t>(alarm.period_s.value_or(alarm.longest_period_s.value_or(60)), 1, kLookedBackS);
  // An earlier version took any number of them.
  out.evaluation_periods = std::clamp<int64_t>(alarm.evaluation_periods.value_or(1), 1, kLookedBackS / out.period_s);
  out.datapoints_to_alarm = alarm.datapoints_to_alarm.value_or(out.evaluation_periods);
  return out;
}

bool AlarmRule::breaches(double value) const {
  if (comparison == "GreaterThanOrEqualToThreshold") return value >= threshold;
  if (comparison == "GreaterThanThreshold") return value > threshold;
  if (comparison == "LessThanThreshold") return value < threshold;
  return value <= threshold;
}

Verdict judge(const AlarmRule& rule, const std::vector<Period>& periods) {
  std::vector<Period> real;
  for (auto it = periods.rbegin(); it != periods.rend(); ++it) {
    if (it->value && real.size() < static_cast<size_t>(rule.evaluation_periods)) real.push_back(*it);
  }
  Verdict out;
  const auto count = static_cast<int64_t>(real.size());
  const int64_t breaching =
      std::count_if(real.begin(), real.end(), [&](const Period& period) { return rule.breaches(*period.value); });
  const int64_t missing = rule.evaluation_periods - count;
  out.evaluated.assign(periods.rbegin(), periods.rbegin() + std::min<int64_t>(rule.evaluation_periods,
                                                                              static_cast<int64_t>(periods.size())));
  if (missing == 0) out.evaluated = real;
  const bool treated = missing > 0 && (rule.treat_missing == "breaching" || rule.treat_missing == "notBreaching");
  if (missing == 0 || treated) {
    const int64_t all = breaching + (treated && rule.treat_missing == "breaching" ? missing : 0);
    const bool alarm = all >= rule.datapoints_to_alarm;
    out.state = alarm ? "ALARM" : "OK";
    out.reason = treated && count == 0 ? filled_in(rule, missing) : crossed(rule, real, alarm);
    return out;
  }
  if (breaching >= rule.datapoints_to_alarm) {
    out.state = "ALARM";
    out.reason = crossed(rule, real, true);
  } else if (breaching < count) {
    out.state = "OK";
    out.reason = crossed(rule, real, false);
  } else if (rule.treat_missing == "ignore") {
    return out;
  } else if (is_early_alarm(rule, periods)) {
    out.state = "ALARM";
    out.reason = crossed(rule, real, true);
  } else {
    out.state = "INSUFFICIENT_DATA";
    out.reason = "Insufficient Data: " + plural(missing, "datapoint") + (missing == 1 ? " was" : " were") + " unknown.";
  }
  return out;
}

std::string number_text(double value) {
  std::string text = to_text(Json(value));
  return text.find_first_of(".eE") == std::string::npos ? text + ".0" : text;
}

std::string offset_time(Millis ms) {
  std::string text = iso_millis(ms);
  return text.substr(0, text.size() - 1) + "+0000";
}

}  // namespace millrace::cloudwatch
