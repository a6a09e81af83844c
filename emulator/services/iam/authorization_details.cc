// GetAccountAuthorizationDetails: everything that decides about access, in one answer.

#include "emulator/base/encoding.h"
#include "emulator/services/iam/operations.h"
#include "emulator/services/iam/policies.h"

namespace millrace::iam {
namespace {

Json inline_list(const Json& entity) {
  Json list = Json::array();
  if (const Json* held = find(entity, "Inline")) {
    for (const auto& [name, document] : held->items()) {
      list.push_back({{"PolicyName", name}, {"PolicyDocument", encoded(document.get<std::string>())}});
    }
  }
  return list;
}

Json attached_list(const Json& entity) {
  Json list = Json::array();
  for (const std::string& arn : texts_in(entity, "Attached")) {
    if (const auto parsed = parse_policy_arn(arn)) list.push_back({{"PolicyName", parsed->name}, {"PolicyArn", arn}});
  }
  return list;
}

Json user_detail(const std::string& account, const Json& user) {
  Json view = user_view(account, user, true);
  view["UserPolicyList"] = inline_list(user);
  view["GroupList"] = texts_in(user, "Groups");
  view["AttachedManagedPolicies"] = attached_list(user);
  return view;
}

Json group_detail(const std::string& account, const Json& group) {
  Json view = group_view(account, group);
  view["GroupPolicyList"] = inline_list(group);
  view["AttachedManagedPolicies"] = attached_list(group);
  return view;
}

Json role_detail(const State& state, const Reader& reader, const std::string& account, const Json& role) {
  Json view = full_role_view(state, account, role);
  view.erase("MaxSessionDuration");
  view.erase("Description");
  view["RolePolicyList"] = inline_list(role);
  view["AttachedManagedPolicies"] = attached_list(role);
  view["InstanceProfileList"] = Json::array();
  each_entity(reader, account, Kind::instance_profile, [&](const Json& profile) {
    const auto roles = texts_in(profile, "Roles");
    if (std::find(roles.begin(), roles.end(), text_of(role, "Name")) != roles.end()) {
      view["InstanceProfileList"].push_back(instance_profile_view(reader, account, profile, false));
    }
    return true;
  });
  return view;
}

Json versions_of(const Json& policy) {
  Json list = Json::array();
  for (const Json& version : policy["Versions"]) {
    list.push_back({{"Document", encoded(text_of(version, "Document"))},
                    {"VersionId", text_of(version, "VersionId")},
                    {"IsDefaultVersion", text_of(version, "VersionId") == text_of(policy, "Default")},
                    {"CreateDate", iso_seconds(int_of(version, "Created"))}});
  }
  return list;
}

Result<Json> details(State& state, Call& call) {
  const std::string& account = call.caller.account;
  TRY(Pager page, page_in(call));
  const std::vector<std::string> filter = texts_in(call.input, "Filter");
  const auto wanted = [&filter](const char* word) {
    return filter.empty() || std::find(filter.begin(), filter.end(), word) != filter.end();
  };
  // One sequence of all entities, so that pages may end anywhere in it: "<list> <sort key>".
  std::vector<std::pair<std::string, Json>> items;
  const auto add = [&items](const char* list, const std::string& name, Json view) {
    items.emplace_back(std::string(list) + " " + to_lower(name), std::move(view));
  };
  const Reader& reader = state.store();
  std::map<std::string, PolicyUse> uses;
  for (const Kind kind : {Kind::group, Kind::role, Kind::user}) {
    each_entity(reader, account, kind, [&](const Json& entity) {
      const std::string name = text_of(entity, "Name");
      for (const std::string& arn : texts_in(entity, "Attached")) ++uses[arn].attachments;
      if (const auto boundary = optional_text(entity, "Boundary")) ++uses[*boundary].boundaries;
      if (kind == Kind::group && wanted("Group")) add("GroupDetailList", name, group_detail(account, entity));
      if (kind == Kind::role && wanted("Role"))
        add("RoleDetailList", name, role_detail(state, reader, account, entity));
      if (kind == Kind::user && wanted("User")) add("UserDetailList", name, user_detail(account, entity));
      return true;
    });
  }
  if (wanted("LocalManagedPolicy")) {
    each_entity(reader, account, Kind::policy, [&](const Json& policy) {
      const std::string arn = arn_of(account, Kind::policy, policy);
      Json view =
          policy_view({arn, text_of(policy, "Name"), text_of(policy, "Default"), "", false, false, policy}, uses[arn]);
      view["PolicyVersionList"] = versions_of(policy);
      add("Policies", "0" + text_of(policy, "Name"), std::move(view));
      return true;
    });
  }
  if (wanted("AWSManagedPolicy")) {
    for (const auto& policy : access::managed_policies()) {
      Json view = aws_policy_view(policy, uses[policy.arn()]);
      if (uses[policy.arn()].attachments == 0) continue;  // AWS lists those in use
      view["PolicyVersionList"] = Json::array({{{"Document", encoded(policy.document)},
                                                {"VersionId", policy.default_version},
                                                {"IsDefaultVersion", true},
                                                {"CreateDate", policy.updated}}});
      add("Policies", "1" + std::string(policy.name), std::move(view));
    }
  }
  std::sort(items.begin(), items.end(), [](const auto& a, const auto& b) { return a.first < b.first; });

  Json answer = {{"UserDetailList", Json::array()},
                 {"GroupDetailList", Json::array()},
                 {"RoleDetailList", Json::array()},
                 {"Policies", Json::array()}};
  for (auto& [key, view] : items) {
    if (page.takes(key)) answer[key.substr(0, key.find(' '))].push_back(std::move(view));
  }
  end_page(page, answer);
  return answer;
}

}  // namespace

Operations authorization_details_operations(State& state) {
  return {operation(
      state, "GetAccountAuthorizationDetails",
      {protocol::optional("Filter", protocol::list(protocol::string().one_of(
                                        {"User", "Role", "Group", "LocalManagedPolicy", "AWSManagedPolicy"}))),
       page_marker(), page_size()},
      on_anything(), details)};
}

}  // namespace millrace::iam
