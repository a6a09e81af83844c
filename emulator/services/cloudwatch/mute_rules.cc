// PutAlarmMuteRule, GetAlarmMuteRule, ListAlarmMuteRules, DeleteAlarmMuteRule. Kept and shown: no alarm is muted.
// Source: CloudWatch's API reference.

#include <algorithm>

#include "emulator/base/arn.h"
#include "emulator/services/cloudwatch/state.h"

namespace millrace::cloudwatch {

using namespace protocol;

namespace {

constexpr size_t kRulesMax = 1000;   // an account and region; ours
constexpr size_t kTargetsMax = 100;  // MuteTargets$AlarmNames

std::string rules_prefix(const Scope& scope) {
  return storage::document_key({"cloudwatch", scope.account, scope.region, "mute"});
}
std::string rule_arn(const Scope& scope, const std::string& name) {
  return make_arn("cloudwatch", scope.region, scope.account, "alarm-mute-rule:" + name);
}
AwsError no_rule(const std::string& name) {
  return {errors::no_such_resource, "Alarm mute rule " + name + " does not exist."};  // unverified: the words
}

Access needs_on_rule(const char* action, const char* member) {
  return needs(action, [member](const Call& call) { return rule_arn(scope_of(call), text_of(call.input, member)); });
}

/// The rule itself and each alarm that it mutes.
Result<AccessNeeds> needs_to_put(const Call& call) {
  const Scope scope = scope_of(call);
  AccessNeeds out{{"cloudwatch:PutAlarmMuteRule", rule_arn(scope, text_of(call.input, "Name"))}};
  const Json targets = call.input.value("MuteTargets", Json::object());
  const Json* names = find(targets, "AlarmNames");
  if (!names || !names->is_array()) return out;
  for (const Json& name : *names) {
    if (name.is_string()) out.push_back({"cloudwatch:PutAlarmMuteRule", alarm_arn(scope, name.get<std::string>())});
  }
  return out;
}

/// SCHEDULED until it expires, as nothing is muted.
Json shown_rule(const CloudWatch& watch, const MuteRule& rule) {
  Json out = shown(rule);
  const int64_t expires_s = time_s(out, "ExpireDate");
  out["Status"] = expires_s >= 0 && expires_s <= watch.now() / 1000 ? "EXPIRED" : "SCHEDULED";
  return out;
}

}  // namespace

std::string mute_rule_key(const Scope& scope, const std::string& name) {
  return storage::document_key({"cloudwatch", scope.account, scope.region, "mute", name});
}

Operation put_alarm_mute_rule(CloudWatch& watch) {
  static const Shape schedule =
      structure({required("Expression", string().length(1, 256)), required("Duration", string().length(1, 50)),
                 optional("Timezone", string().length(1, 50))});
  static const Shape input =
      structure({required("Name", string().length(1, 255)), optional("Description", string().length(0, 1024)),
                 required("Rule", structure({required("Schedule", schedule)})),
                 optional("MuteTargets", structure({required("AlarmNames", list(string()).length(0, kTargetsMax))}))});
  auto handle = [&watch](Call& call) -> Result<Json> {
    const Scope scope = scope_of(call);
    const std::string name = text_of(call.input, "Name"), key = mute_rule_key(scope, name);
    const std::string expression = text_of(call.input["Rule"]["Schedule"], "Expression");
    const bool is_once = expression.starts_with("at(");
    if (!is_once && !expression.starts_with("cron("))  // unverified: the words
      return errors::invalid_value("Invalid schedule expression: " + expression);
    return watch.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
      const auto before = storage::get_model<MuteRule>(txn, key);
      if (!before && storage::list_documents(txn, rules_prefix(scope)).size() >= kRulesMax)
        return AwsError(errors::limit_exceeded, "The maximum number of alarm mute rules has been reached.");
      MuteRule rule{.name = name, .arn = rule_arn(scope, name)};
      auto settings = [&](const char* member) {
        const Json* given = find(call.input, member);
        return given ? std::optional<Json>(*given) : std::nullopt;
      };
      rule.description = optional_text(call.input, "Description");
      rule.rule = call.input["Rule"];
      rule.targets = settings("MuteTargets");
      rule.start = settings("StartDate");
      rule.expire = settings("ExpireDate");
      rule.type = is_once ? "ONE_TIME" : "RECURRING";
      rule.updated_s = seconds_of(watch.now());
      // As with alarms, a later Put leaves the tags alone.
      rule.tags = before ? before->tags : call.input.value("Tags", Json::array());
      storage::put_model(txn, key, rule);
      return Json::object();
    });
  };
  return {.name = "PutAlarmMuteRule", .input = &input, .access = needs_to_put, .handle = JsonHandler(handle)};
}

Operation get_alarm_mute_rule(CloudWatch& watch) {
  static const Shape input = structure({required("AlarmMuteRuleName", string().length(1, 255))});
  auto handle = [&watch](Call& call) -> Result<Json> {
    const std::string name = text_of(call.input, "AlarmMuteRuleName");
    const auto rule = storage::get_model<MuteRule>(watch.context.store, mute_rule_key(scope_of(call), name));
    if (!rule) return no_rule(name);
    return shown_rule(watch, *rule);
  };
  return {.name = "GetAlarmMuteRule",
          .input = &input,
          .access = needs_on_rule("GetAlarmMuteRule", "AlarmMuteRuleName"),
          .handle = JsonHandler(handle)};
}

Operation list_alarm_mute_rules(CloudWatch& watch) {
  static const Shape input =
      structure({optional("AlarmName", string().length(1, 255)), optional("Statuses", list(string()))});
  auto handle = [&watch](Call& call) -> Result<Json> {
    const std::string alarm = text_of(call.input, "AlarmName");
    const Json statuses = call.input.value("Statuses", Json::array());
    const auto has = [](const Json& list, const Json& value) {
      return std::find(list.begin(), list.end(), value) != list.end();
    };
    Json summaries = Json::array();
    for (const MuteRule& stored : storage::list_models<MuteRule>(watch.context.store, rules_prefix(scope_of(call)))) {
      const Json rule = shown_rule(watch, stored);
      const Json targets = rule.value("MuteTargets", Json::object());
      if (!alarm.empty() && !has(targets.value("AlarmNames", Json::array()), alarm)) continue;
      if (!statuses.empty() && !has(statuses, rule["Status"])) continue;
      Json summary = Json::object();
      for (const char* member : {"AlarmMuteRuleArn", "ExpireDate", "Status", "MuteType", "LastUpdatedTimestamp"}) {
        if (const Json* value = find(rule, member)) summary[member] = *value;
      }
      summaries.push_back(std::move(summary));
    }
    return Json{{"AlarmMuteRuleSummaries", std::move(summaries)}};
  };
  return {.name = "ListAlarmMuteRules",
          .input = &input,
          .access = needs("ListAlarmMuteRules"),
          .handle = JsonHandler(handle)};
}

/// A rule that isn't there is deleted, too.
Operation delete_alarm_mute_rule(CloudWatch& watch) {
  static const Shape input = structure({required("AlarmMuteRuleName", string().length(1, 255))});
  auto handle = [&watch](Call& call) -> Result<Json> {
    const std::string key = mute_rule_key(scope_of(call), text_of(call.input, "AlarmMuteRuleName"));
    return watch.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
      txn.erase(storage::Family::meta, key);
      return Json::object();
    });
  };
  return {.name = "DeleteAlarmMuteRule",
          .input = &input,
          .access = needs_on_rule("DeleteAlarmMuteRule", "AlarmMuteRuleName"),
          .handle = JsonHandler(handle)};
}

}  // namespace millrace::cloudwatch
