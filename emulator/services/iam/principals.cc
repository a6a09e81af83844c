#include "emulator/services/iam/principals.h"

#include "emulator/base/arn.h"
#include "emulator/base/encoding.h"
#include "emulator/base/log.h"
#include "emulator/services/iam/policies.h"

namespace millrace::iam {
namespace {

void add_policy(std::vector<access::PolicySource>& into, const std::string& document, const std::string& name,
                const std::string& arn, const std::string& owner) {
  auto parsed = access::parse_shared_policy(document, access::DocumentKind::identity);
  if (parsed.has_error()) {
    log::warning("IAM: the stored policy " + name + " can't be read and is left out: " + parsed.error().message);
    return;
  }
  into.push_back({std::move(*parsed), name, arn, owner});
}

void add_entity_policies(const Reader& reader, const std::string& account, Kind kind, const Json& entity,
                         std::vector<access::PolicySource>& into) {
  const std::string owner = arn_of(account, kind, entity);
  if (const Json* held = find(entity, "Inline")) {
    for (const auto& [name, text] : held->items()) add_policy(into, text.get<std::string>(), name, "", owner);
  }
  for (const std::string& arn : texts_in(entity, "Attached")) {
    if (const auto policy = find_policy(reader, arn)) add_policy(into, policy->document, policy->name, arn, owner);
  }
}

void add_tags(const Json& entity, access::RequestContext& context) {
  if (!entity.contains("Tags")) return;
  for (const Json& tag : entity["Tags"]) {
    context["aws:principaltag/" + to_lower(text_of(tag, "Key"))] = {text_of(tag, "Value")};
  }
}

void add_session_policies(const Reader& reader, const Json& session, access::PrincipalPolicies& into) {
  for (const std::string& text : texts_in(session, "Policies")) add_policy(into.session, text, "session", "", "");
  for (const std::string& arn : texts_in(session, "PolicyArns")) {
    if (const auto policy = find_policy(reader, arn)) add_policy(into.session, policy->document, policy->name, arn, "");
  }
  into.has_session_policy = bool_of(session, "HasPolicy");
}

}  // namespace

std::string access_key_key(std::string_view access_key_id) {
  return storage::document_key({"iam-key", access_key_id});
}

std::string session_key(std::string_view access_key_id) {
  return storage::document_key({"iam-session", access_key_id});
}

access::PrincipalPolicies gather_policies(const Reader& reader, const std::string& account, Kind kind,
                                          const Json& document) {
  access::PrincipalPolicies policies;
  add_entity_policies(reader, account, kind, document, policies.identity);
  for (const std::string& name : texts_in(document, "Groups")) {
    if (const auto group = find_entity(reader, account, Kind::group, name)) {
      add_entity_policies(reader, account, Kind::group, *group, policies.identity);
    }
  }
  if (const auto boundary = optional_text(document, "Boundary")) {
    std::vector<access::PolicySource> parsed;
    const auto policy = find_policy(reader, *boundary);
    if (policy) add_policy(parsed, policy->document, policy->name, *boundary, "");
    if (!parsed.empty()) policies.boundary = parsed.front();
  }
  return policies;
}

std::optional<Json> find_role(const Reader& reader, std::string_view role_arn) {
  const auto arn = Arn::parse(role_arn);
  if (!arn || arn->service != "iam" || !arn->resource.starts_with("role/")) return std::nullopt;
  auto role = find_entity(reader, arn->account, Kind::role, arn->resource.substr(arn->resource.rfind('/') + 1));
  if (!role || arn_of(arn->account, Kind::role, *role) != role_arn) return std::nullopt;
  return role;
}

access::Caller Principals::root_of(const std::string& account) {
  return {access::CallerKind::root, account, make_arn("iam", "", account, "root"), "", account, ""};
}

std::shared_ptr<const Principal> Principals::of_key(const std::string& access_key_id) {
  const uint64_t generation = state_.generation;
  if (auto known = keys_.get(access_key_id, generation)) return *known;
  auto principal = access_key_id.starts_with("ASIA") ? read_session(access_key_id) : read_key(access_key_id);
  keys_.put(access_key_id, generation, principal);
  return principal;
}

std::shared_ptr<const Principal> Principals::of_role(const std::string& role_arn) {
  const uint64_t generation = state_.generation;
  if (auto known = roles_.get(role_arn, generation)) return *known;
  auto principal = read_role(role_arn);
  roles_.put(role_arn, generation, principal);
  return principal;
}

std::shared_ptr<const Principal> Principals::read_key(const std::string& access_key_id) {
  const auto key = storage::get_document(state_.store(), access_key_key(access_key_id));
  if (!key) return nullptr;
  auto principal = std::make_shared<Principal>();
  const std::string account = text_of(*key, "Account"), name = text_of(*key, "User");
  const auto user = find_entity(state_.store(), account, Kind::user, name);
  if (!user) return nullptr;
  principal->long_term = true;
  principal->caller = {access::CallerKind::user, account, arn_of(account, Kind::user, *user), "",
                       text_of(*user, "Id"),     name};
  principal->key = {text_of(*key, "Secret"),
                    "",
                    account,
                    principal->caller.arn,
                    principal->caller.unique_id,
                    0,
                    text_of(*key, "Status") == "Active"};
  principal->policies = gather_policies(state_.store(), account, Kind::user, *user);
  add_tags(*user, principal->context);
  return principal;
}

std::shared_ptr<const Principal> Principals::read_session(const std::string& access_key_id) {
  auto session = storage::get_document(state_.store(), session_key(access_key_id));
  if (!session) return nullptr;
  auto principal = std::make_shared<Principal>();
  const std::string account = text_of(*session, "Account"), kind = text_of(*session, "Kind");
  access::Caller& caller = principal->caller;
  caller.account = account;
  caller.arn = text_of(*session, "Arn");
  caller.unique_id = text_of(*session, "UserId");
  if (kind == "role") {
    caller.kind = access::CallerKind::role_session;
    caller.issuer_arn = text_of(*session, "RoleArn");
    const auto role = find_role(state_.store(), caller.issuer_arn);
    // The role's id is part of the session's: a role made anew under the old name doesn't revive old
    // sessions.
    if (role && caller.unique_id.starts_with(text_of(*role, "Id") + ":")) {
      principal->role_name = text_of(*role, "Name");
      principal->policies = gather_policies(state_.store(), account, Kind::role, *role);
      add_tags(*role, principal->context);
    }
  } else if (kind == "root") {
    caller = Principals::root_of(account);
  } else {
    const std::string name = text_of(*session, "User");
    const auto user = find_entity(state_.store(), account, Kind::user, name);
    if (user) {
      principal->policies = gather_policies(state_.store(), account, Kind::user, *user);
      add_tags(*user, principal->context);
    }
    caller.kind = kind == "federated" ? access::CallerKind::federated_user : access::CallerKind::user;
    if (kind == "federated") {
      caller.issuer_arn = user ? arn_of(account, Kind::user, *user) : root_of(account).arn;
    } else {
      caller.user_name = name;
    }
    if (kind == "federated" && name.empty()) {  // by the account's root: the session policies alone decide
      add_policy(principal->policies.identity,
                 R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]})", "root", "",
                 "");
    }
  }
  add_session_policies(state_.store(), *session, principal->policies);
  if (session->contains("Tags")) add_tags(*session, principal->context);
  principal->context["aws:tokenissuetime"] = {iso_seconds(int_of(*session, "Issued"))};
  principal->context["aws:multifactorauthpresent"] = {"false"};
  if (const auto identity = optional_text(*session, "SourceIdentity"))
    principal->context["aws:sourceidentity"] = {*identity};
  if (const auto function = optional_text(*session, "FunctionArn"))
    principal->context["lambda:sourcefunctionarn"] = {*function};
  principal->key = {text_of(*session, "Secret"),
                    text_of(*session, "Token"),
                    account,
                    caller.arn,
                    caller.unique_id,
                    int_of(*session, "Expires"),
                    true};
  principal->session = std::move(*session);
  return principal;
}

std::shared_ptr<const Principal> Principals::read_role(const std::string& role_arn) {
  const auto role = find_role(state_.store(), role_arn);
  if (!role) return nullptr;
  auto principal = std::make_shared<Principal>();
  const std::string account = Arn::parse(role_arn)->account;
  principal->role_name = text_of(*role, "Name");
  principal->caller = {access::CallerKind::role_session,
                       account,
                       make_arn("sts", "", account, "assumed-role/" + principal->role_name + "/service"),
                       role_arn,
                       text_of(*role, "Id") + ":service",
                       ""};
  principal->policies = gather_policies(state_.store(), account, Kind::role, *role);
  add_tags(*role, principal->context);
  return principal;
}

}  // namespace millrace::iam
