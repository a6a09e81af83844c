// Why an alarm is in its state: `millrace why ALARM`.

#include "emulator/base/arn.h"
#include "emulator/services/cloudwatch/alarm_state.h"
#include "emulator/services/cloudwatch/alarms.h"

namespace millrace::cloudwatch {

namespace {

constexpr int64_t kLookedAtS = 3 * 3600;

/// The metric and whether it has data; alarms on expressions name them alone.
std::string data_in_words(CloudWatch& watch, const Scope& scope, const Json& alarm) {
  if (!find(alarm, "MetricName")) return "";
  const Metric metric = metric_of(scope, alarm);
  std::string name = metric.name_space + " " + metric.name;
  for (const auto& [dimension, value] : metric.dimensions) name += ", " + dimension + "=" + value;
  const int64_t now_s = watch.now() / 1000;
  int64_t last = -1;
  for (const auto& [unit, points] :
       read_points(watch.context.store, metric, now_s - kLookedAtS, now_s + 60, 60, text_of(alarm, "Unit"))) {
    last = std::max(last, points.rbegin()->first);
  }
  return "  metric: " + name +
         (last < 0 ? "; it has no data of the last three hours (names and dimensions must match exactly)"
                   : "; its newest minute is " + iso_seconds(last * 1000)) +
         "\n";
}

std::string in_words(CloudWatch& watch, const Json& alarm) {
  const auto arn = Arn::parse(text_of(alarm, "AlarmArn"));
  const Scope scope{arn ? arn->account : "", arn ? arn->region : ""};
  std::string out = "alarm " + text_of(alarm, "AlarmName") + ": " + text_of(alarm, "StateValue") + "\n  " +
                    text_of(alarm, "StateReason") + "\n";
  if (const std::string composite = text_of(alarm, "AlarmRule"); !composite.empty()) {
    out += "  rule: " + composite + "\n";
  } else {
    const AlarmRule rule = AlarmRule::of(alarm);
    out += "  " + rule.comparison + " " + number_text(rule.threshold) + " in " +
           std::to_string(rule.datapoints_to_alarm) + " of " + std::to_string(rule.evaluation_periods) +
           " periods of " + std::to_string(rule.period_s) + " s; missing data: " + rule.treat_missing + "\n" +
           data_in_words(watch, scope, alarm);
    out += "  looked at last for " + iso_seconds(int_of(alarm, "_evaluated_s") * 1000) + ", again each minute\n";
  }
  if (!bool_of(alarm, "ActionsEnabled", true)) out += "  Its actions are disabled.\n";
  for (const Json& entry :
       storage::list_documents(watch.context.store, history_prefix(scope, text_of(alarm, "AlarmName"))))
    out += "  " + iso_millis(static_cast<Millis>(entry.value("Timestamp", 0.0) * 1000)) + "  " +
           text_of(entry, "HistorySummary") + "\n";
  return out + watch.deliveries.told_outcomes(text_of(alarm, "AlarmArn"));
}

}  // namespace

std::string explain(CloudWatch& watch, const std::string& name) {
  watch.counts.flush();
  std::string out;
  storage::each_document(watch.context.store, storage::document_key({"cloudwatch"}), "",
                         [&](std::string_view, const Json& alarm) {
                           if (!alarm.contains("AlarmArn")) return true;
                           if (name == text_of(alarm, "AlarmName") || name == text_of(alarm, "AlarmArn"))
                             out += in_words(watch, alarm);
                           return true;
                         });
  return out;
}

}  // namespace millrace::cloudwatch
