#include "emulator/services/iam/operations.h"
#include "emulator/services/iam/policies.h"

namespace millrace::iam {
namespace {

constexpr size_t kVersionsMax = 5;  // per managed policy: IAM quotas
constexpr int64_t kManagedPolicySizeMax = 6144;

AwsError no_such_version(const std::string& arn, const std::string& version) {
  return {errors::no_such_entity, "Policy " + arn + " version " + version + " does not exist or is not attachable."};
}

Json version_view(const Json& version, const std::string& default_version) {
  return {{"VersionId", text_of(version, "VersionId")},
          {"IsDefaultVersion", text_of(version, "VersionId") == default_version},
          {"CreateDate", iso_seconds(int_of(version, "Created"))}};
}

/// The account's own policy of the ARN, for changing.
Result<Json> own_policy(const Reader& reader, const std::string& account, const std::string& arn) {
  TRY_VOID(check_policy_arn(arn));
  const auto policy = find_policy(reader, arn);
  if (!policy) return no_such(Kind::policy, arn);
  if (policy->aws_managed) return AwsError(errors::access_denied, "Cannot modify an AWS managed policy.");
  if (parse_policy_arn(arn)->account != account) return no_such(Kind::policy, arn);
  return policy->stored;
}

Json* find_version(Json& policy, const std::string& version) {
  for (Json& candidate : policy["Versions"]) {
    if (text_of(candidate, "VersionId") == version) return &candidate;
  }
  return nullptr;
}

Result<Json> create_policy_version(State& state, Call& call) {
  const std::string document = text_of(call.input, "PolicyDocument");
  TRY_VOID(check_managed_policy(document));
  if (policy_size(document) > kManagedPolicySizeMax) {
    return AwsError(errors::limit_exceeded, "Cannot exceed quota for PolicySize: 6144");
  }
  return state.write([&](Txn& txn) -> Result<Json> {
    TRY(Json policy, own_policy(txn, call.caller.account, text_of(call.input, "PolicyArn")));
    if (policy["Versions"].size() >= kVersionsMax) {
      return AwsError(errors::limit_exceeded,
                      "A managed policy can have up to 5 versions. Before you create a new version, you must delete an "
                      "existing version.");
    }
    const int64_t number = int_of(policy, "NextVersion", 2);
    Json version = {{"VersionId", "v" + std::to_string(number)}, {"Document", document}, {"Created", state.now()}};
    policy["NextVersion"] = number + 1;
    policy["Updated"] = state.now();
    if (flag_in(call.input, "SetAsDefault", false)) policy["Default"] = version["VersionId"];
    Json view = version_view(version, text_of(policy, "Default"));
    policy["Versions"].insert(policy["Versions"].begin(), std::move(version));
    put_entity(txn, call.caller.account, Kind::policy, policy);
    return Json{{"PolicyVersion", view}};
  });
}

Result<Json> get_policy_version(State& state, Call& call) {
  const std::string arn = text_of(call.input, "PolicyArn"), id = text_of(call.input, "VersionId");
  TRY_VOID(check_policy_arn(arn));
  auto policy = find_policy(state.store(), arn);
  if (!policy) return no_such(Kind::policy, arn);
  if (policy->aws_managed) {
    if (id != policy->default_version) return no_such_version(arn, id);
    const auto* known = access::find_managed_policy(arn);
    return Json{{"PolicyVersion",
                 {{"Document", encoded(policy->document)},
                  {"VersionId", id},
                  {"IsDefaultVersion", true},
                  {"CreateDate", known ? known->updated : "2015-02-06T18:40:00Z"}}}};
  }
  const Json* version = find_version(policy->stored, id);
  if (version == nullptr) return no_such_version(arn, id);
  Json view = {{"Document", encoded(text_of(*version, "Document"))}};
  view.update(version_view(*version, policy->default_version));
  return Json{{"PolicyVersion", view}};
}

Result<Json> list_policy_versions(State& state, Call& call) {
  const std::string arn = text_of(call.input, "PolicyArn");
  TRY_VOID(check_policy_arn(arn));
  TRY(const Pager page, page_in(call));
  auto policy = find_policy(state.store(), arn);
  if (!policy) return no_such(Kind::policy, arn);
  std::vector<std::pair<std::string, Json>> items;
  if (policy->aws_managed) {
    const auto* known = access::find_managed_policy(arn);
    items.emplace_back("0", Json{{"VersionId", policy->default_version},
                                 {"IsDefaultVersion", true},
                                 {"CreateDate", known ? known->updated : "2015-02-06T18:40:00Z"}});
  } else {
    for (const Json& version : policy->stored["Versions"]) {
      // The newest first: a position is the number's complement.
      const int64_t number = std::strtoll(text_of(version, "VersionId").substr(1).c_str(), nullptr, 10);
      items.emplace_back(std::to_string(9'999'999'999 - number), version_view(version, policy->default_version));
    }
  }
  return paged("Versions", items, page);
}

Result<Json> delete_policy_version(State& state, Call& call) {
  const std::string arn = text_of(call.input, "PolicyArn"), id = text_of(call.input, "VersionId");
  return state.write([&](Txn& txn) -> Result<Json> {
    TRY(Json policy, own_policy(txn, call.caller.account, arn));
    if (find_version(policy, id) == nullptr) return no_such_version(arn, id);
    if (text_of(policy, "Default") == id) {
      return AwsError(errors::delete_conflict, "Cannot delete the default version of a policy.");
    }
    Json kept = Json::array();
    for (const Json& version : policy["Versions"]) {
      if (text_of(version, "VersionId") != id) kept.push_back(version);
    }
    policy["Versions"] = std::move(kept);
    put_entity(txn, call.caller.account, Kind::policy, policy);
    return Json(nullptr);
  });
}

Result<Json> set_default_policy_version(State& state, Call& call) {
  const std::string arn = text_of(call.input, "PolicyArn"), id = text_of(call.input, "VersionId");
  return state.write([&](Txn& txn) -> Result<Json> {
    TRY(Json policy, own_policy(txn, call.caller.account, arn));
    if (find_version(policy, id) == nullptr) return no_such_version(arn, id);
    policy["Default"] = id;
    policy["Updated"] = state.now();
    put_entity(txn, call.caller.account, Kind::policy, policy);
    return Json(nullptr);
  });
}

}  // namespace

Operations policy_version_operations(State& state) {
  using protocol::optional, protocol::required, protocol::string;
  const Member arn = required("PolicyArn", string().length(20, 2048));
  const Member version = required("VersionId", string().pattern("v[1-9][0-9]*(\\.[A-Za-z0-9-]*)?"));
  return {
      operation(state, "CreatePolicyVersion",
                {arn, required("PolicyDocument", string().length(1, 131072)), optional("SetAsDefault", string())},
                on_policy_arn(), create_policy_version),
      operation(state, "GetPolicyVersion", {arn, version}, on_policy_arn(), get_policy_version),
      operation(state, "ListPolicyVersions", {arn, page_marker(), page_size()}, on_policy_arn(), list_policy_versions),
      operation(state, "DeletePolicyVersion", {arn, version}, on_policy_arn(), delete_policy_version),
      operation(state, "SetDefaultPolicyVersion", {arn, version}, on_policy_arn(), set_default_policy_version),
  };
}

}  // namespace millrace::iam
