#include "emulator/services/iam/authority.h"

#include "emulator/base/arn.h"

namespace millrace::iam {

bool RoleAuthority::role_may(const std::string& role_arn, const std::string& action, const std::string& resource,
                             const ports::RequestContext& context) {
  if (state_.mode == Mode::off) return true;
  const auto role = principals_.of_role(role_arn);
  if (!role) return false;
  const ports::Resource named = resources_.of(resource, role->caller.account);
  access::Request request{action, resource, named.account, context};
  decisions_.complete(request, role->caller, role->context);
  access::PolicySource source;
  if (!named.policy.empty())
    source.policy = decisions_.resource_policy(named.policy, access::DocumentKind::resource, resource);
  return decisions_
      .decide(role->caller, role->policies, source.policy ? &source : nullptr, request, rule_for(request, role->caller))
      .allowed;
}

bool RoleAuthority::role_trusts_service(const std::string& role_arn, const std::string& service,
                                        const std::string& source_arn) {
  const auto role = find_role(state_.store(), role_arn);
  if (!role) return false;
  if (state_.mode == Mode::off) return true;
  const access::PolicySource trust{
      decisions_.resource_policy(text_of(*role, "Trust"), access::DocumentKind::trust, role_arn), "", "", ""};
  if (!trust.policy) return false;
  const access::Caller caller{access::CallerKind::service, "", service, "", "", ""};
  access::Request request{"sts:AssumeRole", role_arn, Arn::parse(role_arn)->account, {}};
  request.context["aws:sourceaccount"] = {request.resource_account};  // the service acts for the role's own account
  if (!source_arn.empty()) request.context["aws:sourcearn"] = {source_arn};
  decisions_.complete(request, caller);
  return access::evaluate(caller, {}, &trust, request, access::ResourcePolicyRule::required).allowed();
}

Result<ports::Credentials> RoleAuthority::assume_for_service(const std::string& role_arn,
                                                             const std::string& session_name, int duration_s,
                                                             const std::string& function_arn) {
  const auto role = find_role(state_.store(), role_arn);
  if (!role) return AwsError(errors::access_denied, "The role " + role_arn + " cannot be assumed.");
  ports::SessionRequest request;
  request.session_name = session_name;
  request.duration_s = duration_s;
  request.function_arn = function_arn;
  TRY(auto session, sessions_.create_role_session(role_arn, *role, request));
  return std::move(session.credentials);
}

bool RoleAuthority::resource_policy_allows_service(const std::string& policy, const std::string& service,
                                                   const std::string& action, const std::string& resource,
                                                   const ports::RequestContext& context) {
  if (state_.mode == Mode::off) return true;
  const access::PolicySource source{decisions_.resource_policy(policy, access::DocumentKind::resource, resource), "",
                                    "", ""};
  if (!source.policy) return false;
  const access::Caller caller{access::CallerKind::service, "", service, "", "", ""};
  access::Request request{action, resource, "", context};
  decisions_.complete(request, caller);
  return decisions_.decide(caller, {}, &source, request).allowed;
}

}  // namespace millrace::iam
