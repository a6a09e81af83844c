#include "emulator/services/iam/policies.h"

#include "emulator/base/arn.h"
#include "emulator/base/encoding.h"
#include "emulator/services/iam/operations.h"

namespace millrace::iam {
namespace {

constexpr int64_t kManagedPolicySizeMax = 6144;  // IAM quotas: characters without white space

// An unknown policy of AWS's: valid, and silent about everything that exists here.
constexpr const char* kSilentDocument =
    R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"none:none","Resource":"*"}]})";

std::string version_document(const Json& stored, const std::string& version) {
  for (const Json& candidate : stored["Versions"]) {
    if (text_of(candidate, "VersionId") == version) return text_of(candidate, "Document");
  }
  return {};
}

}  // namespace

std::optional<PolicyArn> parse_policy_arn(std::string_view text) {
  const auto arn = Arn::parse(text);
  if (!arn || arn->service != "iam" || !arn->resource.starts_with("policy/")) return std::nullopt;
  const std::string rest = arn->resource.substr(6);
  const size_t slash = rest.rfind('/');
  return PolicyArn{arn->account, rest.substr(0, slash + 1), rest.substr(slash + 1)};
}

Result<void> check_policy_arn(const std::string& arn) {
  if (arn.size() < 20 || !Arn::parse(arn)) return AwsError(errors::validation, "Invalid ARN:  Could not be parsed!");
  if (!parse_policy_arn(arn)) return AwsError(errors::validation, "ARN " + arn + " is not valid.");
  return {};
}

std::optional<PolicyRecord> find_policy(const Reader& reader, std::string_view arn) {
  PolicyRecord record;
  record.arn = std::string(arn);
  if (const auto* known = access::find_managed_policy(arn)) {
    record.name = known->name;
    record.default_version = known->default_version;
    record.document = known->document;
    record.aws_managed = true;
    return record;
  }
  const auto parsed = parse_policy_arn(arn);
  if (!parsed) return std::nullopt;
  record.name = parsed->name;
  if (access::is_aws_managed(arn)) {
    record.default_version = "v1";
    record.document = kSilentDocument;
    record.aws_managed = record.unknown = true;
    return record;
  }
  auto stored = find_entity(reader, parsed->account, Kind::policy, parsed->name);
  if (!stored || text_of(*stored, "Path") != parsed->path) return std::nullopt;
  record.default_version = text_of(*stored, "Default");
  record.document = version_document(*stored, record.default_version);
  record.stored = std::move(*stored);
  return record;
}

PolicyUse policy_use(const Reader& reader, const std::string& account, const std::string& arn) {
  PolicyUse use;
  for (const Kind kind : {Kind::user, Kind::group, Kind::role}) {
    each_entity(reader, account, kind, [&](const Json& document) {
      for (const std::string& attached : texts_in(document, "Attached")) use.attachments += attached == arn;
      use.boundaries += text_of(document, "Boundary") == arn;
      return true;
    });
  }
  return use;
}

Json policy_view(const PolicyRecord& policy, PolicyUse use) {
  Json view = Json::object();
  view["PolicyName"] = policy.name;
  view["PolicyId"] = text_of(policy.stored, "Id");
  view["Arn"] = policy.arn;
  view["Path"] = text_of(policy.stored, "Path");
  view["DefaultVersionId"] = policy.default_version;
  view["AttachmentCount"] = use.attachments;
  view["PermissionsBoundaryUsageCount"] = use.boundaries;
  view["IsAttachable"] = true;
  view["CreateDate"] = iso_seconds(int_of(policy.stored, "Created"));
  view["UpdateDate"] = iso_seconds(int_of(policy.stored, "Updated"));
  return view;
}

Json aws_policy_view(const access::ManagedPolicy& policy, PolicyUse use) {
  Json view = Json::object();
  view["PolicyName"] = policy.name;
  // An id that isn't known is made from the name, so that it is the same on every machine.
  const std::string made = "ANPA" + to_hex(sha256(policy.name)).substr(0, 17);
  std::string id = policy.id;
  if (id.empty()) {
    for (const char c : made)
      id += static_cast<char>(c >= 'a' && c <= 'z' ? c - 32 : c >= '0' && c <= '9' ? c - '0' + 'G' : c);
  }
  view["PolicyId"] = id;
  view["Arn"] = policy.arn();
  view["Path"] = policy.path;
  view["DefaultVersionId"] = policy.default_version;
  view["AttachmentCount"] = use.attachments;
  view["PermissionsBoundaryUsageCount"] = use.boundaries;
  view["IsAttachable"] = true;
  view["CreateDate"] = policy.created;
  view["UpdateDate"] = policy.updated;
  return view;
}

