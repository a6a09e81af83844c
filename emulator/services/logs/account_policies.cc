// PutAccountPolicy, DescribeAccountPolicies, DeleteAccountPolicy: kept and shown. Account-wide subscriptions, masks,
// indexes and transformers have no effect here.

#include "emulator/services/logs/logs.h"
#include "emulator/services/logs/paging.h"
#include "emulator/storage/documents.h"

namespace millrace::logs {

using namespace protocol;

namespace {

Shape policy_type() {
  return string().one_of({"DATA_PROTECTION_POLICY", "SUBSCRIPTION_FILTER_POLICY", "FIELD_INDEX_POLICY",
                          "TRANSFORMER_POLICY", "METRIC_EXTRACTION_POLICY"});
}

std::string policies_prefix(const Place& place, std::string_view type) {
  return storage::document_key({"logs", place.account, place.region, "account_policy", type});
}
std::string policy_key(const Place& place, std::string_view type, std::string_view name) {
  return storage::document_key({"logs", place.account, place.region, "account_policy", type, name});
}

}  // namespace

Operation put_account_policy(Logs& logs) {
  static const Shape input = structure({
      required("policyName", string()),
      required("policyDocument", string()),
      required("policyType", policy_type()),
      protocol::optional("scope", string().one_of({"ALL"})),
      protocol::optional("selectionCriteria", string()),
  });
  auto handle = [&logs](Call& call) -> Result<Json> {
    Place place = place_of(call);
    std::string document = text_of(call.input, "policyDocument");
    auto parsed = parse_json(document);
    // unverified: the wording.
    if (!parsed || !parsed->is_object())
      return AwsError(errors::invalid_parameter, "Policy document is not a valid JSON policy.");
    Json policy{{"policyName", text_of(call.input, "policyName")},
                {"policyDocument", document},
                {"lastUpdatedTime", logs.context.clock.now_ms()},
                {"policyType", text_of(call.input, "policyType")},
                {"scope", "ALL"}};
    if (auto criteria = optional_text(call.input, "selectionCriteria")) policy["selectionCriteria"] = *criteria;
    policy["accountId"] = place.account;
    return logs.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
      storage::put_document(txn, policy_key(place, text_of(policy, "policyType"), text_of(policy, "policyName")),
                            policy);
      return Json{{"accountPolicy", policy}};
    });
  };
  return {.name = "PutAccountPolicy",
          .input = &input,
          .access = anywhere_access("PutAccountPolicy"),
          .handle = JsonHandler(handle)};
}

Operation describe_account_policies(Logs& logs) {
  static const Shape input = structure({
      required("policyType", policy_type()),
      protocol::optional("policyName", string()),
      protocol::optional("accountIdentifiers", list(string()).length(0, 20)),
      protocol::optional("nextToken", string().length(1, -1)),
  });
  auto handle = [&logs](Call& call) -> Result<Json> {
    Place place = place_of(call);
    std::string type = text_of(call.input, "policyType");
    auto name = optional_text(call.input, "policyName");
    if (name && !storage::get_document(logs.context.store, policy_key(place, type, *name)))
      return AwsError(errors::resource_not_found, "No policy found with name " + *name);  // unverified wording
    return page_of(logs.context.store, policies_prefix(place, type), call.input, "accountPolicies",
                   [&](const Json& policy) -> std::optional<Json> {
                     if (name && text_of(policy, "policyName") != *name) return std::nullopt;
                     return policy;
                   });
  };
  return {.name = "DescribeAccountPolicies",
          .input = &input,
          .access = anywhere_access("DescribeAccountPolicies"),
          .handle = JsonHandler(handle)};
}

Operation delete_account_policy(Logs& logs) {
  static const Shape input = structure({required("policyName", string()), required("policyType", policy_type())});
  auto handle = [&logs](Call& call) -> Result<Json> {
    std::string key = policy_key(place_of(call), text_of(call.input, "policyType"), text_of(call.input, "policyName"));
    return logs.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
      if (!storage::get_document(txn, key))
        return AwsError(errors::resource_not_found, "No policy found with name " + text_of(call.input, "policyName"));
      txn.erase(storage::Family::meta, key);
      return Json();
    });
  };
  return {.name = "DeleteAccountPolicy",
          .input = &input,
          .access = anywhere_access("DeleteAccountPolicy"),
          .handle = JsonHandler(handle)};
}

}  // namespace millrace::logs
