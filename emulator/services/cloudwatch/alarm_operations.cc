// PutMetricAlarm, PutCompositeAlarm, DeleteAlarms, SetAlarmState, EnableAlarmActions, DisableAlarmActions.

#include <cctype>
#include <set>

#include "emulator/base/arn.h"
#include "emulator/base/encoding.h"
#include "emulator/services/cloudwatch/alarm_state.h"
#include "emulator/services/cloudwatch/alarms.h"
#include "emulator/services/cloudwatch/expression.h"
#include "emulator/services/cloudwatch/statistics.h"

namespace millrace::cloudwatch {

using namespace protocol;

namespace {

constexpr size_t kAlarmsMax = 5000;
Shape name_shape() {
  return string().length(1, 255);
}
Shape actions_shape() {
  return list(string().length(1, 1024)).length(0, 5);
}

std::vector<std::string> texts_of(const Json& input, const char* member) {
  return input.value(member, Json::array()).get<std::vector<std::string>>();
}
std::optional<Json> settings_of(const Json& input, const char* member) {
  const Json* given = find(input, member);
  return given ? std::optional<Json>(*given) : std::nullopt;
}

/// With the state and tags of the alarm that is replaced, or a new one's.
Alarm begin_alarm(CloudWatch& watch, const Scope& scope, const Json& input, const std::optional<Alarm>& before) {
  Alarm out;
  out.name = text_of(input, "AlarmName");
  out.arn = alarm_arn(scope, out.name);
  out.configured_s = seconds_of(watch.now());
  out.description = optional_text(input, "AlarmDescription");
  out.actions_enabled = bool_of(input, "ActionsEnabled", true);
  out.ok_actions = texts_of(input, "OKActions");
  out.alarm_actions = texts_of(input, "AlarmActions");
  out.insufficient_data_actions = texts_of(input, "InsufficientDataActions");
  if (before) {
    out.state = before->state;
    out.reason = before->reason;
    out.reason_data = before->reason_data;
    out.updated_s = before->updated_s;
    out.transitioned_s = before->transitioned_s;
    out.tags = before->tags;
    out.evaluated_s = before->evaluated_s;
    return out;
  }
  out.updated_s = seconds_of(watch.now());
  out.transitioned_s = out.updated_s;
  out.tags = input.value("Tags", Json::array());
  out.evaluated_s = watch.now() / 1000;
  return out;
}

void take_metric(Alarm& alarm, const Json& input) {
  alarm.metric_name = optional_text(input, "MetricName");
  alarm.name_space = optional_text(input, "Namespace");
  alarm.statistic = optional_text(input, "Statistic");
  alarm.extended_statistic = optional_text(input, "ExtendedStatistic");
  alarm.dimensions = settings_of(input, "Dimensions");
  alarm.period_s = optional_int(input, "Period");
  alarm.unit = optional_text(input, "Unit");
  alarm.evaluation_periods = optional_int(input, "EvaluationPeriods");
  alarm.datapoints_to_alarm = optional_int(input, "DatapointsToAlarm");
  if (find(input, "Threshold")) alarm.threshold = number_of(input, "Threshold");
  alarm.comparison = optional_text(input, "ComparisonOperator");
  alarm.treat_missing = optional_text(input, "TreatMissingData");
  alarm.low_samples = optional_text(input, "EvaluateLowSampleCountPercentile");
  alarm.metrics = settings_of(input, "Metrics");
  alarm.threshold_metric = optional_text(input, "ThresholdMetricId");
}

void take_composite(Alarm& alarm, const Json& input) {
  alarm.rule = text_of(input, "AlarmRule");
  alarm.suppressor = optional_text(input, "ActionsSuppressor");
  alarm.suppressor_wait_s = optional_int(input, "ActionsSuppressorWaitPeriod");
  alarm.suppressor_extension_s = optional_int(input, "ActionsSuppressorExtensionPeriod");
}

/// `{"version":"1.0","type":"Create","createdAlarm":{"alarmName":...}}`; unverified but for the names.
Json history_data(const std::string& type, const Alarm& alarm) {
  Json described = Json::object();
  const Json all = shown(alarm);
  for (const auto& [member, value] : all.items()) {
    std::string name = member.starts_with("OK") ? "ok" + member.substr(2) : member;
    if (name == "okActions") name = "okactions";
    name[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(name[0])));
    described[name] = value;
  }
  const char* part = type == "Create" ? "createdAlarm" : type == "Update" ? "updatedAlarm" : "deletedAlarm";
  return {{"version", "1.0"}, {"type", type}, {part, std::move(described)}};
}

Result<Json> store(CloudWatch& watch, const Call& call, const std::function<void(storage::Txn&, Alarm&)>& fill) {
  const Scope scope = scope_of(call);
  const std::string key = alarm_key(scope, text_of(call.input, "AlarmName"));
  return watch.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
    const auto before = storage::get_model<Alarm>(txn, key);
    if (!before && storage::list_documents(txn, alarms_prefix(scope)).size() >= kAlarmsMax)
      return AwsError(errors::limit_exceeded, "The maximum limit of alarms was reached.");  // unverified: the words
    Alarm alarm = begin_alarm(watch, scope, call.input, before);
    fill(txn, alarm);
    storage::put_model(txn, key, alarm);
    add_history(watch, txn, scope, alarm,
                {"ConfigurationUpdate", "Alarm \"" + alarm.name + "\" " + (before ? "updated" : "created"),
                 history_data(before ? "Update" : "Create", alarm)});
    tell_configuration(watch, txn, scope, before ? &*before : nullptr, &alarm);
    return Json();
  });
}