Needs on_policy_arn() {
  return [](State&, const Call& call) {
    AccessNeed need;
    need.resource = text_of(call.input, "PolicyArn");
    return need;
  };
}

namespace {

Result<Json> create_policy(State& state, Call& call) {
  const std::string document = text_of(call.input, "PolicyDocument");
  TRY_VOID(check_managed_policy(document));
  if (policy_size(document) > kManagedPolicySizeMax) {
    return AwsError(errors::limit_exceeded, "Cannot exceed quota for PolicySize: 6144");
  }
  TRY(const Json tags, tags_in(call.input));
  return state.write([&](Txn& txn) -> Result<Json> {
    TRY(Json policy, new_entity(state, txn, call.caller.account, Kind::policy, call.input));
    if (const auto description = optional_text(call.input, "Description")) policy["Description"] = *description;
    policy["Updated"] = state.now();
    policy["Default"] = "v1";
    policy["NextVersion"] = 2;
    policy["Versions"] = Json::array({{{"VersionId", "v1"}, {"Document", document}, {"Created", state.now()}}});
    set_tags(policy, tags);
    put_entity(txn, call.caller.account, Kind::policy, policy);
    PolicyRecord record{arn_of(call.caller.account, Kind::policy, policy),
                        text_of(policy, "Name"),
                        "v1",
                        document,
                        false,
                        false,
                        policy};
    Json view = policy_view(record, {});
    set_tags(view, tags);
    return Json{{"Policy", view}};
  });
}

Result<Json> get_policy(State& state, Call& call) {
  const std::string arn = text_of(call.input, "PolicyArn");
  TRY_VOID(check_policy_arn(arn));
  const auto policy = find_policy(state.store(), arn);
  if (!policy) return no_such(Kind::policy, arn);
  const PolicyUse use = policy_use(state.store(), call.caller.account, arn);
  Json view;
  if (const auto* known = access::find_managed_policy(arn)) {
    view = aws_policy_view(*known, use);
    view["Description"] = known->description;
    view["Tags"] = Json::array();
  } else if (policy->unknown) {
    const std::string path = parse_policy_arn(arn)->path;
    view = aws_policy_view(
        {policy->name.c_str(), path.c_str(), "", "v1", "2015-02-06T18:40:00Z", "2015-02-06T18:40:00Z", "", ""}, use);
    view["Tags"] = Json::array();
  } else {
    view = policy_view(*policy, use);
    if (const auto description = optional_text(policy->stored, "Description")) view["Description"] = *description;
    view["Tags"] = policy->stored.contains("Tags") ? policy->stored["Tags"] : Json::array();
  }
  return Json{{"Policy", view}};
}

Result<Json> delete_policy(State& state, Call& call) {
  const std::string arn = text_of(call.input, "PolicyArn");
  TRY_VOID(check_policy_arn(arn));
  if (access::is_aws_managed(arn)) return AwsError(errors::access_denied, "Cannot delete an AWS managed policy.");
  return state.write([&](Txn& txn) -> Result<Json> {
    const auto policy = find_policy(txn, arn);
    if (!policy || parse_policy_arn(arn)->account != call.caller.account) return no_such(Kind::policy, arn);
    const PolicyUse use = policy_use(txn, call.caller.account, arn);
    if (use.attachments + use.boundaries > 0) {
      return AwsError(errors::delete_conflict, "Cannot delete a policy attached to entities.");
    }
    if (policy->stored["Versions"].size() > 1) {
      return AwsError(errors::delete_conflict,
                      "This policy has more than one version. Before you delete a policy, you must delete the policy's "
                      "versions. The default version is deleted with the policy.");
    }
    erase_entity(txn, call.caller.account, Kind::policy, policy->name);
    return Json(nullptr);
  });
}

Result<Json> list_policies(State& state, Call& call) {
  TRY(const Pager page, page_in(call));
  const std::string scope = text_of(call.input, "Scope", "All"), prefix = text_of(call.input, "PathPrefix", "/");
  const bool only_attached = flag_in(call.input, "OnlyAttached", false);
  const bool only_boundaries = text_of(call.input, "PolicyUsageFilter") == "PermissionsBoundary";
  const std::string& account = call.caller.account;
  std::vector<std::pair<std::string, Json>> items;
  const auto add = [&](const std::string& key, const std::string& path, Json view) {
    if (!path.starts_with(prefix)) return;
    if (only_attached && view["AttachmentCount"] == 0) return;
    if (only_boundaries && view["PermissionsBoundaryUsageCount"] == 0) return;
    items.emplace_back(key, std::move(view));
  };
  // Counted once for all, not once per policy.
  std::map<std::string, PolicyUse> uses;
  for (const Kind kind : {Kind::user, Kind::group, Kind::role}) {
    each_entity(state.store(), account, kind, [&uses](const Json& document) {
      for (const std::string& attached : texts_in(document, "Attached")) ++uses[attached].attachments;
      if (const auto boundary = optional_text(document, "Boundary")) ++uses[*boundary].boundaries;
      return true;
    });
  }
  if (scope != "AWS") {
    each_entity(state.store(), account, Kind::policy, [&](Json policy) {
      const std::string arn = arn_of(account, Kind::policy, policy), path = text_of(policy, "Path");
      PolicyRecord record{arn,   text_of(policy, "Name"), text_of(policy, "Default"), "", false,
                          false, std::move(policy)};
      add("0" + to_lower(record.name), path, policy_view(record, uses[arn]));
      return true;
    });
  }
  if (scope != "Local") {
    for (const auto& policy : access::managed_policies()) {
      add("1" + std::string(policy.name), policy.path, aws_policy_view(policy, uses[policy.arn()]));
    }
  }
  return paged("Policies", items, page);
}

Result<Json> list_entities_for_policy(State& state, Call& call) {
  const std::string arn = text_of(call.input, "PolicyArn");
  TRY_VOID(check_policy_arn(arn));
  TRY(Pager page, page_in(call));
  if (!find_policy(state.store(), arn)) return no_such(Kind::policy, arn);
  const std::string filter = text_of(call.input, "EntityFilter"), prefix = text_of(call.input, "PathPrefix", "/");
  const bool boundary = text_of(call.input, "PolicyUsageFilter") == "PermissionsBoundary";
  Json answer = {{"PolicyGroups", Json::array()}, {"PolicyUsers", Json::array()}, {"PolicyRoles", Json::array()}};
  for (const Kind kind : {Kind::group, Kind::role, Kind::user}) {  // in the order of their names
    const std::string member = words(kind).member;
    if (!filter.empty() && filter != member) continue;
    each_entity(state.store(), call.caller.account, kind, [&](const Json& document) {
      bool uses = boundary && text_of(document, "Boundary") == arn;
      if (!boundary) {
        for (const std::string& attached : texts_in(document, "Attached")) uses = uses || attached == arn;
      }
      const bool wanted = uses && text_of(document, "Path").starts_with(prefix);
      if (wanted && page.takes(member + " " + to_lower(text_of(document, "Name")))) {
        answer["Policy" + member + "s"].push_back(
            {{member + "Name", text_of(document, "Name")}, {member + "Id", text_of(document, "Id")}});
      }
      return true;
    });
  }
  end_page(page, answer);
  return answer;
}

}  // namespace

