#include "emulator/access/evaluator.h"

#include <set>

#include "emulator/access/condition.h"
#include "emulator/base/account.h"
#include "emulator/base/encoding.h"

namespace millrace::access {
namespace {

/// How a Principal element names the caller; what an Allow is worth depends on it.
enum class Named {
  no,
  account,   // by its account, or the account's root: delegates to that account's identity policies
  issuer,    // by the role of a session, the user of a federated user
  exactly,   // by its own ARN or id
  everyone,  // "*"
};

/// "arn:aws:iam::<account>:root" or the 12 digits themselves.
bool names_account(std::string_view value, std::string_view account) {
  if (account.empty()) return false;
  if (is_account_id(value)) return value == account;
  if (!value.starts_with("arn:") || !value.ends_with(":root")) return false;
  const size_t service = value.find(":iam::");
  return service != std::string_view::npos && value.substr(service + 6, value.size() - service - 11) == account;
}

Named names(const PrincipalEntry& entry, const Caller& caller) {
  const std::string& value = entry.value;
  switch (entry.type) {
    case PrincipalEntry::Type::service:
      return caller.kind == CallerKind::service && value == caller.arn ? Named::exactly : Named::no;
    case PrincipalEntry::Type::federated:
      return caller.kind == CallerKind::web_identity && value == caller.arn ? Named::exactly : Named::no;
    case PrincipalEntry::Type::canonical_user:
      // unverified: the emulator gives an account's canonical id as the SHA-256 of its number.
      return !caller.account.empty() && value == to_hex(sha256(caller.account)) ? Named::account : Named::no;
    case PrincipalEntry::Type::aws: break;
  }
  if (value == "*") return Named::everyone;
  if (caller.kind == CallerKind::anonymous || caller.kind == CallerKind::service ||
      caller.kind == CallerKind::web_identity) {
    return Named::no;
  }
  if (value == caller.arn || value == caller.unique_id) return Named::exactly;
  if (!caller.issuer_arn.empty() && value == caller.issuer_arn) return Named::issuer;
  // A stored trust policy names a role or user by its unique id once the entity is gone: "AROA..." of
  // "AROA...:s".
  if (caller.kind == CallerKind::role_session && !value.empty() && !value.starts_with("arn:") &&
      caller.unique_id.starts_with(value + ":")) {
    return Named::issuer;
  }
  if (names_account(value, caller.account)) {
    return caller.kind == CallerKind::root ? Named::exactly : Named::account;
  }
  return Named::no;
}

/// For NotPrincipal: everyone whom the element doesn't name. Naming an account or a role exempts its users
/// and sessions here. unverified: some services want each of them listed.
Named names(const PrincipalElement& element, const Caller& caller) {
  Named best = Named::no;
  for (const PrincipalEntry& entry : element.entries) best = std::max(best, names(entry, caller));
  if (!element.negated) return best;
  return best == Named::no ? Named::everyone : Named::no;
}

bool action_applies(const Statement& statement, const std::string& action) {
  bool any = false;
  for (size_t i = 0; i < statement.actions.size() && !any; ++i) any = glob(statement.actions[i], action);
  return any != statement.not_action;
}

bool resource_applies(const Statement& statement, const Request& request) {
  if (statement.resources.empty()) return true;
  bool any = false;
  std::string scratch;
  for (const Template& resource : statement.resources) {
    const std::string* pattern = resource.expand(request.context, scratch);
    // A text with an unresolved variable names nothing; but "everything except what can't be named" would be
    // everything, so a NotResource with one doesn't apply at all.
    if (pattern == nullptr) {
      if (statement.not_resource) return false;
      continue;
    }
    if (glob(*pattern, request.resource)) any = true;
  }
  return any != statement.not_resource;
}

bool statement_applies(const Statement& statement, const Request& request, const std::string& action) {
  if (!action_applies(statement, action) || !resource_applies(statement, request)) return false;
  for (const Condition& condition : statement.conditions) {
    if (matches(condition, request.context) != Match::yes) return false;
  }
  return true;
}

/// The statements of one kind of policy that apply, by effect.
struct Findings {
  std::vector<MatchedStatement> allows, denies;
};

class Evaluation {
 public:
  Evaluation(const Caller& caller, const Request& request)
      : caller_(caller), request_(request), action_(to_lower(request.action)) {}

