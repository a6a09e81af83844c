#include <map>

#include "emulator/base/encoding.h"
#include "emulator/base/epoch.h"
#include "emulator/services/cloudwatch/alarm_state.h"
#include "emulator/services/cloudwatch/alarms.h"

namespace millrace::cloudwatch {

namespace {

/// A region's name for people.
std::string region_name(const std::string& region) {
  static const std::map<std::string, std::string> names = {{"us-east-1", "US East (N. Virginia)"},
                                                           {"us-east-2", "US East (Ohio)"},
                                                           {"us-west-1", "US West (N. California)"},
                                                           {"us-west-2", "US West (Oregon)"},
                                                           {"eu-west-1", "EU (Ireland)"},
                                                           {"eu-west-2", "EU (London)"},
                                                           {"eu-west-3", "EU (Paris)"},
                                                           {"eu-central-1", "EU (Frankfurt)"},
                                                           {"eu-north-1", "EU (Stockholm)"},
                                                           {"eu-south-1", "EU (Milan)"},
                                                           {"ap-south-1", "Asia Pacific (Mumbai)"},
                                                           {"ap-northeast-1", "Asia Pacific (Tokyo)"},
                                                           {"ap-northeast-2", "Asia Pacific (Seoul)"},
                                                           {"ap-southeast-1", "Asia Pacific (Singapore)"},
                                                           {"ap-southeast-2", "Asia Pacific (Sydney)"},
                                                           {"ca-central-1", "Canada (Central)"},
                                                           {"sa-east-1", "South America (Sao Paulo)"}};
  auto found = names.find(region);
  return found == names.end() ? region : found->second;
}

Millis ms_of(double seconds) {
  return millis_of_epoch(seconds + 0.0005);
}

Json name_value_pairs(const Json& dimensions) {
  Json out = Json::array();
  for (const Json& one : dimensions) out.push_back({{"value", text_of(one, "Value")}, {"name", text_of(one, "Name")}});
  return out;
}

std::string upper_statistic(const std::string& name) {
  if (name == "SampleCount") return "SAMPLE_COUNT";
  std::string out = name;
  for (char& c : out) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return out;
}

Json metric_of_trigger(const Json& query) {
  Json out{{"Id", text_of(query, "Id")}};
  if (const Json* expression = find(query, "Expression")) out["Expression"] = *expression;
  if (const Json* label = find(query, "Label")) out["Label"] = *label;
  if (const Json* stat = find(query, "MetricStat")) {
    const Json metric = stat->value("Metric", Json::object());
    out["MetricStat"] = {{"Metric",
                          {{"Dimensions", name_value_pairs(metric.value("Dimensions", Json::array()))},
                           {"MetricName", text_of(metric, "MetricName")},
                           {"Namespace", text_of(metric, "Namespace")}}},
                         {"Period", int_of(*stat, "Period")},
                         {"Stat", text_of(*stat, "Stat")}};
  }
  out["ReturnData"] = bool_of(query, "ReturnData", true);
  return out;
}

Json trigger_of(const Alarm& alarm) {
  Json out = Json::object();
  if (!alarm.metrics) {
    out["MetricName"] = alarm.metric_name.value_or("");
    out["Namespace"] = alarm.name_space.value_or("");
    if (alarm.extended_statistic) {
      out["StatisticType"] = "ExtendedStatistic";
      out["ExtendedStatistic"] = *alarm.extended_statistic;
    } else {
      out["StatisticType"] = "Statistic";
      out["Statistic"] = upper_statistic(alarm.statistic.value_or(""));
    }
    out["Unit"] = alarm.unit ? Json(*alarm.unit) : Json(nullptr);
    out["Dimensions"] = name_value_pairs(alarm.dimensions.value_or(Json::array()));
  }
  out["Period"] = alarm.period_s.value_or(alarm.longest_period_s.value_or(60));
  out["EvaluationPeriods"] = alarm.evaluation_periods.value_or(0);
  if (alarm.datapoints_to_alarm) out["DatapointsToAlarm"] = *alarm.datapoints_to_alarm;
  out["ComparisonOperator"] = alarm.comparison.value_or("");
  out["Threshold"] = alarm.threshold.value_or(0.0);
  out["TreatMissingData"] = alarm.treat_missing.value_or("missing");
  out["EvaluateLowSampleCountPercentile"] = alarm.low_samples.value_or("");
  if (alarm.metrics) {
    out["Metrics"] = Json::array();
    for (const Json& query : *alarm.metrics) out["Metrics"].push_back(metric_of_trigger(query));
  }
  return out;
}

Json state_of(const Alarm& alarm) {
  Json out{{"value", alarm.state}, {"reason", alarm.reason}, {"timestamp", offset_time(ms_of(alarm.updated_s))}};
  if (alarm.reason_data) out["reasonData"] = *alarm.reason_data;
  return out;
}

/// A UUID that stays the same for an alarm: what its only metric is called in events.
std::string metric_id(const Alarm& alarm) {
  const std::string hash = to_hex(sha256(alarm.arn));
  return hash.substr(0, 8) + "-" + hash.substr(8, 4) + "-" + hash.substr(12, 4) + "-" + hash.substr(16, 4) + "-" +
         hash.substr(20, 12);
}

Json dimensions_map(const Json& dimensions) {
  Json out = Json::object();
  for (const Json& one : dimensions) out[text_of(one, "Name")] = text_of(one, "Value");
  return out;
}

Json metric_of_event(const std::string& id, const Json& metric, const Json& period, const std::string& stat,
                     bool returned) {
  return {{"id", id},
          {"metricStat",
           {{"metric",
             {{"namespace", text_of(metric, "Namespace")},
              {"name", text_of(metric, "MetricName")},
              {"dimensions", dimensions_map(metric.value("Dimensions", Json::array()))}}},
            {"period", period},
            {"stat", stat}}},
          {"returnData", returned}};
}

Json configuration_of(const Alarm& alarm) {
  Json out = Json::object();
  if (alarm.rule) out["alarmRule"] = *alarm.rule;
  if (alarm.description) out["description"] = *alarm.description;
  if (alarm.rule) return out;
  Json metrics = Json::array();
  if (alarm.metrics) {
    for (const Json& query : *alarm.metrics) {
      const bool returned = bool_of(query, "ReturnData", true);
      if (const Json* stat = find(query, "MetricStat")) {
        metrics.push_back(metric_of_event(text_of(query, "Id"), stat->value("Metric", Json::object()),
                                          stat->value("Period", Json(60)), text_of(*stat, "Stat"), returned));
      } else {
        metrics.push_back(
            {{"id", text_of(query, "Id")}, {"expression", text_of(query, "Expression")}, {"returnData", returned}});
      }
    }
  } else {
    const Json metric{{"Namespace", alarm.name_space.value_or("")},
                      {"MetricName", alarm.metric_name.value_or("")},
                      {"Dimensions", alarm.dimensions.value_or(Json::array())}};
    metrics.push_back(metric_of_event(metric_id(alarm), metric, alarm.period_s.value_or(60),
                                      alarm.statistic.value_or(alarm.extended_statistic.value_or("")), true));
  }
  out["metrics"] = std::move(metrics);
  return out;
}

Json triggering_children(const Alarm& composite) {
  Json out = Json::array();
  const Json data = parse_json(composite.reason_data.value_or("")).value_or(Json::object());
  const Json alarms = data.value("triggeringAlarms", Json::array());
  for (const Json& alarm : alarms) {
    const Json state = alarm.value("state", Json::object());
    out.push_back({{"Arn", text_of(alarm, "arn")},
                   {"State", {{"Value", text_of(state, "value")}, {"Timestamp", text_of(state, "timestamp")}}}});
  }
  return out;
}

/// What a change of the configuration shows of one.
Json whole_configuration(const Alarm& alarm) {
  Json out = configuration_of(alarm);
  const Json all = shown(alarm);
  for (const auto& [member, name] :
       {std::pair("EvaluationPeriods", "evaluationPeriods"), std::pair("DatapointsToAlarm", "datapointsToAlarm"),
        std::pair("Threshold", "threshold"), std::pair("ComparisonOperator", "comparisonOperator"),
        std::pair("TreatMissingData", "treatMissingData"), std::pair("AlarmName", "alarmName"),
        std::pair("ActionsEnabled", "actionsEnabled"), std::pair("OKActions", "okActions"),
        std::pair("AlarmActions", "alarmActions"), std::pair("InsufficientDataActions", "insufficientDataActions")}) {
    if (const Json* value = find(all, member)) out[name] = *value;
  }
  out["timestamp"] = offset_time(ms_of(alarm.configured_s));
  return out;
}

}  // namespace

std::string topic_subject(const Scope& scope, const Alarm& after) {
  constexpr size_t kSubjectMax = 100;
  std::string name = after.name;
  const std::string front = after.state + ": \"", back = "\" in " + region_name(scope.region);
  if (front.size() + name.size() + back.size() > kSubjectMax)
    name = name.substr(0, kSubjectMax - std::min(kSubjectMax, front.size() + back.size() + 3)) + "...";
  return front + name + back;
}

std::string topic_message(const Scope& scope, const Alarm& before, const Alarm& after) {
  Json out{{"AlarmName", after.name}};
  out["AlarmDescription"] = after.description ? Json(*after.description) : Json(nullptr);
  out["AWSAccountId"] = scope.account;
  out["AlarmConfigurationUpdatedTimestamp"] = offset_time(ms_of(after.configured_s));
  out["NewStateValue"] = after.state;
  out["NewStateReason"] = after.reason;
  out["StateChangeTime"] = offset_time(ms_of(after.updated_s));
  out["Region"] = region_name(scope.region);
  out["AlarmArn"] = after.arn;
  out["OldStateValue"] = before.state;
  out["OKActions"] = after.ok_actions;
  out["AlarmActions"] = after.alarm_actions;
  out["InsufficientDataActions"] = after.insufficient_data_actions;
  if (after.rule) {
    out["AlarmRule"] = *after.rule;
    out["TriggeringChildren"] = triggering_children(after);
  } else {
    out["Trigger"] = trigger_of(after);
  }
  return to_text(out);
}

std::string function_event(const Scope& scope, const Alarm& before, const Alarm& after) {
  return to_text({{"source", "aws.cloudwatch"},
                  {"alarmArn", after.arn},
                  {"accountId", scope.account},
                  {"time", offset_time(ms_of(after.updated_s))},
                  {"region", scope.region},
                  {"alarmData",
                   {{"alarmName", after.name},
                    {"state", state_of(after)},
                    {"previousState", state_of(before)},
                    {"configuration", configuration_of(after)}}}});
}

std::string configuration_event(const Scope& scope, const ConfigurationChange& change, const std::string& id) {
  const Alarm& alarm = change.after ? *change.after : *change.before;
  Json detail{{"alarmName", alarm.name},
              {"operation", !change.before ? "create"
                            : change.after ? "update"
                                           : "delete"},
              {"state", state_of(alarm)},
              {"configuration", whole_configuration(alarm)}};
  if (change.before && change.after) detail["previousConfiguration"] = whole_configuration(*change.before);
  return to_text({{"version", "0"},
                  {"id", id},
                  {"detail-type", "CloudWatch Alarm Configuration Change"},
                  {"source", "aws.cloudwatch"},
                  {"account", scope.account},
                  {"time", iso_seconds(change.at_ms)},
                  {"region", scope.region},
                  {"resources", Json::array({alarm.arn})},
                  {"detail", std::move(detail)}});
}

std::string bus_event(const Scope& scope, const Alarm& before, const Alarm& after, const std::string& id) {
  return to_text({{"version", "0"},
                  {"id", id},
                  {"detail-type", "CloudWatch Alarm State Change"},
                  {"source", "aws.cloudwatch"},
                  {"account", scope.account},
                  {"time", iso_seconds(ms_of(after.updated_s))},
                  {"region", scope.region},
                  {"resources", Json::array({after.arn})},
                  {"detail",
                   {{"alarmName", after.name},
                    {"configuration", configuration_of(after)},
                    {"previousState", state_of(before)},
                    {"state", state_of(after)}}}});
}

}  // namespace millrace::cloudwatch