Operations policy_operations(State& state) {
  using protocol::optional, protocol::required, protocol::string, protocol::any;
  const Member arn = required("PolicyArn", string().length(20, 2048));
  return {
      operation(state, "CreatePolicy",
                {required("PolicyName", name_shape(Kind::policy)), optional("Path", string().length(1, 512)),
                 required("PolicyDocument", string().length(1, 131072)),
                 optional("Description", string().length(0, 1000)), optional("Tags", any())},
                on_entity(Kind::policy), create_policy),
      operation(state, "GetPolicy", {arn}, on_policy_arn(), get_policy),
      operation(state, "DeletePolicy", {arn}, on_policy_arn(), delete_policy),
      operation(state, "ListPolicies",
                {optional("Scope", string().one_of({"All", "AWS", "Local"})), path_prefix(), page_marker(), page_size(),
                 optional("PolicyUsageFilter", string().one_of({"PermissionsPolicy", "PermissionsBoundary"}))},
                on_anything(), list_policies),
      operation(state, "ListEntitiesForPolicy",
                {arn,
                 optional("EntityFilter",
                          string().one_of({"User", "Role", "Group", "LocalManagedPolicy", "AWSManagedPolicy"})),
                 path_prefix(), page_marker(), page_size()},
                on_policy_arn(), list_entities_for_policy),
  };
}

}  // namespace millrace::iam