  Findings read(PolicyKind kind, const PolicySource& source) const {
    Findings found;
    const auto& statements = source.policy->statements;
    for (size_t i = 0; i < statements.size(); ++i) {
      if (kind != PolicyKind::resource && statement_applies(statements[i], request_, action_)) {
        add(found, kind, source, i);
      }
      if (kind == PolicyKind::resource && names(statements[i].principal, caller_) != Named::no &&
          statement_applies(statements[i], request_, action_)) {
        add(found, kind, source, i);
      }
    }
    return found;
  }

  Findings read(PolicyKind kind, const std::vector<PolicySource>& sources) const {
    Findings all;
    for (const PolicySource& source : sources) {
      const Findings found = read(kind, source);
      all.allows.insert(all.allows.end(), found.allows.begin(), found.allows.end());
      all.denies.insert(all.denies.end(), found.denies.begin(), found.denies.end());
    }
    return all;
  }

  Named strongest(const Findings& found, std::optional<MatchedStatement>& by) const {
    Named best = Named::no;
    for (const MatchedStatement& match : found.allows) {
      const auto& statement = match.source->policy->statements[static_cast<size_t>(match.statement)];
      Named named = names(statement.principal, caller_);
      // "*" means what naming the principal itself would mean: a session's role, or the user.
      if (named == Named::everyone) {
        named = caller_.issuer_arn.empty() ? Named::exactly : Named::issuer;
      }
      const bool better = rank(named) > rank(best);
      if (better) {
        best = named;
        by = match;
      }
    }
    return best;
  }

 private:
  static int rank(Named named) {
    return named == Named::exactly ? 3 : named == Named::issuer ? 2 : named == Named::account ? 1 : 0;
  }

  static void add(Findings& found, PolicyKind kind, const PolicySource& source, size_t index) {
    const Effect effect = source.policy->statements[index].effect;
    (effect == Effect::allow ? found.allows : found.denies).push_back({kind, &source, static_cast<int>(index), effect});
  }

