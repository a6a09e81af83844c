// PutRule, DescribeRule, ListRules, EnableRule, DisableRule, DeleteRule.

#include "emulator/delivery/schedule.h"
#include "emulator/services/eventbridge/operations.h"

namespace millrace::eventbridge {

using namespace protocol;

namespace {

constexpr size_t kRulesMax = 300;  // on one bus

Result<void> check(const Json& input, const BusName& bus) {
  const std::string pattern = text_of(input, "EventPattern"), schedule = text_of(input, "ScheduleExpression");
  if (pattern.empty() && schedule.empty())
    return errors::invalid("Parameter(s) EventPattern or ScheduleExpression must be specified.");
  if (!schedule.empty()) {
    if (bus.name != kDefaultBus)
      return errors::invalid("ScheduleExpression is supported only on the default event bus.");
    auto parsed = delivery::Schedule::parse(schedule);
    if (!parsed || parsed->kind() == delivery::Schedule::Kind::at)
      return errors::invalid("Parameter ScheduleExpression is not valid.");
  }
  if (!pattern.empty()) TRY_VOID(compile_pattern(pattern));
  return {};
}

/// The rule with what is put into it; the members that aren't given go.
Rule rule_with(const Json& input, const BusName& bus, const std::string& name) {
  Rule rule{.name = name, .arn = rule_arn(bus, name)};
  if (std::string text = text_of(input, "EventPattern"); !text.empty()) rule.pattern = text;
  if (std::string text = text_of(input, "ScheduleExpression"); !text.empty()) rule.schedule = text;
  rule.state = text_of(input, "State", "ENABLED");
  rule.description = optional_text(input, "Description");
  rule.role_arn = optional_text(input, "RoleArn");
  rule.bus_name = bus.name;
  return rule;
}

/// A schedule counts from its last change on.
void restart(Rule& rule, Millis now) {
  rule.since_ms = rule.fired_ms = now;
}

Operation set_state(Events& events, const char* operation, const char* state) {
  static const Shape input = structure({required("Name", name_shape()), optional("EventBusName", bus_shape())});
  auto handle = [&events, state](Call& call) -> Result<Json> {
    const BusName bus = bus_of(call);
    const std::string name = text_of(call.input, "Name");
    return events.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
      TRY(Rule rule, load_rule(txn, bus, name));
      if (rule.state == state) return Json();
      rule.state = state;
      restart(rule, events.now());
      storage::put_model(txn, rule_key(bus, name), rule);
      events.changes_listeners(txn, bus);
      txn.after_commit([&events, key = rule_key(bus, name), rule] { plan_rule(events, key, rule); });
      return Json();
    });
  };
  return {.name = operation, .input = &input, .access = needs_on_rule(operation), .handle = JsonHandler(handle)};
}

}  // namespace

Operation put_rule(Events& events) {
  static const Shape input = structure(
      {required("Name", name_shape()), optional("ScheduleExpression", string().length(0, 256)),
       optional("EventPattern", string().length(0, 4096)),
       optional("State", string().one_of({"ENABLED", "DISABLED", "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"})),
       optional("Description", string().length(0, 512)), optional("RoleArn", string().length(1, 1600)),
       optional("Tags", tags_shape()), optional("EventBusName", bus_shape())});
  auto handle = [&events](Call& call) -> Result<Json> {
    const BusName bus = bus_of(call);
    const std::string name = text_of(call.input, "Name");
    TRY_VOID(load_bus(events.context.store, bus));
    TRY_VOID(check(call.input, bus));
    return events.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
      TRY_VOID(load_bus(txn, bus));
      const auto before = storage::get_model<Rule>(txn, rule_key(bus, name));
      if (!before && storage::list_documents(txn, rules_prefix(bus)).size() >= kRulesMax) return errors::limit();
      Rule rule = rule_with(call.input, bus, name);
      rule.created_by = bus.scope.account;
      rule.tags = before ? before->tags : call.input.value("Tags", Json::array());
      if (before) rule.targets = before->targets;
      restart(rule, events.now());
      if (before && before->schedule == rule.schedule && before->state == rule.state) {
        rule.since_ms = before->since_ms;
        rule.fired_ms = before->fired_ms;
      }
      storage::put_model(txn, rule_key(bus, name), rule);
      events.changes_listeners(txn, bus);
      txn.after_commit([&events, key = rule_key(bus, name), rule] { plan_rule(events, key, rule); });
      return Json{{"RuleArn", rule_arn(bus, name)}};
    });
  };
  return {.name = "PutRule", .input = &input, .access = needs_on_rule("PutRule"), .handle = JsonHandler(handle)};
}

Operation describe_rule(Events& events) {
  static const Shape input = structure({required("Name", name_shape()), optional("EventBusName", bus_shape())});
  auto handle = [&events](Call& call) -> Result<Json> {
    TRY(Rule rule, load_rule(events.context.store, bus_of(call), text_of(call.input, "Name")));
    Json out = shown(rule);
    out["CreatedBy"] = rule.created_by;
    return out;
  };
  return {
      .name = "DescribeRule", .input = &input, .access = needs_on_rule("DescribeRule"), .handle = JsonHandler(handle)};
}

Operation list_rules(Events& events) {
  static const Shape input = structure(
      {optional("NamePrefix", name_shape()), optional("EventBusName", bus_shape()), token_member(), limit_member()});
  auto handle = [&events](Call& call) -> Result<Json> {
    const BusName bus = bus_of(call);
    TRY_VOID(load_bus(events.context.store, bus));
    return page_of_models<Rule>(events.context.store, call, rules_prefix(bus), "Rules", shown<Rule>);
  };
  return {.name = "ListRules", .input = &input, .access = needs_on_bus("ListRules"), .handle = JsonHandler(handle)};
}

Operation enable_rule(Events& events) {
  return set_state(events, "EnableRule", "ENABLED");
}
Operation disable_rule(Events& events) {
  return set_state(events, "DisableRule", "DISABLED");
}

Operation delete_rule(Events& events) {
  static const Shape input =
      structure({required("Name", name_shape()), optional("EventBusName", bus_shape()), optional("Force", boolean())});
  auto handle = [&events](Call& call) -> Result<Json> {
    const BusName bus = bus_of(call);
    const std::string key = rule_key(bus, text_of(call.input, "Name"));
    return events.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
      TRY_VOID(load_bus(txn, bus));
      const auto rule = storage::get_model<Rule>(txn, key);
      if (!rule) return Json();
      if (!rule->targets.empty()) return errors::invalid("Rule can't be deleted since it has targets.");
      txn.erase(storage::Family::meta, key);
      events.changes_listeners(txn, bus);
      txn.after_commit([&events, key] { events.firings->remove(key); });
      return Json();
    });
  };
  return {.name = "DeleteRule", .input = &input, .access = needs_on_rule("DeleteRule"), .handle = JsonHandler(handle)};
}

}  // namespace millrace::eventbridge