Shape query_shape() {
  const Shape metric = structure({optional("Dimensions", dimensions_shape())});
  return structure({required("Id", string().length(1, 255)), optional("Expression", string().length(1, 2048)),
                    optional("ReturnData", boolean()), optional("Period", integer()),
                    optional("MetricStat", structure({optional("Metric", metric), optional("Period", integer()),
                                                      optional("Stat", string())}))});
}
Shape tags_shape() {
  return list(structure({required("Key", string().length(1, 128)), required("Value", string().length(0, 256))}));
}

Result<void> check_actions(const Json& input) {
  for (const char* member : {"OKActions", "AlarmActions", "InsufficientDataActions"}) {
    const Json actions = input.value(member, Json::array());
    for (const Json& action : actions) {
      if (!Arn::parse(action.get<std::string>()))
        return AwsError(errors::validation, "Invalid arn syntax: " + action.get<std::string>());
    }
  }
  return {};
}

/// What goes together, and which words there are. unverified: the words of all but TreatMissingData's.
Result<void> check_rule(const Json& input) {
  static const std::set<std::string> kMissing = {"breaching", "notBreaching", "ignore", "missing"};
  if (auto missing = optional_text(input, "TreatMissingData"); missing && !kMissing.contains(*missing))
    return AwsError(errors::validation, "The value " + *missing +
                                            " for parameter TreatMissingData is not supported. Supported values are "
                                            "[breaching, notBreaching, ignore, missing].");
  if (int_of(input, "DatapointsToAlarm") > int_of(input, "EvaluationPeriods"))
    return AwsError(errors::validation, "DatapointsToAlarm must be less than or equal to EvaluationPeriods");
  if (find(input, "Statistic") && find(input, "ExtendedStatistic"))
    return errors::combination("Must specify either Statistic or ExtendedStatistic");
  if (find(input, "Threshold") || find(input, "ThresholdMetricId")) return {};
  return AwsError(errors::validation, "Threshold is required for alarms that aren't based on anomaly detection");
}

/// The longest period of the queries in an input.
int64_t period_of(const Json& input) {
  int64_t out = 0;
  const Json queries = input.value("Metrics", Json::array());
  for (const Json& query : queries) {
    out = std::max(out, int_of(query, "Period"));
    if (const Json* stat = find(query, "MetricStat")) out = std::max(out, int_of(*stat, "Period"));
  }
  return out == 0 ? 60 : out;
}

/// An alarm looks back a day, or a week if its periods are hours: what it weighs each minute is bounded by that.
Result<void> check_length(const Json& input, int64_t period_s) {
  const int64_t most_s = period_s >= 3600 ? 7 * 86'400 : 86'400;
  if (int_of(input, "EvaluationPeriods") <= most_s / period_s) return {};
  return AwsError(errors::validation,
                  "Metrics cannot be checked across more than a day (EvaluationPeriods * Period must be <= 86400).");
}

/// What is kept and shown, and evaluated to nothing: the alarm stays as it is.
bool is_only_kept(std::string_view expression) {
  const size_t start = expression.find_first_not_of(" \t\r\n");
  return expression.find("ANOMALY_DETECTION_BAND") != std::string_view::npos ||
         (start != std::string_view::npos && equals_ignore_case(expression.substr(start, 6), "SELECT"));
}

