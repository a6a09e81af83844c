// PutResourcePolicy, DescribeResourcePolicies, DeleteResourcePolicy: the account's policies for services that write
// logs. Kept and shown; no service here writes by them.

#include "emulator/services/logs/logs.h"
#include "emulator/services/logs/paging.h"
#include "emulator/storage/documents.h"

namespace millrace::logs {

using namespace protocol;

namespace {

constexpr size_t kPoliciesMax = 10;
constexpr int64_t kDocumentMax = 5120;

std::string policies_prefix(const Place& place) {
  return storage::document_key({"logs", place.account, place.region, "resource_policy"});
}
std::string policy_key(const Place& place, std::string_view name) {
  return storage::document_key({"logs", place.account, place.region, "resource_policy", name});
}

}  // namespace

Operation put_resource_policy(Logs& logs) {
  static const Shape input =
      structure({required("policyName", string()), required("policyDocument", string().length(1, kDocumentMax))});
  auto handle = [&logs](Call& call) -> Result<Json> {
    Place place = place_of(call);
    std::string name = text_of(call.input, "policyName"), document = text_of(call.input, "policyDocument");
    auto parsed = parse_json(document);
    // unverified: the wording.
    if (!parsed || !parsed->is_object() || !find(*parsed, "Statement"))
      return AwsError(errors::invalid_parameter, "Policy document is not a valid JSON policy.");
    return logs.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
      std::string key = policy_key(place, name);
      if (!storage::get_document(txn, key) &&
          storage::list_documents(txn, policies_prefix(place)).size() >= kPoliciesMax)
        return AwsError(errors::limit_exceeded, "Resource limit exceeded.");
      Json policy{{"policyName", name},
                  {"policyDocument", document},
                  {"lastUpdatedTime", logs.context.clock.now_ms()},
                  {"policyScope", "ACCOUNT"}};
      storage::put_document(txn, key, policy);
      return Json{{"resourcePolicy", policy}};
    });
  };
  return {.name = "PutResourcePolicy",
          .input = &input,
          .access = anywhere_access("PutResourcePolicy"),
          .handle = JsonHandler(handle)};
}

Operation describe_resource_policies(Logs& logs) {
  static const Shape input = structure(
      {protocol::optional("nextToken", string().length(1, -1)), protocol::optional("limit", integer().range(1, 50))});
  auto handle = [&logs](Call& call) -> Result<Json> {
    return page_of(logs.context.store, policies_prefix(place_of(call)), call.input, "resourcePolicies",
                   [](const Json& policy) -> std::optional<Json> { return policy; });
  };
  return {.name = "DescribeResourcePolicies",
          .input = &input,
          .access = anywhere_access("DescribeResourcePolicies"),
          .handle = JsonHandler(handle)};
}

Operation delete_resource_policy(Logs& logs) {
  static const Shape input = structure({required("policyName", string())});
  auto handle = [&logs](Call& call) -> Result<Json> {
    std::string name = text_of(call.input, "policyName"), key = policy_key(place_of(call), name);
    return logs.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
      if (!storage::get_document(txn, key))
        return AwsError(errors::resource_not_found, "Policy with name [" + name + "] does not exist.");
      txn.erase(storage::Family::meta, key);
      return Json();
    });
  };
  return {.name = "DeleteResourcePolicy",
          .input = &input,
          .access = anywhere_access("DeleteResourcePolicy"),
          .handle = JsonHandler(handle)};
}

}  // namespace millrace::logs
