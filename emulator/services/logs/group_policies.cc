// Data protection and field index policies of groups: kept and shown; messages are not masked, queries need no index.

#include "emulator/base/arn.h"
#include "emulator/services/logs/logs.h"
#include "emulator/storage/documents.h"

namespace millrace::logs {

using namespace protocol;

namespace {

constexpr size_t kDataProtectionBytesMax = 30'720;

Result<std::string> identified(const Json& identifier) {
  return named_group(Json{{"logGroupIdentifier", identifier}});
}

/// Checks that the text is a JSON object. unverified: the wording.
Result<Json> policy_object(const std::string& text) {
  auto policy = parse_json(text);
  if (!policy || !policy->is_object())
    return AwsError(errors::invalid_parameter, "Invalid policy document: it is not a JSON object.");
  return std::move(*policy);
}

/// Changes the group that the request names by `edit(place, name, group)`, and stores it.
template <class Edit>
Result<Json> edit_group(Logs& logs, const Call& call, Edit edit) {
  TRY(std::string name, named_group(call.input));
  const Place place = place_of(call);
  return logs.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
    TRY(LogGroup group, find_group(txn, place, name));
    TRY(Json answer, edit(place, name, group));
    put_group(txn, place, group);
    return answer;
  });
}

/// An operation that takes a policy off the group that it names.
Operation delete_policy(Logs& logs, const std::string& operation, std::optional<GroupPolicy> LogGroup::*member,
                        Json answer) {
  static const Shape input = structure({required("logGroupIdentifier", group_identifier_shape())});
  auto handle = [&logs, member, answer = std::move(answer)](Call& call) {
    return edit_group(logs, call, [&](const Place&, const std::string&, LogGroup& group) -> Result<Json> {
      (group.*member).reset();
      return answer;
    });
  };
  return {.name = operation, .input = &input, .access = group_access(operation), .handle = JsonHandler(handle)};
}

std::function<Result<AccessNeeds>(const Call&)> first_group_access(std::string action) {
  return [action = "logs:" + action](const Call& call) -> Result<AccessNeeds> {
    TRY(std::string name, identified(call.input["logGroupIdentifiers"][0]));
    return AccessNeeds{{action, group_arn(place_of(call), name) + ":*"}};
  };
}

Json index_policy(const Place& place, const std::string& group, const GroupPolicy& stored) {
  return {{"logGroupIdentifier", group_arn(place, group)},
          {"lastUpdateTime", stored.updated_ms},
          {"policyDocument", stored.document},
          {"source", "LOG_GROUP"}};
}

}  // namespace

Operation put_data_protection_policy(Logs& logs) {
  static const Shape input =
      structure({required("logGroupIdentifier", group_identifier_shape()), required("policyDocument", string())});
  auto handle = [&logs](Call& call) -> Result<Json> {
    TRY_VOID(named_group(call.input));
    std::string document = text_of(call.input, "policyDocument");
    TRY(Json policy, policy_object(document));
    // unverified: the wordings of these refusals.
    if (!find(policy, "Name") || !find(policy, "Version") || !find(policy, "Statement"))
      return AwsError(errors::invalid_parameter, "Invalid policy document: Name, Version and Statement are required.");
    if (document.size() > kDataProtectionBytesMax)
      return AwsError(errors::invalid_parameter, "The policy document can be at most 30,720 characters.");
    return edit_group(logs, call, [&](const Place&, const std::string&, LogGroup& group) -> Result<Json> {
      TRY_VOID(standard_class_only(group));
      Millis now = logs.context.clock.now_ms();
      group.data_protection = GroupPolicy{document, now};
      return Json{{"logGroupIdentifier", text_of(call.input, "logGroupIdentifier")},
                  {"policyDocument", document},
                  {"lastUpdatedTime", now}};
    });
  };
  return {.name = "PutDataProtectionPolicy",
          .input = &input,
          .access = group_access("PutDataProtectionPolicy"),
          .handle = JsonHandler(handle)};
}

Operation get_data_protection_policy(Logs& logs) {
  static const Shape input = structure({required("logGroupIdentifier", group_identifier_shape())});
  auto handle = [&logs](Call& call) -> Result<Json> {
    TRY(std::string name, named_group(call.input));
    TRY(LogGroup group, find_group(logs.context.store, place_of(call), name));
    Json out{{"logGroupIdentifier", text_of(call.input, "logGroupIdentifier")}};
    if (group.data_protection) {
      out["policyDocument"] = group.data_protection->document;
      out["lastUpdatedTime"] = group.data_protection->updated_ms;
    }
    return out;
  };
  return {.name = "GetDataProtectionPolicy",
          .input = &input,
          .access = group_access("GetDataProtectionPolicy"),
          .handle = JsonHandler(handle)};
}

Operation delete_data_protection_policy(Logs& logs) {
  return delete_policy(logs, "DeleteDataProtectionPolicy", &LogGroup::data_protection, Json());
}

Operation put_index_policy(Logs& logs) {
  static const Shape input = structure({required("logGroupIdentifier", group_identifier_shape()),
                                        required("policyDocument", string().length(1, 51200))});
  auto handle = [&logs](Call& call) -> Result<Json> {
    TRY_VOID(named_group(call.input));
    std::string document = text_of(call.input, "policyDocument");
    TRY(Json policy, policy_object(document));
    const Json* fields = find(policy, "Fields");
    constexpr size_t kFieldsMax = 20;
    // unverified: the wording.
    if (!fields || !fields->is_array() || fields->size() > kFieldsMax)
      return AwsError(errors::invalid_parameter,
                      "Invalid policy document: Fields must be a list of at most 20 field names.");
    return edit_group(logs, call, [&](const Place& place, const std::string& name, LogGroup& group) -> Result<Json> {
      TRY_VOID(standard_class_only(group));
      group.index_policy = GroupPolicy{document, logs.context.clock.now_ms()};
      return Json{{"indexPolicy", index_policy(place, name, *group.index_policy)}};
    });
  };
  return {.name = "PutIndexPolicy",
          .input = &input,
          .access = group_access("PutIndexPolicy"),
          .handle = JsonHandler(handle)};
}

Operation describe_index_policies(Logs& logs) {
  static const Shape input = structure({
      required("logGroupIdentifiers", list(string().length(1, 2048)).length(1, 1)),
      protocol::optional("nextToken", string().length(1, -1)),
  });
  auto handle = [&logs](Call& call) -> Result<Json> {
    TRY(std::string name, identified(call.input["logGroupIdentifiers"][0]));
    TRY(LogGroup group, find_group(logs.context.store, place_of(call), name));
    Json policies = Json::array();
    if (group.index_policy) policies.push_back(index_policy(place_of(call), name, *group.index_policy));
    return Json{{"indexPolicies", std::move(policies)}};
  };
  return {.name = "DescribeIndexPolicies",
          .input = &input,
          .access = first_group_access("DescribeIndexPolicies"),
          .handle = JsonHandler(handle)};
}

Operation delete_index_policy(Logs& logs) {
  return delete_policy(logs, "DeleteIndexPolicy", &LogGroup::index_policy, Json::object());
}

}  // namespace millrace::logs
