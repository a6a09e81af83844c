#include "emulator/services/iam/identity.h"

#include "emulator/protocol/client_keys.h"

namespace millrace::iam {
std::optional<protocol::IssuedKey> IamIdentity::find_key(const std::string& access_key_id) {
  const auto principal = principals_.of_key(access_key_id);
  if (!principal) return std::nullopt;
  return principal->key;
}

void IamIdentity::note_use(const Call& call, const Principal& principal, const std::string& action) {
  const std::string service = action.substr(0, action.find(':'));
  const std::string& region = call.caller.region;
  const std::string& id = principal.caller.unique_id;  // "AIDA..." or "AROA...:session"
  if (principal.long_term) state_.uses.note(call.caller.access_key_id, region, service);
  if (principal.caller.kind == access::CallerKind::user) state_.uses.note_service(id, region, service);
  if (principal.role_name.empty()) return;
  const std::string role_id = id.substr(0, id.find(':'));
  state_.uses.note(role_id, region, service);
  state_.uses.note_service(role_id, region, service);
}

std::optional<protocol::Denial> IamIdentity::authorize(const Call& call, const protocol::AccessNeeds& needs) {
  static const Principal kNobody;
  const auto principal = call.caller.anonymous ? nullptr : principals_.of_key(call.caller.access_key_id);
  if (principal && !needs.empty()) note_use(call, *principal, needs.front().action);
  if (state_.mode == Mode::off) return std::nullopt;
  access::Caller caller;
  if (principal) {
    caller = principal->caller;
  } else if (!call.caller.anonymous) {
    caller = Principals::root_of(call.caller.account);
  }
  const Principal& held = principal ? *principal : kNobody;
  for (const AccessNeed& need : needs) {
    ports::Resource named{need.resource_account, need.resource_policy};
    if (named.account.empty() && named.policy.empty()) named = resources_.of(need.resource, caller.account);
    if (access::trivially_allowed(caller, !named.policy.empty(), named.account) && !held.policies.has_session_policy) {
      continue;
    }
    access::Request request{need.action, need.resource, named.account, need.context};
    request.context.merge(protocol::client_keys(call));
    decisions_.complete(request, caller, held.context);
    access::PolicySource source;
    if (!named.policy.empty()) {
      source.policy = decisions_.resource_policy(named.policy, access::DocumentKind::resource, need.resource);
    }
    const Verdict verdict =
        decisions_.decide(caller, held.policies, source.policy ? &source : nullptr, request, rule_for(request, caller));
    if (!verdict.allowed) return protocol::Denial{caller.arn, need.action, need.resource, verdict.reason};
  }
  return std::nullopt;
}

}  // namespace millrace::iam
