// DescribeAlarms, DescribeAlarmsForMetric, DescribeAlarmHistory.

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "emulator/base/page_token.h"
#include "emulator/protocol/pages.h"
#include "emulator/services/cloudwatch/alarms.h"
#include "emulator/services/cloudwatch/state.h"

namespace millrace::cloudwatch {

using namespace protocol;

namespace {

bool has_action(const Alarm& alarm, const std::string& prefix) {
  for (const auto* actions : {&alarm.ok_actions, &alarm.alarm_actions, &alarm.insufficient_data_actions}) {
    for (const std::string& action : *actions) {
      if (action.starts_with(prefix)) return true;
    }
  }
  return false;
}

/// The names of a list member.
std::set<std::string> names_of(const Json& input, const char* member) {
  std::set<std::string> out;
  const Json given = input.value(member, Json::array());
  for (const Json& name : given) out.insert(name.get<std::string>());
  return out;
}

bool is_wanted(const Alarm& alarm, const Json& input) {
  const std::string state = text_of(input, "StateValue");
  const std::set<std::string> names = names_of(input, "AlarmNames"), types = names_of(input, "AlarmTypes");
  if (!names.empty() && !names.contains(alarm.name)) return false;
  if (!alarm.name.starts_with(text_of(input, "AlarmNamePrefix"))) return false;
  if (!state.empty() && alarm.state != state) return false;
  const std::string action = text_of(input, "ActionPrefix");
  if (!action.empty() && !has_action(alarm, action)) return false;
  const bool composite = alarm.is_composite();
  if (const std::string child = text_of(input, "ParentsOfAlarmName"); !child.empty())
    return composite && children_of(*alarm.rule).contains(child);
  if (types.empty()) return !composite;  // [doc]
  return types.contains(composite ? "CompositeAlarm" : "MetricAlarm");
}

/// Where an entry stands: by its time, then by its key, which tells what was written first; backwards unless `ascending`.
std::string history_position(double at_s, std::string_view key, bool ascending) {
  std::string out = fmt::format("{:016} {}", static_cast<int64_t>(at_s * 1000), key);
  if (!ascending) {
    for (char& c : out) c = static_cast<char>(~c);
  }
  return out;
}

}  // namespace

Operation describe_alarms(CloudWatch& watch) {
  static const Shape input =
      structure({optional("AlarmNames", list(string().length(1, 255)).length(0, 100)),
                 optional("AlarmNamePrefix", string().length(1, 255)),
                 optional("AlarmTypes", list(string().one_of({"CompositeAlarm", "MetricAlarm"}))),
                 optional("StateValue", string().one_of({"OK", "ALARM", "INSUFFICIENT_DATA"})),
                 optional("ChildrenOfAlarmName", string().length(1, 255)),
                 optional("ParentsOfAlarmName", string().length(1, 255)),
                 optional("ActionPrefix", string().length(1, 1024)), optional("MaxRecords", integer().range(1, 100))});
  auto handle = [&watch](Call& call) -> Result<Json> {
    const Scope scope = scope_of(call);
    const std::string parent = text_of(call.input, "ChildrenOfAlarmName");
    std::set<std::string> children;
    auto pager = Pager::open(list_name(call, parent), text_of(call.input, "NextToken"),
                             static_cast<size_t>(int_of(call.input, "MaxRecords", 50)));
    if (!pager) return AwsError(errors::invalid_token, "The specified nextToken is invalid.");
    if (!parent.empty()) {
      const auto alarm = storage::get_model<Alarm>(watch.context.store, alarm_key(scope, parent));
      if (alarm) children = children_of(alarm->rule.value_or(""));
    }
    Json metric = Json::array(), composite = Json::array();
    for (const Alarm& alarm : storage::list_models<Alarm>(watch.context.store, alarms_prefix(scope))) {
      if (parent.empty() ? !is_wanted(alarm, call.input) : !children.contains(alarm.name)) continue;
      if (pager->takes(alarm.name)) (alarm.is_composite() ? composite : metric).push_back(shown(alarm));
    }
    Json out{{"MetricAlarms", std::move(metric)}, {"CompositeAlarms", std::move(composite)}};
    if (auto next = pager->next_token()) out["NextToken"] = std::move(*next);
    return out;
  };
  return {.name = "DescribeAlarms",
          .input = &input,
          .access = needs("DescribeAlarms", [](const Call& call) { return alarm_arn(scope_of(call), "*"); }),
          .handle = JsonHandler(handle)};
}

Operation describe_alarms_for_metric(CloudWatch& watch) {
  static const Shape input =
      structure({required("MetricName", string().length(1, 255)), required("Namespace", namespace_shape()),
                 optional("Statistic", statistic_shape()), optional("Dimensions", dimensions_shape()),
                 optional("Period", integer().at_least(1)), optional("Unit", unit_shape())});
  auto handle = [&watch](Call& call) -> Result<Json> {
    const Metric wanted = metric_of(scope_of(call), call.input);
    Json out = Json::array();
    for (const Alarm& alarm : storage::list_models<Alarm>(watch.context.store, alarms_prefix(scope_of(call)))) {
      const Metric own = metric_of(scope_of(call), alarm);
      Json item = shown(alarm);
      bool same = own.name == wanted.name && own.name_space == wanted.name_space && own.dimensions == wanted.dimensions;
      for (const char* member : {"Statistic", "ExtendedStatistic", "Period", "Unit"}) {
        if (find(call.input, member)) same = same && item.value(member, Json()) == call.input[member];
      }
      if (same) out.push_back(std::move(item));
    }
    return Json{{"MetricAlarms", std::move(out)}};
  };
  return {.name = "DescribeAlarmsForMetric",
          .input = &input,
          .access = needs("DescribeAlarmsForMetric"),
          .handle = JsonHandler(handle)};
}

Operation describe_alarm_history(CloudWatch& watch) {
  static const Shape input =
      structure({optional("AlarmName", string().length(1, 255)),
                 optional("AlarmTypes", list(string().one_of({"CompositeAlarm", "MetricAlarm"}))),
                 optional("HistoryItemType", string().one_of({"ConfigurationUpdate", "StateUpdate", "Action"})),
                 optional("MaxRecords", integer().range(1, 100)),
                 optional("ScanBy", string().one_of({"TimestampDescending", "TimestampAscending"}))});
  auto handle = [&watch](Call& call) -> Result<Json> {
    const std::string type = text_of(call.input, "HistoryItemType");
    const std::set<std::string> types = names_of(call.input, "AlarmTypes");
    const int64_t from = time_s(call.input, "StartDate"), to = time_s(call.input, "EndDate");
    const bool ascending = text_of(call.input, "ScanBy") == "TimestampAscending";
    auto pager =
        Pager::open(list_name(call, text_of(call.input, "AlarmName") + (ascending ? " up" : " down")),
                    text_of(call.input, "NextToken"), static_cast<size_t>(int_of(call.input, "MaxRecords", 100)));
    if (!pager) return AwsError(errors::invalid_token, "The specified nextToken is invalid.");
    // By positions: the time, then the order in which an alarm's entries were written.
    std::vector<std::pair<std::string, Json>> items;
    storage::each_document(watch.context.store, history_prefix(scope_of(call), text_of(call.input, "AlarmName")), "",
                           [&](std::string_view key, Json item) {
                             const double at = number_of(item, "Timestamp");
                             const bool left_out = (!type.empty() && text_of(item, "HistoryItemType") != type) ||
                                                   (!types.empty() && !types.contains(text_of(item, "AlarmType"))) ||
                                                   (from >= 0 && at < static_cast<double>(from)) ||
                                                   (to >= 0 && at > static_cast<double>(to));
                             if (!left_out) items.emplace_back(history_position(at, key, ascending), std::move(item));
                             return true;
                           });
    std::sort(items.begin(), items.end());
    Json out{{"AlarmHistoryItems", Json::array()}};
    for (auto& [position, item] : items) {
      if (pager->takes(position)) out["AlarmHistoryItems"].push_back(std::move(item));
    }
    if (auto next = pager->next_token()) out["NextToken"] = std::move(*next);
    return out;
  };
  return {.name = "DescribeAlarmHistory",
          .input = &input,
          .access =
              needs("DescribeAlarmHistory",
                    [](const Call& call) { return alarm_arn(scope_of(call), text_of(call.input, "AlarmName", "*")); }),
          .handle = JsonHandler(handle)};
}

}  // namespace millrace::cloudwatch
