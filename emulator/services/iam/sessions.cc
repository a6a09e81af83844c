#include "emulator/services/iam/sessions.h"

#include "emulator/base/arn.h"
#include "emulator/base/encoding.h"
#include "emulator/services/iam/policies.h"

namespace millrace::iam {
namespace {

constexpr ErrorKind kInvalidParameterValue{"InvalidParameterValue", 400};
constexpr ErrorKind kInvalidIdentityToken{"InvalidIdentityToken", 400};
constexpr int64_t kChainedDurationMax = 3600;
constexpr int64_t kRootDurationMax = 3600;

AwsError not_authorized(const std::string& who, const std::string& action, const std::string& resource,
                        const std::string& reason = {}) {
  std::string text = "User: " + who + " is not authorized to perform: " + action + " on resource: " + resource;
  if (!reason.empty()) text += " " + reason;
  return {errors::access_denied, std::move(text)};
}

/// Condition keys that the request itself brings.
access::RequestContext request_keys(const ports::SessionRequest& request) {
  access::RequestContext context = request.context;
  const auto put = [&context](const char* key, const std::string& value) {
    if (!value.empty()) context[key] = {value};
  };
  put("sts:rolesessionname", request.session_name);
  put("sts:externalid", request.external_id);
  put("sts:sourceidentity", request.source_identity);
  std::vector<std::string> keys;
  for (const auto& [key, value] : request.tags) {
    keys.push_back(key);
    context["aws:requesttag/" + to_lower(key)] = {value};
  }
  if (!keys.empty()) context["aws:tagkeys"] = keys;
  if (!request.transitive_tag_keys.empty()) context["sts:transitivetagkeys"] = request.transitive_tag_keys;
  return context;
}

/// The tags a chained session passes on.
Json transitive_tags(const Json& session) {
  Json passed = Json::array();
  if (!session.is_object() || !session.contains("Tags")) return passed;
  for (const Json& tag : session["Tags"]) {
    for (const std::string& key : texts_in(session, "Transitive")) {
      if (equals_ignore_case(text_of(tag, "Key"), key)) passed.push_back(tag);
    }
  }
  return passed;
}

Result<void> check_inherited(const Json& inherited, const ports::SessionRequest& request) {
  for (const Json& tag : inherited) {
    for (const auto& [key, value] : request.tags) {
      if (!equals_ignore_case(key, text_of(tag, "Key"))) continue;
      return AwsError(
          kInvalidParameterValue,
          "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag "
          "key from the calling session.");
    }
  }
  return {};
}

/// What AWS takes for an ARN before it looks for what it names: others are invalid, not denied.
bool is_well_formed(const std::optional<Arn>& arn) {
  // unverified: how much of it AWS looks at
  return arn && (arn->partition == "aws" || arn->partition.starts_with("aws-")) && !arn->service.empty() &&
         !arn->resource.empty();
}

}  // namespace

Result<void> IamSessions::check_trust(const access::Caller& caller, const Principal* principal, const Json& role,
                                      const std::string& action, const std::string& role_arn,
                                      access::RequestContext context) {
  if (state_.mode == Mode::off) return {};
  access::PolicySource trust;
  trust.policy = decisions_.resource_policy(text_of(role, "Trust"), access::DocumentKind::trust, role_arn);
  static const Principal kNobody;
  const Principal& held = principal ? *principal : kNobody;
  access::Request request{action, role_arn, Arn::parse(role_arn)->account, std::move(context)};
  if (role.contains("Tags")) {
    for (const Json& tag : role["Tags"]) {
      request.context["aws:resourcetag/" + to_lower(text_of(tag, "Key"))] = {text_of(tag, "Value")};
      request.context["iam:resourcetag/" + to_lower(text_of(tag, "Key"))] = {text_of(tag, "Value")};
    }
  }
  decisions_.complete(request, caller, held.context);
  const Verdict verdict = decisions_.decide(caller, held.policies, trust.policy ? &trust : nullptr, request,
                                            access::ResourcePolicyRule::required);
  if (verdict.allowed) return {};
  if (caller.kind == access::CallerKind::web_identity) {
    return AwsError(errors::access_denied, "Not authorized to perform " + action);
  }
  const bool by_trust = verdict.kind == access::PolicyKind::resource;
  const bool explicitly = verdict.outcome == access::Decision::Outcome::explicit_deny;
  return not_authorized(caller.arn, action, role_arn, by_trust && !explicitly ? "" : verdict.reason);
}

Result<void> IamSessions::check_session(const access::Caller& caller, const Principal* principal, const Json& role,
                                        const std::string& action, const ports::SessionRequest& request,
                                        const access::RequestContext& context) {
  TRY_VOID(check_trust(caller, principal, role, action, request.role_arn, context));
  if (!request.tags.empty()) {
    TRY_VOID(check_trust(caller, principal, role, "sts:TagSession", request.role_arn, context));
  }
  if (!request.source_identity.empty()) {
    TRY_VOID(check_trust(caller, principal, role, "sts:SetSourceIdentity", request.role_arn, context));
  }
  if (request.duration_s > int_of(role, "MaxSession", 3600)) {
    return AwsError(errors::validation,
                    "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.");
  }
  return {};
}

Result<void> IamSessions::check_session_policies(const ports::SessionRequest& request) {
  for (const std::string& policy : request.policies) TRY_VOID(check_identity_policy(policy));
  for (const std::string& arn : request.policy_arns) {
    if (find_policy(state_.store(), arn)) continue;
    return AwsError(errors::no_such_entity,
                    "Policy " + arn + " does not exist or is not attachable.");  // unverified
  }
  return {};
}

Result<ports::Session> IamSessions::assume_role(const ports::SessionCaller& asking,
                                                const ports::SessionRequest& request) {
  const auto principal = principals_.of_key(asking.access_key_id);
  const access::Caller caller = principal ? principal->caller : Principals::root_of(asking.account);
  if (!is_well_formed(Arn::parse(request.role_arn)))
    return AwsError(errors::validation, request.role_arn + " is invalid");
  const auto role = find_role(state_.store(), request.role_arn);
  if (!role) return not_authorized(caller.arn, "sts:AssumeRole", request.role_arn);
  TRY_VOID(check_session_policies(request));
  const Json inherited = principal ? transitive_tags(principal->session) : Json::array();
  TRY_VOID(check_inherited(inherited, request));

  access::RequestContext context = request_keys(request);
  TRY_VOID(check_session(caller, principal.get(), *role, "sts:AssumeRole", request, context));
  if (caller.kind == access::CallerKind::role_session && request.duration_s > kChainedDurationMax) {
    return AwsError(
        errors::validation,
        "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining");
  }
  return store_.create_role_session(request.role_arn, *role, request, inherited);
}

Result<ports::Session> IamSessions::assume_role_with_web_identity(const ports::WebIdentity& identity,
                                                                  const ports::SessionRequest& request) {
  const auto arn = Arn::parse(request.role_arn);
  if (!is_well_formed(arn)) return AwsError(errors::validation, "Request ARN is invalid");
  std::string host = identity.issuer;
  if (host.starts_with("https://")) host = host.substr(8);
  while (host.ends_with('/')) host.pop_back();
  const bool built_in = host == "accounts.google.com" || host == "www.amazon.com" || host == "graph.facebook.com" ||
                        host == "cognito-identity.amazonaws.com";
  const auto provider = find_entity(state_.store(), arn->account, Kind::oidc_provider, host);
  if (!provider && !built_in) {
    return AwsError(kInvalidIdentityToken, "No OpenIDConnect provider found in your account for " + identity.issuer);
  }
  if (provider) {
    const auto audiences = texts_in(*provider, "ClientIds");
    if (std::find(audiences.begin(), audiences.end(), identity.audience) == audiences.end()) {
      return AwsError(kInvalidIdentityToken, "Incorrect token audience");
    }
  }
  const auto role = find_role(state_.store(), request.role_arn);
  if (!role) return AwsError(errors::access_denied, "Not authorized to perform sts:AssumeRoleWithWebIdentity");
  TRY_VOID(check_session_policies(request));
  access::Caller caller;
  caller.kind = access::CallerKind::web_identity;
  caller.arn = provider ? make_arn("iam", "", arn->account, "oidc-provider/" + host) : host;
  access::RequestContext context = request_keys(request);
  const std::string prefix = to_lower(host);
  context[prefix + ":aud"] = {identity.audience};
  context[prefix + ":sub"] = {identity.subject};
  if (!identity.authentication_methods.empty()) context[prefix + ":amr"] = identity.authentication_methods;
  context["aws:federatedprovider"] = {caller.arn};
  TRY_VOID(check_session(caller, nullptr, *role, "sts:AssumeRoleWithWebIdentity", request, context));
  return store_.create_role_session(request.role_arn, *role, request);
}

Result<ports::Session> IamSessions::assume_role_with_saml(const ports::SamlIdentity& identity,
                                                          const ports::SessionRequest& request) {
  const auto arn = Arn::parse(request.role_arn), provider_arn = Arn::parse(identity.provider_arn);
  if (!is_well_formed(arn) || !is_well_formed(provider_arn))
    return AwsError(errors::validation, "Request ARN is invalid");
  const std::string name = identity.provider_arn.substr(identity.provider_arn.rfind('/') + 1);
  const auto provider = find_entity(state_.store(), provider_arn->account, Kind::saml_provider, name);
  if (!provider || !provider_arn->resource.starts_with("saml-provider/"))
    return AwsError(kInvalidIdentityToken, "Specified provider doesn't exist");
  if (text_of(*provider, "Metadata").find("entityID=\"" + identity.issuer + "\"") == std::string::npos)
    return AwsError(kInvalidIdentityToken, "Issuer not present in specified provider");
  const auto role = find_role(state_.store(), request.role_arn);
  if (!role) return AwsError(errors::access_denied, "Not authorized to perform sts:AssumeRoleWithSAML");
  TRY_VOID(check_session_policies(request));
  access::Caller caller;
  caller.kind = access::CallerKind::web_identity;
  caller.arn = identity.provider_arn;
  access::RequestContext context = request_keys(request);
  context["saml:aud"] = {identity.audience};
  context["saml:iss"] = {identity.issuer};
  context["saml:sub"] = {identity.subject};
  context["saml:sub_type"] = {identity.subject_type};
  context["saml:doc"] = {provider_arn->account + "/" + name};
  context["aws:federatedprovider"] = {identity.provider_arn};
  TRY_VOID(check_session(caller, nullptr, *role, "sts:AssumeRoleWithSAML", request, context));
  return store_.create_role_session(request.role_arn, *role, request);
}

Result<ports::Session> IamSessions::session_token(const ports::SessionCaller& asking,
                                                  const ports::SessionRequest& request) {
  const auto principal = principals_.of_key(asking.access_key_id);
  if (principal && !principal->long_term) {
    return AwsError(errors::access_denied, "Cannot call GetSessionToken with session credentials");
  }
  Json document = Json::object();
  document["Account"] = asking.account;
  document["Kind"] = principal ? "user" : "root";
  document["Arn"] = asking.principal_arn;
  document["UserId"] = asking.user_id;
  if (principal) document["User"] = principal->caller.user_name;
  int64_t duration = request.duration_s > 0 ? request.duration_s : 43200;
  if (!principal) duration = std::min(duration, kRootDurationMax);
  return store_.create(std::move(document), request, duration);
}

Result<ports::Session> IamSessions::federation_token(const ports::SessionCaller& asking,
                                                     const ports::SessionRequest& request) {
  const auto principal = principals_.of_key(asking.access_key_id);
  if (principal && !principal->long_term) {
    return AwsError(errors::access_denied, "Cannot call GetFederationToken with session credentials");
  }
  TRY_VOID(check_session_policies(request));
  Json document = Json::object();
  document["Account"] = asking.account;
  document["Kind"] = "federated";
  document["Arn"] = make_arn("sts", "", asking.account, "federated-user/" + request.session_name);
  document["UserId"] = asking.account + ":" + request.session_name;
  if (principal) document["User"] = principal->caller.user_name;
  document["HasPolicy"] = true;  // without session policies a federated user may do nothing
  if (!request.tags.empty()) {
    Json tags = Json::array();
    for (const auto& [key, value] : request.tags) tags.push_back({{"Key", key}, {"Value", value}});
    document["Tags"] = std::move(tags);
  }
  int64_t duration = request.duration_s > 0 ? request.duration_s : 43200;
  if (!principal) duration = std::min(duration, kRootDurationMax);
  return store_.create(std::move(document), request, duration);
}

std::optional<std::string> IamSessions::account_of_key(const std::string& access_key_id) {
  const auto principal = principals_.of_key(access_key_id);
  if (!principal) return std::nullopt;
  return principal->caller.account;
}

// No service here encodes its refusals (EC2 and its like do), so no text can be one of ours.
std::optional<std::string> IamSessions::decode_authorization_message(const std::string&) {
  return std::nullopt;
}

}  // namespace millrace::iam
