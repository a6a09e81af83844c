// PutResourcePolicy, DescribeResourcePolicies, DeleteResourcePolicy: the policies of the account, or of one log group, for
// services that write logs. Kept and shown; no service here writes by them.

#include "emulator/services/logs/logs.h"
#include "emulator/services/logs/paging.h"
#include "emulator/storage/documents.h"

namespace millrace::logs {

using namespace protocol;

namespace {

constexpr size_t kPoliciesMax = 10;
constexpr int64_t kDocumentMax = 51'200;      // of a log group's policy [model]
constexpr size_t kAccountDocumentMax = 5120;  // of the account's [AWS quota]

std::string policies_prefix(const Place& place) {
  return storage::document_key({"logs", place.account, place.region, "resource_policy"});
}
/// The name of the log group that an ARN of this place names, with or without `:*`; empty: it is none.
std::string group_of(const Place& place, std::string name) {
  std::string start = group_arn(place, "");
  if (!name.starts_with(start)) return "";
  name.erase(0, start.size());
  if (name.ends_with(":*")) name.resize(name.size() - 2);
  return name;
}
/// Of the account by name; a log group has one.
std::string policy_key(const Place& place, const Json& input) {
  if (auto resource = optional_text(input, "resourceArn"))
    return storage::document_key({"logs", place.account, place.region, "group_policy", group_of(place, *resource)});
  return storage::document_key({"logs", place.account, place.region, "resource_policy", text_of(input, "policyName")});
}
std::string group_policies_prefix(const Place& place) {
  return storage::document_key({"logs", place.account, place.region, "group_policy"});
}

/// Who names a revision must name the one that is there. unverified: the code and the words.
Result<void> check_revision(const std::optional<Json>& before, const Json& input) {
  auto expected = optional_text(input, "expectedRevisionId");
  if (!expected || (before && text_of(*before, "revisionId") == *expected)) return {};
  return AwsError(errors::operation_aborted, "The expected revision ID does not match the policy's revision ID.");
}

Result<void> check_document(const Json& input) {
  std::string document = text_of(input, "policyDocument");
  auto parsed = parse_json(document);
  // unverified: the wording.
  if (!parsed || !parsed->is_object() || !find(*parsed, "Statement"))
    return AwsError(errors::invalid_parameter, "Policy document is not a valid JSON policy.");
  if (!find(input, "resourceArn") && document.size() > kAccountDocumentMax)
    return AwsError(errors::invalid_parameter,
                    validation_message(
                        {violation(document, "policyDocument", "Member must have length less than or equal to 5120")}));
  return {};
}

/// The log group must be there. unverified: the words for what is no log group's ARN.
Result<void> check_resource(Logs& logs, const Place& place, const Json& input) {
  auto resource = optional_text(input, "resourceArn");
  if (!resource) return {};
  std::string name = group_of(place, *resource);
  if (name.empty()) return AwsError(errors::invalid_parameter, "Invalid resourceArn: " + *resource);
  TRY_VOID(find_group(logs.context.store, place, name));
  return {};
}

Result<Json> put(Logs& logs, const Call& call) {
  Place place = place_of(call);
  const Json& input = call.input;
  TRY_VOID(check_document(input));
  TRY_VOID(check_resource(logs, place, input));
  bool of_group = find(input, "resourceArn") != nullptr;
  return logs.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
    std::string key = policy_key(place, input);
    auto before = storage::get_document(txn, key);
    if (!before && !of_group && storage::list_documents(txn, policies_prefix(place)).size() >= kPoliciesMax)
      return AwsError(errors::limit_exceeded, "Resource limit exceeded.");
    TRY_VOID(check_revision(before, input));
    Json policy{{"policyName", text_of(input, "policyName")},
                {"policyDocument", text_of(input, "policyDocument")},
                {"lastUpdatedTime", logs.context.clock.now_ms()},
                {"policyScope", of_group ? "RESOURCE" : "ACCOUNT"},
                {"revisionId", logs.context.random.uuid()}};
    if (of_group) policy["resourceArn"] = text_of(input, "resourceArn");
    storage::put_document(txn, key, policy);
    return Json{{"resourcePolicy", policy}, {"revisionId", text_of(policy, "revisionId")}};
  });
}

Result<Json> remove(Logs& logs, const Call& call) {
  std::string name = text_of(call.input, "policyName"), key = policy_key(place_of(call), call.input);
  return logs.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
    auto before = storage::get_document(txn, key);
    if (!before) return AwsError(errors::resource_not_found, "Policy with name [" + name + "] does not exist.");
    TRY_VOID(check_revision(before, call.input));
    txn.erase(storage::Family::meta, key);
    return Json();
  });
}

}  // namespace

Operation put_resource_policy(Logs& logs) {
  static const Shape input = structure({
      required("policyName", string()),
      required("policyDocument", string().length(1, kDocumentMax)),
      protocol::optional("resourceArn", string()),
      protocol::optional("expectedRevisionId", string().length(1, -1)),
  });
  return {.name = "PutResourcePolicy",
          .input = &input,
          .access = anywhere_access("PutResourcePolicy"),
          .handle = JsonHandler([&logs](Call& call) { return put(logs, call); })};
}

Operation describe_resource_policies(Logs& logs) {
  static const Shape input = structure({
      protocol::optional("nextToken", string().length(1, -1)),
      protocol::optional("limit", integer().range(1, 50)),
      protocol::optional("resourceArn", string()),
      protocol::optional("policyScope", string().one_of({"ACCOUNT", "RESOURCE"})),
  });
  auto handle = [&logs](Call& call) -> Result<Json> {
    Place place = place_of(call);
    auto resource = optional_text(call.input, "resourceArn");
    bool of_groups = resource || text_of(call.input, "policyScope") == "RESOURCE";
    std::string prefix = of_groups ? group_policies_prefix(place) : policies_prefix(place);
    return page_of(logs.context.store, prefix, call.input, "resourcePolicies",
                   [&](const Json& policy) -> std::optional<Json> {
                     if (resource && text_of(policy, "resourceArn") != *resource) return std::nullopt;
                     return policy;
                   });
  };
  return {.name = "DescribeResourcePolicies",
          .input = &input,
          .access = anywhere_access("DescribeResourcePolicies"),
          .handle = JsonHandler(handle)};
}

Operation delete_resource_policy(Logs& logs) {
  static const Shape input = structure({
      required("policyName", string()),
      protocol::optional("resourceArn", string()),
      protocol::optional("expectedRevisionId", string().length(1, -1)),
  });
  return {.name = "DeleteResourcePolicy",
          .input = &input,
          .access = anywhere_access("DeleteResourcePolicy"),
          .handle = JsonHandler([&logs](Call& call) { return remove(logs, call); })};
}

}  // namespace millrace::logs
