#include "emulator/services/iam/decisions.h"

#include "emulator/base/log.h"

namespace millrace::iam {

void Decisions::add_global_keys(const access::Caller& caller, access::RequestContext& context) const {
  const Millis now = state_.now();
  context.try_emplace("aws:currenttime", std::vector<std::string>{iso_seconds(now)});
  context.try_emplace("aws:epochtime", std::vector<std::string>{std::to_string(now / 1000)});
  // The emulator stands for HTTPS endpoints: a policy that refuses plain HTTP must not refuse everything
  // here.
  context.try_emplace("aws:securetransport", std::vector<std::string>{"true"});
  context.try_emplace("aws:viaawsservice", std::vector<std::string>{"false"});
  access::add_caller_keys(caller, context);
}

std::shared_ptr<const access::Policy> Decisions::resource_policy(const std::string& text, access::DocumentKind kind) {
  // A text means the same under every generation.
  if (auto known = resource_policies_.get(text, 0)) return *known;
  auto parsed = access::parse_shared_policy(text, kind);
  if (parsed.has_error()) log::warning("IAM: a resource's policy can't be read: " + parsed.error().message);
  std::shared_ptr<const access::Policy> policy = parsed.has_error() ? nullptr : std::move(*parsed);
  resource_policies_.put(text, 0, policy);
  return policy;
}

Verdict Decisions::decide(const access::Caller& caller, const access::PrincipalPolicies& policies,
                          const access::PolicySource* resource_policy, const access::Request& request,
                          access::ResourcePolicyRule rule) {
  const access::Decision decision = access::evaluate(caller, policies, resource_policy, request, rule);
  Verdict verdict{decision.allowed(), "", decision.outcome, decision.kind};
  if (!verdict.allowed) verdict.reason = access::denial_reason(request, decision);
  if (state_.mode != Mode::audit) return verdict;
  const std::string& principal = caller.kind == access::CallerKind::role_session ? caller.issuer_arn : caller.arn;
  audit_.record(principal.empty() ? "anonymous" : principal, request.action, request.resource, verdict.allowed,
                verdict.allowed ? "" : access::denial_message(caller, request, decision), state_.now());
  verdict.allowed = true;
  return verdict;
}

}  // namespace millrace::iam