Result<void> check_metric(const Json& input) {
  const bool metric = find(input, "MetricName"), metrics = find(input, "Metrics");
  if (metric == metrics)
    return AwsError(errors::validation,
                    metric ? "MetricName and Metrics cannot both be specified."
                           : "Exactly one element of the metrics list should return data.");  // unverified
  if (metrics) {
    int returned = 0;
    for (const Json& query : input["Metrics"]) {
      returned += bool_of(query, "ReturnData", true) ? 1 : 0;
      const std::string expression = text_of(query, "Expression");
      if (!expression.empty() && !is_only_kept(expression)) TRY_VOID(references(expression));
    }
    if (returned != 1 && text_of(input, "ThresholdMetricId").empty())
      return AwsError(errors::validation, "Exactly one element of the metrics list should return data.");
    return check_length(input, period_of(input));
  }
  const std::string statistic = text_of(input, "Statistic", text_of(input, "ExtendedStatistic"));
  if (!is_statistic(statistic))
    return AwsError(errors::validation, "The parameter Statistic or ExtendedStatistic is required.");  // unverified
  const int64_t period = int_of(input, "Period");
  if (period <= 0 || (period != 10 && period != 20 && period != 30 && period % 60 != 0))
    return AwsError(errors::validation,
                    "Invalid Period. Valid values are 10, 20, 30 or any multiple of 60.");  // unverified
  return check_length(input, period);
}

Result<void> check_children(const storage::Reader& reader, const Scope& scope, const std::string& rule) {
  std::string missing;
  for (const std::string& child : children_of(rule)) {
    if (!storage::get_document(reader, alarm_key(scope, child))) missing += (missing.empty() ? "" : ", ") + child;
  }
  if (missing.empty()) return {};
  return AwsError(errors::validation,
                  "Could not save the composite alarm as alarms [" + missing + "] in the alarm rule do not exist");
}

/// The alarms that other, composite ones need can't be deleted, unless those are deleted with them.
Result<void> check_nothing_depends(const storage::Reader& reader, const Scope& scope,
                                   const std::set<std::string>& names) {
  std::set<std::string> needed;
  for (const Alarm& alarm : storage::list_models<Alarm>(reader, alarms_prefix(scope))) {
    if (!alarm.rule || names.contains(alarm.name)) continue;
    for (const std::string& child : children_of(*alarm.rule)) {
      if (names.contains(child)) needed.insert(child);
    }
  }
  if (needed.empty()) return {};
  std::string all;
  for (const std::string& name : needed) all += (all.empty() ? "" : ",") + name;
  return AwsError(errors::validation, "Cannot delete " + all + " as there are composite alarm(s) depending on " +
                                          (needed.size() == 1 ? "it." : "them."));
}

Operation set_actions(CloudWatch& watch, const char* operation, bool enabled) {
  static const Shape input = structure({required("AlarmNames", list(name_shape()).length(0, 100))});
  auto handle = [&watch, enabled](Call& call) -> Result<Json> {
    return watch.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
      for (const Json& name : call.input["AlarmNames"]) {
        const std::string key = alarm_key(scope_of(call), name.get<std::string>());
        auto alarm = storage::get_model<Alarm>(txn, key);
        if (!alarm) continue;
        alarm->actions_enabled = enabled;
        storage::put_model(txn, key, *alarm);
      }
      return Json();
    });
  };
  return {.name = operation, .input = &input, .access = needs_on_alarm(operation), .handle = JsonHandler(handle)};
}

}  // namespace

Operation put_metric_alarm(CloudWatch& watch) {
  static const Shape input =
      structure({required("AlarmName", name_shape()), optional("AlarmDescription", string().length(0, 1024)),
                 optional("ActionsEnabled", boolean()), optional("OKActions", actions_shape()),
                 optional("AlarmActions", actions_shape()), optional("InsufficientDataActions", actions_shape()),
                 optional("MetricName", string().length(1, 255)), optional("Namespace", namespace_shape()),
                 optional("Statistic", string().one_of({"SampleCount", "Average", "Sum", "Minimum", "Maximum"})),
                 optional("Dimensions", dimensions_shape()), optional("Period", integer().at_least(1)),
                 optional("Unit", unit_shape()), required("EvaluationPeriods", integer().at_least(1)),
                 optional("DatapointsToAlarm", integer().at_least(1)),
                 required("ComparisonOperator",
                          string().one_of({"GreaterThanOrEqualToThreshold", "GreaterThanThreshold", "LessThanThreshold",
                                           "LessThanOrEqualToThreshold", "LessThanLowerOrGreaterThanUpperThreshold",
                                           "LessThanLowerThreshold", "GreaterThanUpperThreshold"})),
                 optional("TreatMissingData", string().length(1, 255)), optional("Threshold", number()),
                 optional("Metrics", list(query_shape())), optional("Tags", tags_shape())});
  auto handle = [&watch](Call& call) -> Result<Json> {
    TRY_VOID(check_metric(call.input));
    TRY_VOID(check_rule(call.input));
    TRY_VOID(check_actions(call.input));
    TRY(Json out, store(watch, call, [&](storage::Txn&, Alarm& alarm) {
          take_metric(alarm, call.input);
          if (alarm.metrics) {
            for (Json& query : *alarm.metrics) query["ReturnData"] = bool_of(query, "ReturnData", true);
            alarm.longest_period_s = period_of(call.input);
          } else if (!alarm.dimensions) {
            alarm.dimensions = Json::array();
          }
        }));
    watch_alarms(watch);
    return out;
  };
  return {.name = "PutMetricAlarm",
          .input = &input,
          .access = needs_on_alarm("PutMetricAlarm"),
          .handle = JsonHandler(handle)};
}

