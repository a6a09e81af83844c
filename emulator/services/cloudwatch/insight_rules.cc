// PutInsightRule, DescribeInsightRules, EnableInsightRules, DisableInsightRules, DeleteInsightRules. Kept and shown: nothing is
// counted by them. Source: CloudWatch's API reference.

#include "emulator/base/arn.h"
#include "emulator/services/cloudwatch/kept_lists.h"

namespace millrace::cloudwatch {

using namespace protocol;

namespace {

constexpr const char* kKind = "insight-rule";
constexpr size_t kRulesMax = 100;  // an account and region

std::string rule_arn(const Scope& scope, const std::string& name) {
  return make_arn("cloudwatch", scope.region, scope.account, "insight-rule/" + name);
}

Operation put_insight_rule(CloudWatch& watch) {
  static const Shape input =
      structure({required("RuleName", string().length(1, 128)), optional("RuleState", string().length(1, 32)),
                 required("RuleDefinition", string().length(1, 8192))});
  auto handle = [&watch](Call& call) -> Result<Json> {
    const std::string name = text_of(call.input, "RuleName"), definition = text_of(call.input, "RuleDefinition");
    const std::string state = text_of(call.input, "RuleState", "ENABLED");
    const auto parsed = parse_json(definition);
    // unverified: the words of both refusals
    if (!parsed || !parsed->is_object() || !find(*parsed, "Schema"))
      return errors::invalid_value("The value for parameter RuleDefinition is not a valid rule definition.");
    if (state != "ENABLED" && state != "DISABLED")
      return errors::invalid_value("The value for parameter RuleState must be ENABLED or DISABLED.");
    const std::string key = kept_key(scope_of(call), kKind, name);
    return watch.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
      const auto before = storage::get_document(txn, key);
      if (!before && kept_of(txn, scope_of(call), kKind).size() >= kRulesMax)
        return AwsError(errors::limit_exceeded, "The maximum number of rules has been reached.");
      Json rule{{"Name", name}, {"State", state}};
      rule["Schema"] = to_text((*parsed)["Schema"]);
      rule["Definition"] = definition;
      rule["ManagedRule"] = false;
      rule["_name"] = name;
      rule["_tags"] = before ? before->value("_tags", Json::array()) : call.input.value("Tags", Json::array());
      storage::put_document(txn, key, rule);
      return Json::object();
    });
  };
  return {.name = "PutInsightRule",
          .input = &input,
          .access = needs("PutInsightRule",
                          [](const Call& call) { return rule_arn(scope_of(call), text_of(call.input, "RuleName")); }),
          .handle = JsonHandler(handle)};
}

Operation describe_insight_rules(CloudWatch& watch) {
  auto handle = [&watch](Call& call) -> Result<Json> {
    return page_of_kept(watch.context.store, call, kKind, "InsightRules",
                        [](const Json& rule) { return std::optional<Json>(shown_of(rule)); });
  };
  return {.name = "DescribeInsightRules", .access = needs("DescribeInsightRules"), .handle = JsonHandler(handle)};
}

/// An operation on several rules; those that aren't there are told as failures.
Operation on_rules(CloudWatch& watch, const char* name,
                   std::function<void(storage::Txn&, const std::string& key, Json rule)> change) {
  static const Shape input = structure({required("RuleNames", list(string()))});
  auto handle = [&watch, change = std::move(change)](Call& call) -> Result<Json> {
    return watch.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
      Json failures = Json::array();
      for (const Json& rule : call.input["RuleNames"]) {
        const std::string key = kept_key(scope_of(call), kKind, rule.get<std::string>());
        if (auto document = storage::get_document(txn, key)) {
          change(txn, key, std::move(*document));
        } else {  // unverified: the words
          failures.push_back({{"FailureResource", rule},
                              {"ExceptionType", "ResourceNotFoundException"},
                              {"FailureCode", "404"},
                              {"FailureDescription", "Rule " + rule.get<std::string>() + " does not exist."}});
        }
      }
      return Json{{"Failures", std::move(failures)}};
    });
  };
  return {.name = name, .input = &input, .access = needs(name), .handle = JsonHandler(handle)};
}

std::function<void(storage::Txn&, const std::string&, Json)> sets_state(const char* state) {
  return [state](storage::Txn& txn, const std::string& key, Json rule) {
    rule["State"] = state;
    storage::put_document(txn, key, rule);
  };
}

}  // namespace

void add_insight_rules(std::vector<Operation>& operations, CloudWatch& watch) {
  operations.push_back(put_insight_rule(watch));
  operations.push_back(describe_insight_rules(watch));
  operations.push_back(on_rules(watch, "EnableInsightRules", sets_state("ENABLED")));
  operations.push_back(on_rules(watch, "DisableInsightRules", sets_state("DISABLED")));
  operations.push_back(on_rules(watch, "DeleteInsightRules", [](storage::Txn& txn, const std::string& key, Json) {
    txn.erase(storage::Family::meta, key);
  }));
}

}  // namespace millrace::cloudwatch
