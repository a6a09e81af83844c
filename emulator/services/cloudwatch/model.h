#pragma once
// Alarms, mute rules and dashboards as they are stored: with the members that AWS's answers have; members that begin with "_" are
// ours:
//
//   {"cloudwatch", account, region, "alarm", name}       metric and composite alarms
//   {"cloudwatch", account, region, "mute", name}        mute rules of alarms
//   {"cloudwatch", account, "dashboard", name}            the same in every region

#include <optional>
#include <string>
#include <vector>

#include "emulator/base/json.h"
#include "emulator/storage/document_form.h"

namespace millrace::cloudwatch {

using storage::shown;

struct Alarm {
  std::string name, arn;
  double configured_s = 0;
  std::optional<std::string> description;
  bool actions_enabled = true;
  std::vector<std::string> ok_actions, alarm_actions, insufficient_data_actions;
  std::string state = "INSUFFICIENT_DATA", reason = "Unchecked: Initial alarm creation";
  std::optional<std::string> reason_data;  // JSON text
  double updated_s = 0;
  std::optional<double> transitioned_s;
  Json tags = Json::array();  // [{Key, Value}]
  std::optional<int64_t> evaluated_s;

  // A metric alarm's.
  std::optional<std::string> metric_name, name_space, statistic, extended_statistic, unit;
  std::optional<Json> dimensions;  // [{Name, Value}]
  std::optional<int64_t> period_s, evaluation_periods, datapoints_to_alarm;
  std::optional<double> threshold;
  std::optional<std::string> comparison, treat_missing, low_samples, threshold_metric;
  std::optional<Json> metrics;              // queries, as sent
  std::optional<int64_t> longest_period_s;  // of the queries

  // A composite alarm's.
  std::optional<std::string> rule, suppressor;
  std::optional<int64_t> suppressor_wait_s, suppressor_extension_s;

  bool is_composite() const { return rule.has_value(); }
};

struct MuteRule {
  std::string name, arn;
  std::optional<std::string> description;
  Json rule;                                   // as sent
  std::optional<Json> targets, start, expire;  // as sent
  std::string type;                            // ONE_TIME, RECURRING
  double updated_s = 0;
  Json tags = Json::array();
};

struct Dashboard {
  std::string name, arn, body;
  double modified_s = 0;
  uint64_t size = 0;
};

template <class Form>
void describe(Form& form, Alarm& alarm) {
  form.version(1, "_form");
  form.member("AlarmName", alarm.name);
  form.member("AlarmArn", alarm.arn);
  form.member("AlarmConfigurationUpdatedTimestamp", alarm.configured_s);
  form.member("ActionsEnabled", alarm.actions_enabled);
  form.member("OKActions", alarm.ok_actions);
  form.member("AlarmActions", alarm.alarm_actions);
  form.member("InsufficientDataActions", alarm.insufficient_data_actions);
  form.member("StateValue", alarm.state);
  form.member("StateReason", alarm.reason);
  form.member("StateReasonData", alarm.reason_data);
  form.member("StateUpdatedTimestamp", alarm.updated_s);
  form.member("StateTransitionedTimestamp", alarm.transitioned_s);
  form.added("_tags", alarm.tags);
  form.member("_evaluated_s", alarm.evaluated_s);
  form.member("AlarmDescription", alarm.description);
  form.member("MetricName", alarm.metric_name);
  form.member("Namespace", alarm.name_space);
  form.member("Statistic", alarm.statistic);
  form.member("ExtendedStatistic", alarm.extended_statistic);
  form.member("Dimensions", alarm.dimensions);
  form.member("Period", alarm.period_s);
  form.member("Unit", alarm.unit);
  form.member("EvaluationPeriods", alarm.evaluation_periods);
  form.member("DatapointsToAlarm", alarm.datapoints_to_alarm);
  form.member("Threshold", alarm.threshold);
  form.member("ComparisonOperator", alarm.comparison);
  form.member("TreatMissingData", alarm.treat_missing);
  form.member("EvaluateLowSampleCountPercentile", alarm.low_samples);
  form.member("Metrics", alarm.metrics);
  form.member("ThresholdMetricId", alarm.threshold_metric);
  form.member("_period_s", alarm.longest_period_s);
  form.member("AlarmRule", alarm.rule);
  form.member("ActionsSuppressor", alarm.suppressor);
  form.member("ActionsSuppressorWaitPeriod", alarm.suppressor_wait_s);
  form.member("ActionsSuppressorExtensionPeriod", alarm.suppressor_extension_s);
}

template <class Form>
void describe(Form& form, MuteRule& rule) {
  form.version(1, "_form");
  form.member("Name", rule.name);
  form.member("AlarmMuteRuleArn", rule.arn);
  form.member("Description", rule.description);
  form.member("Rule", rule.rule);
  form.member("MuteTargets", rule.targets);
  form.member("StartDate", rule.start);
  form.member("ExpireDate", rule.expire);
  form.member("MuteType", rule.type);
  form.member("LastUpdatedTimestamp", rule.updated_s);
  form.added("_tags", rule.tags);
}

template <class Form>
void describe(Form& form, Dashboard& dashboard) {
  form.version(1, "_form");
  form.member("DashboardName", dashboard.name);
  form.member("DashboardArn", dashboard.arn);
  form.member("LastModified", dashboard.modified_s);
  form.member("Size", dashboard.size);
  form.member("_body", dashboard.body);
}

}  // namespace millrace::cloudwatch
