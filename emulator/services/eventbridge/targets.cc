// PutTargets, RemoveTargets, ListTargetsByRule, ListRuleNamesByTarget.

#include <set>

#include "emulator/base/arn.h"
#include "emulator/delivery/input.h"
#include "emulator/services/eventbridge/operations.h"

namespace millrace::eventbridge {

using namespace protocol;

namespace {

constexpr size_t kTargetsMax = 5;  // of one rule

/// Services whose targets are called with a role of the rule's owner.
const std::set<std::string> kWithRole = {"events", "states",    "kinesis",      "firehose",   "ecs",
                                         "batch",  "codebuild", "codepipeline", "execute-api"};

Result<void> check_arn(const std::string& arn) {
  auto parsed = Arn::parse(arn);
  if (parsed && !parsed->service.empty() && !parsed->resource.empty()) return {};
  return errors::invalid("Parameter " + arn + " is not valid. Reason: Provided Arn is not in correct format.");
}

Result<void> check_input(const Json& target, const std::string& id) {
  int given = 0;
  for (const char* member : {"Input", "InputPath", "InputTransformer"}) given += find(target, member) ? 1 : 0;
  if (given > 1)
    return errors::invalid("Only one of Input, InputPath, or InputTransformer must be provided for target " + id + ".");
  if (const Json* input = find(target, "Input"); input && !parse_json(input->get<std::string>()))
    return errors::invalid("Parameter Input is not valid. Reason: Input for target " + id +
                           " is not valid JSON text.");  // unverified: the words
  const std::string path = text_of(target, "InputPath", "$");
  if (!delivery::is_path(path))
    return errors::invalid("Parameter InputPath is not valid. Reason: Invalid JsonPath for target " + id +
                           ".");  // unverified
  const Json* transformer = find(target, "InputTransformer");
  if (!transformer) return {};
  const Json paths = transformer->value("InputPathsMap", Json::object());
  for (const std::string& name : delivery::placeholders(text_of(*transformer, "InputTemplate"))) {
    if (!name.starts_with("aws.") && !paths.contains(name))
      return errors::invalid("InputTemplate for target " + id + " contains invalid placeholder " + name + ".");
  }
  for (const auto& [name, given_path] : paths.items()) {
    if (!given_path.is_string() || !delivery::is_path(given_path.get<std::string>()))
      return errors::invalid("Invalid JsonPath for InputPathsMap entry " + name + " of target " + id +
                             ".");  // unverified
  }
  return {};
}

Result<void> check(const Json& target) {
  const std::string id = text_of(target, "Id"), arn = text_of(target, "Arn");
  TRY_VOID(check_arn(arn));
  TRY_VOID(check_input(target, id));
  const std::string service = Arn::parse(arn)->service;
  if (service == "sqs" && arn.ends_with(".fifo")) {
    const Json* parameters = find(target, "SqsParameters");
    if (!parameters || text_of(*parameters, "MessageGroupId").empty())
      return errors::invalid("Parameter(s) SqsParameters must be specified for target: " + id + ".");
  }
  if (kWithRole.contains(service) && text_of(target, "RoleArn").empty())
    return errors::invalid("RoleArn is required for target " + arn + ".");
  return {};
}

/// The caller passes the targets' roles on.
Access needs_with_roles() {
  return [on_rule = needs_on_rule("PutTargets", "Rule")](const Call& call) -> Result<AccessNeeds> {
    TRY(AccessNeeds out, on_rule(call));
    for (const Json& target : call.input.value("Targets", Json::array())) {
      const std::string role = text_of(target, "RoleArn");
      if (!role.empty()) out.push_back({"iam:PassRole", role, {{"iam:passedtoservice", {"events.amazonaws.com"}}}});
    }
    return out;
  };
}

/// Runs `edit(targets)` on a rule's targets in a change.
Result<void> change(Events& events, const Call& call, const std::function<Result<void>(std::vector<Json>&)>& edit) {
  const BusName bus = bus_of(call);
  const std::string name = text_of(call.input, "Rule");
  return events.context.store.transact([&](storage::Txn& txn) -> Result<void> {
    TRY(Rule rule, load_rule(txn, bus, name));
    TRY_VOID(edit(rule.targets));
    storage::put_model(txn, rule_key(bus, name), rule);
    events.changes_listeners(txn, bus);
    return {};
  });
}

Shape target_shape() {
  return structure(
      {required("Id", name_shape()), required("Arn", string().length(1, 1600)),
       optional("RoleArn", string().length(1, 1600)), optional("Input", string().length(0, 8192)),
       optional("InputPath", string().length(0, 256)),
       optional("InputTransformer", structure({optional("InputPathsMap", map(string().length(0, 256)).length(0, 100)),
                                               required("InputTemplate", string().length(1, 8192))})),
       optional("SqsParameters", structure({optional("MessageGroupId", string().length(0, 100))})),
       optional("DeadLetterConfig", structure({optional("Arn", string().length(1, 1600))})),
       optional("RetryPolicy", structure({optional("MaximumRetryAttempts", integer().range(0, 185)),
                                          // The provider sends 0 for what isn't configured.
                                          optional("MaximumEventAgeInSeconds", integer().range(0, 86400))}))});
}

}  // namespace

Operation put_targets(Events& events) {
  static const Shape input = structure({required("Rule", name_shape()), optional("EventBusName", bus_shape()),
                                        required("Targets", list(target_shape()).length(1, 100))});
  auto handle = [&events](Call& call) -> Result<Json> {
    TRY_VOID(load_rule(events.context.store, bus_of(call), text_of(call.input, "Rule")));
    for (const Json& target : call.input["Targets"]) TRY_VOID(check(target));
    TRY_VOID(change(events, call, [&](std::vector<Json>& targets) -> Result<void> {
      for (const Json& target : call.input["Targets"]) {
        auto same = std::find_if(targets.begin(), targets.end(),
                                 [&](const Json& other) { return text_of(other, "Id") == text_of(target, "Id"); });
        if (same != targets.end()) {
          *same = target;
        } else {
          targets.push_back(target);
        }
      }
      return targets.size() > kTargetsMax ? Result<void>(errors::limit()) : Result<void>();
    }));
    return Json{{"FailedEntryCount", 0}, {"FailedEntries", Json::array()}};
  };
  return {.name = "PutTargets", .input = &input, .access = needs_with_roles(), .handle = JsonHandler(handle)};
}

Operation remove_targets(Events& events) {
  static const Shape input =
      structure({required("Rule", name_shape()), optional("EventBusName", bus_shape()),
                 required("Ids", list(name_shape()).length(1, 100)), optional("Force", boolean())});
  auto handle = [&events](Call& call) -> Result<Json> {
    Json failed = Json::array();
    TRY_VOID(change(events, call, [&](std::vector<Json>& targets) -> Result<void> {
      for (const Json& id : call.input["Ids"]) {
        auto found =
            std::find_if(targets.begin(), targets.end(), [&](const Json& target) { return target.at("Id") == id; });
        if (found != targets.end()) targets.erase(found);  // one that isn't there is no failure
      }
      return {};
    }));
    return Json{{"FailedEntryCount", 0}, {"FailedEntries", std::move(failed)}};
  };
  return {.name = "RemoveTargets",
          .input = &input,
          .access = needs_on_rule("RemoveTargets", "Rule"),
          .handle = JsonHandler(handle)};
}

Operation list_targets_by_rule(Events& events) {
  static const Shape input = structure(
      {required("Rule", name_shape()), optional("EventBusName", bus_shape()), token_member(), limit_member()});
  auto handle = [&events](Call& call) -> Result<Json> {
    TRY(Rule rule, load_rule(events.context.store, bus_of(call), text_of(call.input, "Rule")));
    std::map<std::string, Json> by_id;
    for (const Json& target : rule.targets) by_id[text_of(target, "Id")] = target;
    std::vector<Json> targets;
    for (auto& [id, target] : by_id) targets.push_back(std::move(target));
    return page_of(call, "Targets", targets, "Id");
  };
  return {.name = "ListTargetsByRule",
          .input = &input,
          .access = needs_on_rule("ListTargetsByRule", "Rule"),
          .handle = JsonHandler(handle)};
}

Operation list_rule_names_by_target(Events& events) {
  static const Shape input = structure({required("TargetArn", string().length(1, 1600)),
                                        optional("EventBusName", bus_shape()), token_member(), limit_member()});
  auto handle = [&events](Call& call) -> Result<Json> {
    const BusName bus = bus_of(call);
    TRY_VOID(load_bus(events.context.store, bus));
    std::vector<Json> names;
    for (const Rule& rule : storage::list_models<Rule>(events.context.store, rules_prefix(bus))) {
      const bool has = std::any_of(rule.targets.begin(), rule.targets.end(),
                                   [&](const Json& target) { return target.at("Arn") == call.input["TargetArn"]; });
      if (has) names.push_back(rule.name);
    }
    return page_of(call, "RuleNames", names, "");
  };
  return {.name = "ListRuleNamesByTarget",
          .input = &input,
          .access = needs("ListRuleNamesByTarget", [](const Call& call) { return arn_of(scope_of(call), "rule/*"); }),
          .handle = JsonHandler(handle)};
}

}  // namespace millrace::eventbridge