Operation put_composite_alarm(CloudWatch& watch) {
  static const Shape input =
      structure({required("AlarmName", name_shape()), required("AlarmRule", string().length(1, 10240)),
                 optional("AlarmDescription", string().length(0, 1024)), optional("OKActions", actions_shape()),
                 optional("AlarmActions", actions_shape()), optional("InsufficientDataActions", actions_shape()),
                 optional("Tags", tags_shape())});
  auto handle = [&watch](Call& call) -> Result<Json> {
    const Scope scope = scope_of(call);
    const std::string rule = text_of(call.input, "AlarmRule");
    if (std::isspace(static_cast<unsigned char>(rule.front())) || std::isspace(static_cast<unsigned char>(rule.back())))
      return AwsError(errors::validation, "AlarmRule must not contain leading or trailing whitespace or be null");
    TRY_VOID(holds(rule, [](const std::string&) { return std::string(); }));
    TRY_VOID(check_children(watch.context.store, scope, rule));
    TRY_VOID(check_actions(call.input));
    return store(watch, call, [&](storage::Txn& txn, Alarm& alarm) {
      const bool is_new = !storage::get_document(txn, alarm_key(scope, text_of(call.input, "AlarmName")));
      take_composite(alarm, call.input);
      auto now = holds(rule, [&](const std::string& child) {
        const auto found = storage::get_model<Alarm>(txn, alarm_key(scope, child));
        return found ? found->state : std::string("INSUFFICIENT_DATA");
      });
      alarm.state = now.has_value() && *now ? "ALARM" : "OK";
      alarm.reason =
          alarm.arn + " was " + (is_new ? "created" : "updated") + " and its alarm rule evaluates to " + alarm.state;
    });
  };
  return {.name = "PutCompositeAlarm",
          .input = &input,
          .access = needs_on_alarm("PutCompositeAlarm"),
          .handle = JsonHandler(handle)};
}

Operation delete_alarms(CloudWatch& watch) {
  static const Shape input = structure({required("AlarmNames", list(name_shape()).length(0, 100))});
  auto handle = [&watch](Call& call) -> Result<Json> {
    const Scope scope = scope_of(call);
    std::set<std::string> names;
    for (const Json& name : call.input["AlarmNames"]) names.insert(name.get<std::string>());
    return watch.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
      TRY_VOID(check_nothing_depends(txn, scope, names));
      for (const Json& name : call.input["AlarmNames"]) {
        const std::string key = alarm_key(scope, name.get<std::string>());
        const auto alarm = storage::get_model<Alarm>(txn, key);
        if (!alarm) continue;
        add_history(watch, txn, scope, *alarm,
                    {"ConfigurationUpdate", "Alarm \"" + name.get<std::string>() + "\" deleted",
                     history_data("Delete", *alarm)});
        tell_configuration(watch, txn, scope, &*alarm, nullptr);
        txn.erase(storage::Family::meta, key);
      }
      return Json();
    });
  };
  return {
      .name = "DeleteAlarms", .input = &input, .access = needs_on_alarm("DeleteAlarms"), .handle = JsonHandler(handle)};
}

Operation set_alarm_state(CloudWatch& watch) {
  static const Shape input = structure({required("AlarmName", name_shape()),
                                        required("StateValue", string().one_of({"INSUFFICIENT_DATA", "ALARM", "OK"})),
                                        required("StateReason", string().length(0, 1023)),
                                        optional("StateReasonData", string().length(0, 4000))});
  auto handle = [&watch](Call& call) -> Result<Json> {
    const Scope scope = scope_of(call);
    return watch.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
      auto alarm = storage::get_model<Alarm>(txn, alarm_key(scope, text_of(call.input, "AlarmName")));
      if (!alarm) return AwsError(errors::no_such, "");
      change_state(watch, txn, scope, std::move(*alarm),
                   {text_of(call.input, "StateValue"), text_of(call.input, "StateReason"),
                    text_of(call.input, "StateReasonData")});
      return Json();
    });
  };
  return {.name = "SetAlarmState",
          .input = &input,
          .access = needs_on_alarm("SetAlarmState"),
          .handle = JsonHandler(handle)};
}

Operation enable_alarm_actions(CloudWatch& watch) {
  return set_actions(watch, "EnableAlarmActions", true);
}
Operation disable_alarm_actions(CloudWatch& watch) {
  return set_actions(watch, "DisableAlarmActions", false);
}

}  // namespace millrace::cloudwatch
