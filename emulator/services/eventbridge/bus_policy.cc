// PutPermission, RemovePermission: who else may send to a bus.

#include "emulator/services/eventbridge/operations.h"

namespace millrace::eventbridge {

using namespace protocol;

namespace {

constexpr size_t kPolicyBytesMax = 10'240;

Shape plain_bus_shape() {
  return string().length(1, 256).pattern(R"([\.\-_A-Za-z0-9]+)");
}

Json policy_of(const Bus& bus) {
  auto policy = parse_json(bus.policy.value_or(""));
  return policy ? std::move(*policy) : Json{{"Version", "2012-10-17"}, {"Statement", Json::array()}};
}

Json statement_of(const Json& input, const BusName& bus) {
  const std::string principal = text_of(input, "Principal");
  Json statement{{"Sid", text_of(input, "StatementId")}, {"Effect", "Allow"}};
  if (principal == "*") {
    statement["Principal"] = "*";
  } else {
    statement["Principal"] = {{"AWS", "arn:aws:iam::" + principal + ":root"}};
  }
  statement["Action"] = text_of(input, "Action");
  statement["Resource"] = bus.arn();
  if (const Json* condition = find(input, "Condition"))
    statement["Condition"] = {
        {text_of(*condition, "Type"), {{text_of(*condition, "Key"), text_of(*condition, "Value")}}}};
  return statement;
}

/// Runs `edit(bus)` in a change.
Result<Json> change(Events& events, const BusName& bus, const std::function<Result<void>(Bus&)>& edit) {
  return events.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
    TRY(Bus changed, load_bus(txn, bus));
    TRY_VOID(edit(changed));
    changed.modified_s = seconds_of(events.now());
    storage::put_model(txn, bus_key(bus), changed);
    return Json();
  });
}

Result<void> put_statement(Bus& bus, const Json& input, const BusName& name) {
  for (const char* member : {"Action", "Principal", "StatementId"}) {
    if (text_of(input, member).empty())
      return errors::invalid("Parameter " + std::string(member) + " is not valid. Reason: " + member +
                             " is a required argument.");  // unverified: the words
  }
  if (text_of(input, "Action") != "events:PutEvents")
    return errors::invalid("Provided value in parameter 'action' is not supported.");
  Json policy = policy_of(bus);
  Json& statements = policy["Statement"];
  const std::string sid = text_of(input, "StatementId");
  statements.erase(std::remove_if(statements.begin(), statements.end(),
                                  [&](const Json& statement) { return text_of(statement, "Sid") == sid; }),
                   statements.end());
  statements.push_back(statement_of(input, name));
  bus.policy = to_text(policy);
  return {};
}

}  // namespace

Operation put_permission(Events& events) {
  static const Shape input = structure({optional("EventBusName", plain_bus_shape()),
                                        optional("Action", string().length(1, 64).pattern("events:[a-zA-Z]+")),
                                        optional("Principal", string().length(1, 12).pattern(R"((\d{12}|\*))")),
                                        optional("StatementId", string().length(1, 64).pattern("[a-zA-Z0-9-_]+")),
                                        optional("Policy", string())});
  auto handle = [&events](Call& call) -> Result<Json> {
    const BusName bus = bus_of(call);
    const std::string policy = text_of(call.input, "Policy");
    if (!policy.empty()) {
      auto parsed = parse_json(policy);
      if (!parsed || !parsed->is_object() || !find(*parsed, "Statement"))
        return errors::invalid("Parameter Policy is not valid. Reason: Policy is not valid JSON.");  // unverified
    }
    return change(events, bus, [&](Bus& changed) -> Result<void> {
      if (policy.empty()) {
        TRY_VOID(put_statement(changed, call.input, bus));
      } else {
        changed.policy = policy;
      }
      if (changed.policy->size() > kPolicyBytesMax)
        return AwsError(errors::policy_too_long, "Policy length exceeds the limit.");  // unverified: the words
      return {};
    });
  };
  return {
      .name = "PutPermission", .input = &input, .access = needs_on_bus("PutPermission"), .handle = JsonHandler(handle)};
}

Operation remove_permission(Events& events) {
  static const Shape input =
      structure({optional("StatementId", string().length(1, 64).pattern("[a-zA-Z0-9-_]+")),
                 optional("RemoveAllPermissions", boolean()), optional("EventBusName", plain_bus_shape())});
  auto handle = [&events](Call& call) -> Result<Json> {
    return change(events, bus_of(call), [&](Bus& bus) -> Result<void> {
      if (bool_of(call.input, "RemoveAllPermissions")) {
        bus.policy.reset();
        return {};
      }
      Json policy = policy_of(bus);
      Json& statements = policy["Statement"];
      const size_t before = statements.size();
      const std::string sid = text_of(call.input, "StatementId");
      statements.erase(std::remove_if(statements.begin(), statements.end(),
                                      [&](const Json& statement) { return text_of(statement, "Sid") == sid; }),
                       statements.end());
      if (statements.size() == before)
        return AwsError(errors::not_found, bus.policy ? "Statement with the provided id does not exist."
                                                      : "EventBus does not have a policy.");
      if (statements.empty()) {
        bus.policy.reset();
      } else {
        bus.policy = to_text(policy);
      }
      return {};
    });
  };
  return {.name = "RemovePermission",
          .input = &input,
          .access = needs_on_bus("RemovePermission"),
          .handle = JsonHandler(handle)};
}

}  // namespace millrace::eventbridge
