#include "emulator/services/cloudwatch/alarms.h"

#include <fmt/format.h>

#include "emulator/base/arn.h"
#include "emulator/base/log.h"
#include "emulator/base/trace.h"
#include "emulator/services/cloudwatch/alarm_state.h"
#include "emulator/services/cloudwatch/expression.h"
#include "emulator/services/cloudwatch/statistics.h"

namespace millrace::cloudwatch {

namespace {

constexpr const char* kServicePrincipal = "cloudwatch.amazonaws.com";
constexpr const char* kFunctionPrincipal = "lambda.alarms.cloudwatch.amazonaws.com";
/// A clock that jumps makes up for so many of the minutes that it skipped, the newest.
constexpr int64_t kMinutesMax = 60;
constexpr int kHistoryMax = 100;  // entries of one alarm; ours: AWS keeps 30 days
constexpr int kCompositesDeep = 10;

/// The periods that end at `end_s` or before, oldest first.
Result<std::vector<Period>> periods_of(CloudWatch& watch, const Scope& scope, const Alarm& alarm, const AlarmRule& rule,
                                       int64_t end_s) {
  const int64_t end = end_s / rule.period_s * rule.period_s, begin = end - range_of(rule) * rule.period_s;
  std::map<int64_t, Period> found;
  if (alarm.metrics) {
    TRY(auto series, series_of_queries(watch, scope, *alarm.metrics, begin, end));
    for (const Json& query : *alarm.metrics) {
      if (!bool_of(query, "ReturnData", true)) continue;
      for (const auto& [at, value] : series[text_of(query, "Id")]) found[at] = {at, value, 1};
    }
  } else {
    const std::string name = alarm.statistic.value_or(alarm.extended_statistic.value_or(""));
    std::map<int64_t, Bucket> together;
    for (const auto& [unit, points] : read_points(watch.context.store, metric_of(scope, alarm), begin, end,
                                                  rule.period_s, alarm.unit.value_or(""))) {
      for (const auto& [at, bucket] : points) together[at].merge(bucket);
    }
    for (const auto& [at, bucket] : together) found[at] = {at, statistic(bucket, name), bucket.count};
  }
  std::vector<Period> out;
  for (int64_t at = begin; at < end; at += rule.period_s) {
    auto it = found.find(at);
    out.push_back(it == found.end() ? Period{at, std::nullopt, 0} : it->second);
  }
  return out;
}

std::string reason_data(const Alarm& alarm, const AlarmRule& rule, const Verdict& verdict, Millis now) {
  Json recent = Json::array(), evaluated = Json::array();
  for (const Period& period : verdict.evaluated) {
    Json one{{"timestamp", offset_time(period.at_s * 1000)}};
    if (period.value) {
      one["sampleCount"] = period.samples;
      one["value"] = *period.value;
    }
    evaluated.push_back(std::move(one));
  }
  int64_t first = -1;
  for (auto it = verdict.evaluated.rbegin(); it != verdict.evaluated.rend(); ++it) {
    if (!it->value) continue;
    recent.push_back(*it->value);
    if (first < 0) first = it->at_s;
  }
  Json out{{"version", "1.0"}, {"queryDate", offset_time(now)}};
  if (first >= 0) out["startDate"] = offset_time(first * 1000);
  if (alarm.unit) out["unit"] = *alarm.unit;
  if (alarm.statistic) out["statistic"] = *alarm.statistic;
  out["period"] = rule.period_s;
  out["recentDatapoints"] = std::move(recent);
  out["threshold"] = rule.threshold;
  out["evaluatedDatapoints"] = std::move(evaluated);
  return to_text(out);
}

/// Evaluates one alarm as of `at_s`; only `upwards`: takes no other verdict than ALARM.
void evaluate_one(CloudWatch& watch, const Scope& scope, const std::string& key, const Alarm& alarm, int64_t at_s,
                  bool only_alarm) {
  const AlarmRule rule = AlarmRule::of(alarm);
  if (rule.comparison.find("Threshold") == std::string::npos || rule.comparison.starts_with("LessThanLower") ||
      rule.comparison.starts_with("GreaterThanUpper"))
    return;  // anomaly detection is kept and shown
  auto periods = periods_of(watch, scope, alarm, rule, at_s);
  if (periods.has_error()) return;
  const Verdict verdict = judge(rule, *periods);
  if (verdict.state.empty() || verdict.state == alarm.state) return;
  if (only_alarm && verdict.state != "ALARM") return;
  const NewState state{verdict.state, verdict.reason, reason_data(alarm, rule, verdict, watch.now())};
  auto stored = watch.context.store.transact([&](storage::Txn& txn) -> Result<void> {
    if (auto current = storage::get_model<Alarm>(txn, key)) change_state(watch, txn, scope, std::move(*current), state);
    return {};
  });
  if (stored.has_error()) log::error("an alarm: " + stored.error().message);
}

Scope scope_of_alarm(const Alarm& alarm) {
  const auto arn = Arn::parse(alarm.arn);
  return arn ? Scope{arn->account, arn->region} : Scope{};
}

void send(CloudWatch& watch, storage::Txn& txn, const Scope& scope, const std::string& target, const Alarm& before,
          const Alarm& after) {
  const auto arn = Arn::parse(target);
  delivery::Delivery out;
  out.origin = after.arn;
  out.target_arn = target;
  out.sender = {"", kServicePrincipal, after.arn, scope.account, scope.region};
  if (arn && arn->service == "lambda") {
    out.sender.service_principal = kFunctionPrincipal;
    out.message.body = function_event(scope, before, after);
  } else if (arn && arn->service == "sns") {
    out.message.body = topic_message(scope, before, after);
    out.message.subject = topic_subject(scope, after);
  } else if (arn && arn->service == "autoscaling") {
    out.message.body = after.name;
  } else {
    log::warning("the alarm action " + target + " is kept, but nothing here runs it");
    return;
  }
  watch.deliveries.add(txn, out);
}

void run_actions(CloudWatch& watch, storage::Txn& txn, const Scope& scope, const Alarm& before, const Alarm& after) {
  delivery::Delivery event;
  event.target_arn = make_arn("events", scope.region, scope.account, "event-bus/default");
  event.sender = {"", kServicePrincipal, after.arn, scope.account, scope.region};
  event.message.body = bus_event(scope, before, after, watch.context.random.uuid());
  watch.deliveries.add(txn, event);
  if (!after.actions_enabled) return;
  const auto& actions = after.state == "ALARM" ? after.alarm_actions
                        : after.state == "OK"  ? after.ok_actions
                                               : after.insufficient_data_actions;
  for (const std::string& action : actions) {
    send(watch, txn, scope, action, before, after);
    // unverified: AWS writes it when the action has run.
    add_history(
        watch, txn, scope, after,
        {"Action",
         "Successfully executed action " + action,
         {{"actionState", "Succeeded"}, {"notificationResource", action}, {"stateUpdateTimestamp", watch.now()}}});
  }
}

/// `Sunday 30 October, 2022 20:47:35 UTC`
std::string long_date(Millis ms) {
  static constexpr const char* kDays[] = {"Thursday", "Friday", "Saturday", "Sunday", "Monday", "Tuesday", "Wednesday"};
  static constexpr const char* kMonths[] = {"January", "February", "March",     "April",   "May",      "June",
                                            "July",    "August",   "September", "October", "November", "December"};
  const CalendarTime t = calendar(ms);
  return fmt::format("{} {:02} {}, {} {:02}:{:02}:{:02} UTC", kDays[ms / 86'400'000 % 7], t.day, kMonths[t.month - 1],
                     t.year, t.hour, t.minute, t.second);
}

void change_state_at(CloudWatch& watch, storage::Txn& txn, const Scope& scope, Alarm alarm, const NewState& state,
                     int depth);

/// Composite alarms over one that changed, and those over them.
void evaluate_composites(CloudWatch& watch, storage::Txn& txn, const Scope& scope, const Alarm& changed, int depth) {
  if (depth >= kCompositesDeep) return;
  std::map<std::string, Alarm> alarms;
  for (Alarm& alarm : storage::list_models<Alarm>(txn, alarms_prefix(scope))) alarms[alarm.name] = std::move(alarm);
  for (const auto& [name, alarm] : alarms) {
    if (!alarm.rule || !children_of(*alarm.rule).contains(changed.name)) continue;
    auto result = holds(*alarm.rule, [&](const std::string& child) {
      auto found = alarms.find(child);
      return found == alarms.end() ? std::string("INSUFFICIENT_DATA") : found->second.state;
    });
    const std::string state = result.has_value() && *result ? "ALARM" : "OK";
    if (state == alarm.state) continue;
    const std::string child = changed.arn, value = changed.state;
    const Json data{
        {"triggeringAlarms",
         Json::array({{{"arn", child}, {"state", {{"value", value}, {"timestamp", offset_time(watch.now())}}}}})}};
    change_state_at(watch, txn, scope, alarm,
                    {state, child + " transitioned to " + value + " at " + long_date(watch.now()), to_text(data)},
                    depth + 1);
  }
}

}  // namespace

void tell_configuration(CloudWatch& watch, storage::Txn& txn, const Scope& scope, const Alarm* before,
                        const Alarm* after) {
  delivery::Delivery event;
  event.origin = (after ? *after : *before).arn;
  event.target_arn = make_arn("events", scope.region, scope.account, "event-bus/default");
  event.sender = {"", kServicePrincipal, event.origin, scope.account, scope.region};
  event.message.body = configuration_event(scope, {before, after, watch.now()}, watch.context.random.uuid());
  watch.deliveries.add(txn, event);
}

void add_history(CloudWatch& watch, storage::Txn& txn, const Scope& scope, const Alarm& alarm,
                 const HistoryEntry& entry) {
  const std::string prefix = history_prefix(scope, alarm.name);
  Json document{{"AlarmName", alarm.name},
                {"AlarmType", alarm.is_composite() ? "CompositeAlarm" : "MetricAlarm"},
                {"Timestamp", seconds_of(watch.now())},
                {"HistoryItemType", entry.type},
                {"HistorySummary", entry.summary},
                {"HistoryData", to_text(entry.data)}};
  std::vector<std::string> keys;
  storage::each_document(txn, prefix, "", [&](std::string_view key, const Json&) {
    keys.emplace_back(key);
    return true;
  });
  for (size_t i = 0; keys.size() - i >= static_cast<size_t>(kHistoryMax); ++i)
    txn.erase(storage::Family::meta, keys[i]);
  // In order of time, and of what was written within one millisecond.
  std::string key;
  for (size_t order = keys.size(); key.empty() || storage::get_document(txn, key); ++order)
    key = prefix + storage::document_key({fmt::format("{:016}{:020}", watch.now(), order)});
  storage::put_document(txn, key, document);
}

namespace {

/// To the log, and for `millrace trace`: returns the key by which its actions come from it.
std::string tell_change(const Alarm& alarm, const std::string& before) {
  const std::string text = "alarm " + alarm.name + ": " + before + " -> " + alarm.state;
  if (alarm.state == "ALARM")
    log::warning(text + ": " + alarm.reason);
  else
    log::info(text + ": " + alarm.reason);
  const std::string key = alarm.arn + " at " + (alarm.transitioned_s ? to_text(Json(*alarm.transitioned_s)) : "");
  if (trace::on())
    trace::note({.kind = "alarm", .key = key, .subject = alarm.arn, .text = text, .reason = alarm.reason});
  return key;
}

void change_state_at(CloudWatch& watch, storage::Txn& txn, const Scope& scope, Alarm alarm, const NewState& state,
                     int depth) {
  const Alarm before = alarm;
  const bool is_new = alarm.state != state.value;
  alarm.state = state.value;
  alarm.reason = state.reason;
  alarm.reason_data = state.reason_data.empty() ? std::nullopt : std::optional(state.reason_data);
  alarm.updated_s = seconds_of(watch.now());
  if (is_new) alarm.transitioned_s = seconds_of(watch.now());
  storage::put_model(txn, alarm_key(scope, alarm.name), alarm);
  if (!is_new) return;
  auto part = [](const Alarm& one) {
    Json out{{"stateValue", one.state}, {"stateReason", one.reason}};
    if (one.reason_data) out["stateReasonData"] = parse_json(*one.reason_data).value_or(Json());
    return out;
  };
  add_history(watch, txn, scope, alarm,
              {"StateUpdate",
               "Alarm updated from " + before.state + " to " + state.value,
               {{"version", "1.0"}, {"oldState", part(before)}, {"newState", part(alarm)}}});
  const trace::Scope from_it(tell_change(alarm, before.state));
  run_actions(watch, txn, scope, before, alarm);
  evaluate_composites(watch, txn, scope, alarm, depth);
}

}  // namespace

void change_state(CloudWatch& watch, storage::Txn& txn, const Scope& scope, Alarm alarm, const NewState& state) {
  change_state_at(watch, txn, scope, std::move(alarm), state, 0);
}

/// Scaling policies are told each minute for as long as their alarm says so.
void repeat_scaling(CloudWatch& watch, const Alarm& alarm) {
  if (alarm.state != "ALARM" || !alarm.actions_enabled) return;
  const Scope scope = scope_of_alarm(alarm);
  std::vector<std::string> policies;
  for (const std::string& action : alarm.alarm_actions) {
    if (action.find(":autoscaling:") != std::string::npos) policies.push_back(action);
  }
  if (policies.empty()) return;
  auto stored = watch.context.store.transact([&](storage::Txn& txn) -> Result<void> {
    for (const std::string& policy : policies) send(watch, txn, scope, policy, alarm, alarm);
    return {};
  });
  if (stored.has_error()) log::error("an alarm: " + stored.error().message);
}

bool evaluate_all(CloudWatch& watch) {
  const int64_t now_s = watch.now() / 1000;
  std::vector<std::pair<std::string, Alarm>> alarms;
  storage::each_model_anywhere<Alarm>(watch.context.store, "cloudwatch", "alarm",
                                      [&](std::string_view key, Alarm alarm) {
                                        if (!alarm.is_composite()) alarms.emplace_back(key, std::move(alarm));
                                      });
  for (auto& [key, alarm] : alarms) {
    const int64_t last = alarm.evaluated_s.value_or(now_s - 60);
    const std::string before = alarm.state;
    for (int64_t at = std::max(last / 60 * 60 + 60, now_s / 60 * 60 - kMinutesMax * 60); at <= now_s; at += 60) {
      evaluate_one(watch, scope_of_alarm(alarm), key, alarm, at, false);
      if (auto current = storage::get_model<Alarm>(watch.context.store, key)) alarm = std::move(*current);
    }
    if (before == alarm.state) repeat_scaling(watch, alarm);
  }
  auto stored = watch.context.store.transact([&](storage::Txn& txn) -> Result<void> {
    for (const auto& [key, alarm] : alarms) {
      auto current = storage::get_model<Alarm>(txn, key);
      if (!current) continue;
      current->evaluated_s = now_s;
      storage::put_model(txn, key, *current);
    }
    return {};
  });
  if (stored.has_error()) log::error("alarms: " + stored.error().message);
  return !alarms.empty();
}

void evaluate_early(CloudWatch& watch, const Scope& scope, const std::vector<Datum>& data) {
  std::vector<std::string> keys;
  storage::each_model<Alarm>(watch.context.store, alarms_prefix(scope), "", [&](const Alarm& alarm) {
    const std::string stat = alarm.statistic.value_or("");
    const bool grows = stat == "Sum" || stat == "Maximum" || stat == "SampleCount";
    if (!grows || !alarm.comparison.value_or("").starts_with("GreaterThan")) return true;
    const Metric metric = metric_of(scope, alarm);
    const bool concerned = std::any_of(data.begin(), data.end(), [&](const Datum& datum) {
      return datum.metric.name == metric.name && datum.metric.name_space == metric.name_space &&
             datum.metric.dimensions == metric.dimensions;
    });
    if (concerned) keys.push_back(alarm_key(scope, alarm.name));
    return true;
  });
  for (const std::string& key : keys) {
    watch.deliveries.post([&watch, scope, key] {
      const auto alarm = storage::get_model<Alarm>(watch.context.store, key);
      if (!alarm) return;
      const AlarmRule rule = AlarmRule::of(*alarm);
      // The period that is going on counts as if it were over.
      evaluate_one(watch, scope, key, *alarm, watch.now() / 1000 + rule.period_s, true);
    });
  }
}

}  // namespace millrace::cloudwatch
