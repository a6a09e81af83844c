#include "emulator/services/iam/decisions.h"

#include "emulator/base/arn.h"
#include "emulator/base/log.h"

namespace millrace::iam {

namespace {

bool is_account(std::string_view text) {
  return text.size() == 12 && text.find_first_not_of("0123456789") == std::string_view::npos;
}

/// Where a request goes that no client sent: the region that its resource is in. IAM is in us-east-1 for everybody
/// (unverified for what services ask of it).
std::string region_of(const access::Request& request, const std::optional<Arn>& resource) {
  if (resource && !resource->region.empty()) return resource->region;
  return request.action.starts_with("iam:") ? "us-east-1" : "";
}

std::string owner_of(const access::Request& request, const std::optional<Arn>& resource, const access::Caller& caller) {
  if (!request.resource_account.empty()) return request.resource_account;
  if (resource && is_account(resource->account)) return resource->account;
  return caller.account;
}

}  // namespace

void Decisions::complete(access::Request& request, const access::Caller& caller,
                         const access::RequestContext& held) const {
  access::RequestContext& context = request.context;
  context.insert(held.begin(), held.end());
  const auto put = [&context](const char* key, std::string value) {
    if (!value.empty()) context.try_emplace(key, std::vector<std::string>{std::move(value)});
  };
  const auto resource = Arn::parse(request.resource);
  put("aws:requestedregion", region_of(request, resource));
  put("aws:resourceaccount", owner_of(request, resource, caller));
  const Millis now = state_.now();
  put("aws:currenttime", iso_seconds(now));
  put("aws:epochtime", std::to_string(now / 1000));
  // The emulator stands for HTTPS endpoints: a policy that refuses plain HTTP must not refuse everything here.
  put("aws:securetransport", "true");
  const auto via = context.find("aws:calledvia");
  const bool chained = via != context.end() && !via->second.empty();
  put("aws:viaawsservice", chained ? "true" : "false");
  if (chained) {
    put("aws:calledviafirst", via->second.front());
    put("aws:calledvialast", via->second.back());
  }
  access::add_caller_keys(caller, context);
}

std::shared_ptr<const access::Policy> Decisions::resource_policy(const std::string& text, access::DocumentKind kind,
                                                                 const std::string& resource) {
  if (text.empty()) return nullptr;
  // A text means the same under every generation.
  if (auto known = resource_policies_.get(text, 0)) return *known;
  auto parsed = access::parse_shared_policy(text, kind);
  if (parsed.has_error()) log::warning("IAM: the policy of " + resource + " can't be read: " + parsed.error().message);
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
  // What is refused counts in every mode: the audit tells which statements are missing.
  if (state_.mode != Mode::audit && verdict.allowed) return verdict;
  const std::string& principal = caller.kind == access::CallerKind::role_session ? caller.issuer_arn : caller.arn;
  audit_.record(principal.empty() ? "anonymous" : principal, request.action, request.resource, verdict.allowed,
                verdict.allowed ? "" : access::denial_message(caller, request, decision), state_.now());
  if (state_.mode == Mode::audit) verdict.allowed = true;
  return verdict;
}

}  // namespace millrace::iam
