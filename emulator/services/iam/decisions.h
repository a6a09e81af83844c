#pragma once
// The one place where the room asks the evaluator: global condition keys, parsed resource policies, the
// audit.

#include "emulator/access/denial.h"
#include "emulator/services/iam/principals.h"

namespace millrace::iam {

struct Verdict {
  bool allowed = true;
  std::string reason;  // "because no identity-based policy allows the x action"
  access::Decision::Outcome outcome = access::Decision::Outcome::allowed;
  access::PolicyKind kind = access::PolicyKind::identity;
};

/// What the policy of what a request is about means there. A key's policy must let the caller in, or the account whose
/// policies then count; only an account's own root isn't locked out of its keys.
inline access::ResourcePolicyRule rule_for(const access::Request& request, const access::Caller& caller) {
  const bool is_key = request.action.starts_with("kms:") && request.resource.find(":key/") != std::string::npos;
  return is_key && caller.kind != access::CallerKind::root ? access::ResourcePolicyRule::required
                                                           : access::ResourcePolicyRule::may_grant;
}

class Decisions {
 public:
  Decisions(State& state, AccessAudit& audit) : state_(state), audit_(audit) {}

  /// Decides; in audit mode what would be denied is recorded and allowed.
  Verdict decide(const access::Caller& caller, const access::PrincipalPolicies& policies,
                 const access::PolicySource* resource_policy, const access::Request& request,
                 access::ResourcePolicyRule rule = access::ResourcePolicyRule::may_grant);

  /// The policy of `resource`, parsed once; nullptr if there is none or it can't be read (it then grants and denies
  /// nothing, and the log names the resource).
  std::shared_ptr<const access::Policy> resource_policy(const std::string& text, access::DocumentKind kind,
                                                        const std::string& resource);

  /// Puts every key that AWS puts into every request into its context: RequestedRegion, ResourceAccount, CurrentTime,
  /// EpochTime, SecureTransport, ViaAWSService and the CalledVia family, the caller's keys and `held`, what the caller's
  /// session and tags say. The one builder, for clients' requests and for what services ask for themselves. What is
  /// there stays: the service's own keys, and the client's (protocol/client_keys.h).
  void complete(access::Request& request, const access::Caller& caller, const access::RequestContext& held = {}) const;

 private:
  State& state_;
  AccessAudit& audit_;
  GenerationCache<std::shared_ptr<const access::Policy>> resource_policies_{512};
};

}  // namespace millrace::iam