  const Caller& caller_;
  const Request& request_;
  const std::string action_;
};

void collect(const Findings& found, Decision& decision) {
  decision.matched.insert(decision.matched.end(), found.allows.begin(), found.allows.end());
  decision.matched.insert(decision.matched.end(), found.denies.begin(), found.denies.end());
}

void allow(Decision& decision, PolicyKind kind, std::optional<MatchedStatement> by) {
  decision.outcome = Decision::Outcome::allowed;
  decision.kind = kind;
  decision.statement = std::move(by);
}

void deny_implicitly(Decision& decision, PolicyKind kind) {
  decision.outcome = Decision::Outcome::implicit_deny;
  decision.kind = kind;
}

bool has_identity_policies(const Caller& caller) {
  return caller.kind == CallerKind::root || caller.kind == CallerKind::user ||
         caller.kind == CallerKind::role_session || caller.kind == CallerKind::federated_user;
}

}  // namespace

Decision evaluate(const Caller& caller, const PrincipalPolicies& policies, const PolicySource* resource_policy,
                  const Request& request, ResourcePolicyRule rule) {
  const Evaluation evaluation(caller, request);
  Decision decision;
  const bool is_root = caller.kind == CallerKind::root;
  const Findings identity = is_root ? Findings{} : evaluation.read(PolicyKind::identity, policies.identity);
  const Findings resource =
      resource_policy == nullptr ? Findings{} : evaluation.read(PolicyKind::resource, *resource_policy);
  const Findings boundary =
      is_root || !policies.boundary ? Findings{} : evaluation.read(PolicyKind::boundary, *policies.boundary);
  const Findings session =
      policies.has_session_policy ? evaluation.read(PolicyKind::session, policies.session) : Findings{};
  for (const Findings* found : {&identity, &resource, &boundary, &session}) collect(*found, decision);

  for (const Findings* found : {&identity, &resource, &boundary, &session}) {
    if (found->denies.empty()) continue;
    decision.outcome = Decision::Outcome::explicit_deny;
    decision.statement = found->denies.front();
    decision.kind = found->denies.front().kind;
    return decision;
  }

  std::optional<MatchedStatement> grant;
  const Named granted = evaluation.strongest(resource, grant);
  if (!has_identity_policies(caller)) {
    if (granted == Named::no) {
      deny_implicitly(decision, PolicyKind::resource);
    } else {
      allow(decision, PolicyKind::resource, grant);
    }
    return decision;
  }

  const bool same_account = request.resource_account.empty() || request.resource_account == caller.account;
  const bool identity_allows = is_root || !identity.allows.empty();
  const bool boundary_allows = is_root || !policies.boundary || !boundary.allows.empty();
  const bool session_allows = !policies.has_session_policy || !session.allows.empty();
  const bool named_itself = granted == Named::exactly || granted == Named::issuer;

  if (same_account && granted == Named::exactly) {  // past the implicit denies of boundary and session policy
    allow(decision, PolicyKind::resource, grant);
    return decision;
  }
  const bool resource_suffices = same_account && named_itself;
  if (!identity_allows && !resource_suffices) {
    const bool trust_is_silent = rule == ResourcePolicyRule::required && granted == Named::no;
    deny_implicitly(decision, trust_is_silent ? PolicyKind::resource : PolicyKind::identity);
  } else if (granted == Named::no && (!same_account || rule == ResourcePolicyRule::required)) {
    deny_implicitly(decision, PolicyKind::resource);
  } else if (!boundary_allows) {
    deny_implicitly(decision, PolicyKind::boundary);
  } else if (!session_allows) {
    deny_implicitly(decision, PolicyKind::session);
  } else if (resource_suffices && !identity_allows) {
    allow(decision, PolicyKind::resource, grant);
  } else {
    allow(decision, PolicyKind::identity,
          identity.allows.empty() ? std::optional<MatchedStatement>() : identity.allows.front());
  }
  return decision;
}

void add_caller_keys(const Caller& caller, RequestContext& context) {
  const auto put = [&context](const char* key, const std::string& value) {
    if (!value.empty()) context.try_emplace(key, std::vector<std::string>{value});
  };
  put("aws:principalisawsservice", caller.kind == CallerKind::service ? "true" : "false");
  switch (caller.kind) {
    case CallerKind::anonymous:
      put("aws:principaltype", "Anonymous");
      put("aws:userid", "anonymous");
      return;
    case CallerKind::service: put("aws:principalservicename", caller.arn); return;
    case CallerKind::web_identity: return;
    case CallerKind::root: put("aws:principaltype", "Account"); break;
    case CallerKind::user:
      put("aws:principaltype", "User");
      put("aws:username", caller.user_name);
      break;
    case CallerKind::role_session: put("aws:principaltype", "AssumedRole"); break;
    case CallerKind::federated_user: put("aws:principaltype", "FederatedUser"); break;
  }
  put("aws:principalaccount", caller.account);
  put("aws:principalarn", caller.kind == CallerKind::role_session ? caller.issuer_arn : caller.arn);
  put("aws:userid", caller.unique_id);
}

std::vector<std::string> context_keys(const Policy& policy) {
  std::set<std::string> keys;
  const auto add_variables = [&keys](const Template& text) {
    for (std::string& name : text.variables()) keys.insert(std::move(name));
  };
  for (const Statement& statement : policy.statements) {
    for (const Template& resource : statement.resources) add_variables(resource);
    for (const Condition& condition : statement.conditions) {
      keys.insert(condition.written);
      for (const Template& value : condition.values) add_variables(value);
    }
  }
  return {keys.begin(), keys.end()};
}

}  // namespace millrace::access
