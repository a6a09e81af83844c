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

Millis ms_of(const Json& alarm, const char* member) {
  const Json* time = find(alarm, member);
  return time && time->is_number() ? millis_of_epoch(time->get<double>() + 0.0005) : 0;
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

Json trigger_of(const Json& alarm) {
  Json out = Json::object();
  const bool has_metrics = find(alarm, "Metrics");
  if (!has_metrics) {
    out["MetricName"] = text_of(alarm, "MetricName");
    out["Namespace"] = text_of(alarm, "Namespace");
    if (find(alarm, "ExtendedStatistic")) {
      out["StatisticType"] = "ExtendedStatistic";
      out["ExtendedStatistic"] = text_of(alarm, "ExtendedStatistic");
    } else {
      out["StatisticType"] = "Statistic";
      out["Statistic"] = upper_statistic(text_of(alarm, "Statistic"));
    }
    out["Unit"] = find(alarm, "Unit") ? Json(text_of(alarm, "Unit")) : Json(nullptr);
    out["Dimensions"] = name_value_pairs(alarm.value("Dimensions", Json::array()));
  }
  out["Period"] = int_of(alarm, "Period", int_of(alarm, "_period_s", 60));
  out["EvaluationPeriods"] = int_of(alarm, "EvaluationPeriods");
  if (find(alarm, "DatapointsToAlarm")) out["DatapointsToAlarm"] = int_of(alarm, "DatapointsToAlarm");
  out["ComparisonOperator"] = text_of(alarm, "ComparisonOperator");
  out["Threshold"] = alarm.value("Threshold", Json(0.0)).get<double>();
  out["TreatMissingData"] = text_of(alarm, "TreatMissingData", "missing");
  out["EvaluateLowSampleCountPercentile"] = text_of(alarm, "EvaluateLowSampleCountPercentile");
  if (has_metrics) {
    out["Metrics"] = Json::array();
    for (const Json& query : alarm.at("Metrics")) out["Metrics"].push_back(metric_of_trigger(query));
  }
  return out;
}

Json state_of(const Json& alarm) {
  Json out{{"value", text_of(alarm, "StateValue")},
           {"reason", text_of(alarm, "StateReason")},
           {"timestamp", offset_time(ms_of(alarm, "StateUpdatedTimestamp"))}};
  if (find(alarm, "StateReasonData")) out["reasonData"] = alarm["StateReasonData"];
  return out;
}

/// A UUID that stays the same for an alarm: what its only metric is called in events.
std::string metric_id(const Json& alarm) {
  const std::string hash = to_hex(sha256(text_of(alarm, "AlarmArn")));
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

Json configuration_of(const Json& alarm) {
  Json out = Json::object();
  if (find(alarm, "AlarmRule")) out["alarmRule"] = alarm["AlarmRule"];
  if (find(alarm, "AlarmDescription")) out["description"] = alarm["AlarmDescription"];
  if (find(alarm, "AlarmRule")) return out;
  Json metrics = Json::array();
  if (const Json* queries = find(alarm, "Metrics")) {
    for (const Json& query : *queries) {
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
    metrics.push_back(metric_of_event(metric_id(alarm), alarm, alarm.value("Period", Json(60)),
                                      text_of(alarm, "Statistic", text_of(alarm, "ExtendedStatistic")), true));
  }
  out["metrics"] = std::move(metrics);
  return out;
}

Json triggering_children(const Json& composite) {
  Json out = Json::array();
  const Json data = parse_json(text_of(composite, "StateReasonData")).value_or(Json::object());
  const Json alarms = data.value("triggeringAlarms", Json::array());
  for (const Json& alarm : alarms) {
    const Json state = alarm.value("state", Json::object());
    out.push_back({{"Arn", text_of(alarm, "arn")},
                   {"State", {{"Value", text_of(state, "value")}, {"Timestamp", text_of(state, "timestamp")}}}});
  }
  return out;
}

/// What a change of the configuration shows of one.
Json whole_configuration(const Json& alarm) {
  Json out = configuration_of(alarm);
  for (const auto& [member, name] :
       {std::pair("EvaluationPeriods", "evaluationPeriods"), std::pair("DatapointsToAlarm", "datapointsToAlarm"),
        std::pair("Threshold", "threshold"), std::pair("ComparisonOperator", "comparisonOperator"),
        std::pair("TreatMissingData", "treatMissingData"), std::pair("AlarmName", "alarmName"),
        std::pair("ActionsEnabled", "actionsEnabled"), std::pair("OKActions", "okActions"),
        std::pair("AlarmActions", "alarmActions"), std::pair("InsufficientDataActions", "insufficientDataActions")}) {
    if (find(alarm, member)) out[name] = alarm[member];
  }
  out["timestamp"] = offset_time(ms_of(alarm, "AlarmConfigurationUpdatedTimestamp"));
  return out;
}

}  // namespace

std::string topic_subject(const Scope& scope, const Json& after) {
  constexpr size_t kSubjectMax = 100;
  std::string name = text_of(after, "AlarmName");
  const std::string front = text_of(after, "StateValue") + ": \"", back = "\" in " + region_name(scope.region);
  if (front.size() + name.size() + back.size() > kSubjectMax)
    name = name.substr(0, kSubjectMax - std::min(kSubjectMax, front.size() + back.size() + 3)) + "...";
  return front + name + back;
}

std::string topic_message(const Scope& scope, const Json& before, const Json& after) {
  Json out{{"AlarmName", text_of(after, "AlarmName")}};
  out["AlarmDescription"] = find(after, "AlarmDescription") ? after["AlarmDescription"] : Json(nullptr);
  out["AWSAccountId"] = scope.account;
  out["AlarmConfigurationUpdatedTimestamp"] = offset_time(ms_of(after, "AlarmConfigurationUpdatedTimestamp"));
  out["NewStateValue"] = text_of(after, "StateValue");
  out["NewStateReason"] = text_of(after, "StateReason");
  out["StateChangeTime"] = offset_time(ms_of(after, "StateUpdatedTimestamp"));
  out["Region"] = region_name(scope.region);
  out["AlarmArn"] = text_of(after, "AlarmArn");
  out["OldStateValue"] = text_of(before, "StateValue");
  for (const char* actions : {"OKActions", "AlarmActions", "InsufficientDataActions"})
    out[actions] = after.value(actions, Json::array());
  if (find(after, "AlarmRule")) {
    out["AlarmRule"] = after["AlarmRule"];
    out["TriggeringChildren"] = triggering_children(after);
  } else {
    out["Trigger"] = trigger_of(after);
  }
  return to_text(out);
}

std::string function_event(const Scope& scope, const Json& before, const Json& after) {
  return to_text({{"source", "aws.cloudwatch"},
                  {"alarmArn", text_of(after, "AlarmArn")},
                  {"accountId", scope.account},
                  {"time", offset_time(ms_of(after, "StateUpdatedTimestamp"))},
                  {"region", scope.region},
                  {"alarmData",
                   {{"alarmName", text_of(after, "AlarmName")},
                    {"state", state_of(after)},
                    {"previousState", state_of(before)},
                    {"configuration", configuration_of(after)}}}});
}

std::string configuration_event(const Scope& scope, const ConfigurationChange& change, const std::string& id) {
  const Json& alarm = change.after ? *change.after : *change.before;
  Json detail{{"alarmName", text_of(alarm, "AlarmName")},
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
                  {"resources", Json::array({text_of(alarm, "AlarmArn")})},
                  {"detail", std::move(detail)}});
}

std::string bus_event(const Scope& scope, const Json& before, const Json& after, const std::string& id) {
  return to_text({{"version", "0"},
                  {"id", id},
                  {"detail-type", "CloudWatch Alarm State Change"},
                  {"source", "aws.cloudwatch"},
                  {"account", scope.account},
                  {"time", iso_seconds(ms_of(after, "StateUpdatedTimestamp"))},
                  {"region", scope.region},
                  {"resources", Json::array({text_of(after, "AlarmArn")})},
                  {"detail",
                   {{"alarmName", text_of(after, "AlarmName")},
                    {"configuration", configuration_of(after)},
                    {"previousState", state_of(before)},
                    {"state", state_of(after)}}}});
}

}  // namespace millrace::cloudwatch
