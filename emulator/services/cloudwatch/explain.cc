// Why an alarm is in its state: `millrace why ALARM`.

#include "emulator/base/arn.h"
#include "emulator/services/cloudwatch/alarm_state.h"
#include "emulator/services/cloudwatch/alarms.h"

namespace millrace::cloudwatch {

namespace {

constexpr int64_t kLookedAtS = 3 * 3600;

/// The metric and whether it has data; alarms on expressions name them alone.
std::string data_in_words(CloudWatch& watch, const Scope& scope, const Alarm& alarm) {
  if (!alarm.metric_name) return "";
  const Metric metric = metric_of(scope, alarm);
  std::string name = metric.name_space + " " + metric.name;
  for (const auto& [dimension, value] : metric.dimensions) name += ", " + dimension + "=" + value;
  const int64_t now_s = watch.now() / 1000;
  int64_t last = -1;
  for (const auto& [unit, points] :
       read_points(watch.context.store, metric, now_s - kLookedAtS, now_s + 60, 60, alarm.unit.value_or(""))) {
    last = std::max(last, points.rbegin()->first);
  }
  return "  metric: " + name +
         (last < 0 ? "; it has no data of the last three hours (names and dimensions must match exactly)"
                   : "; its newest minute is " + iso_seconds(last * 1000)) +
         "\n";
}

std::string in_words(CloudWatch& watch, const Alarm& alarm) {
  const auto arn = Arn::parse(alarm.arn);
  const Scope scope{arn ? arn->account : "", arn ? arn->region : ""};
  std::string out = "alarm " + alarm.name + ": " + alarm.state + "\n  " + alarm.reason + "\n";
  if (alarm.rule) {
    out += "  rule: " + *alarm.rule + "\n";
  } else {
    const AlarmRule rule = AlarmRule::of(alarm);
    out += "  " + rule.comparison + " " + number_text(rule.threshold) + " in " +
           std::to_string(rule.datapoints_to_alarm) + " of " + std::to_string(rule.evaluation_periods) +
           " periods of " + std::to_string(rule.period_s) + " s; missing data: " + rule.treat_missing + "\n" +
           data_in_words(watch, scope, alarm);
    out += "  looked at last for " + iso_seconds(alarm.evaluated_s.value_or(0) * 1000) + ", again each minute\n";
  }
  if (!alarm.actions_enabled) out += "  Its actions are disabled.\n";
  for (const Json& entry : storage::list_documents(watch.context.store, history_prefix(scope, alarm.name)))
    out += "  " + iso_millis(static_cast<Millis>(entry.value("Timestamp", 0.0) * 1000)) + "  " +
           text_of(entry, "HistorySummary") + "\n";
  return out + watch.deliveries.told_outcomes(alarm.arn);
}

}  // namespace

std::string explain(CloudWatch& watch, const std::string& name) {
  watch.counts.flush();
  std::string out;
  storage::each_model_anywhere<Alarm>(watch.context.store, "cloudwatch", "alarm",
                                      [&](std::string_view, const Alarm& alarm) {
                                        if (name == alarm.name || name == alarm.arn) out += in_words(watch, alarm);
                                      });
  return out;
}

}  // namespace millrace::cloudwatch
