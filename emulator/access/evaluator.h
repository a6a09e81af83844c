#pragma once
// May this principal do this? Pure: policies and a request go in, a decision with its reasons comes out.
// The order of things:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
//
// Organizations' policies (SCP, RCP) are not part of it: the emulator has no organizations.

#include <optional>

#include "emulator/access/policy.h"

namespace millrace::access {

enum class CallerKind {
  anonymous,       // unsigned
  root,            // the account itself
  user,            // an IAM user, by its key or by GetSessionToken's
  role_session,    // AssumeRole and its kin
  federated_user,  // GetFederationToken
  service,         // an AWS service acting for itself: lambda.amazonaws.com
  web_identity,    // the bearer of an identity provider's token, before it has a session
};

struct Caller {
  CallerKind kind = CallerKind::anonymous;
  std::string account;
  std::string arn;         // of the user, the session, the root; a service's name; a provider's ARN
  std::string issuer_arn;  // role_session: the role's ARN with its path; federated_user: the user's
  std::string unique_id;   // AIDA..., AROA...:session, the account, account:name
  std::string user_name;   // users only
};

/// A policy and where it comes from.
struct PolicySource {
  std::shared_ptr<const Policy> policy;
  std::string name;
  std::string arn;        // managed policies
  std::string owner_arn;  // inline policies: the user, group or role that holds it
};

/// Everything that is attached to a caller.
struct PrincipalPolicies {
  std::vector<PolicySource> identity;
  std::optional<PolicySource> boundary;
  bool has_session_policy = false;
  std::vector<PolicySource> session;
};

struct Request {
  std::string action;            // "dynamodb:GetItem"
  std::string resource = "*";    // an ARN
  std::string resource_account;  // who owns it; empty: the caller's account
  RequestContext context;
};

enum class PolicyKind { identity, resource, boundary, session };

/// What the resource's own policy means for access within an account.
enum class ResourcePolicyRule {
  may_grant,  // it grants by itself, or identity policies do: S3, Lambda, SQS, SNS, DynamoDB
  required,   // without it nobody gets in: a role's trust policy, a KMS key
};

struct MatchedStatement {
  PolicyKind kind;
  const PolicySource* source;
  int statement;  // index in the policy
  Effect effect;
};

struct Decision {
  enum class Outcome { allowed, explicit_deny, implicit_deny };
  Outcome outcome = Outcome::implicit_deny;
  /// The kind of policy that decided: that holds the deciding statement, or where an Allow is missing.
  PolicyKind kind = PolicyKind::identity;
  /// The deciding statement; none for an implicit deny or for the root user.
  std::optional<MatchedStatement> statement;
  /// Every statement that applies to the request. Points into the policies that were given.
  std::vector<MatchedStatement> matched;

  bool allowed() const { return outcome == Outcome::allowed; }
  const Statement* deciding() const {
    return statement ? &statement->source->policy->statements[static_cast<size_t>(statement->statement)] : nullptr;
  }
};

/// Decides. `resource_policy` may be null. The policies must outlive the decision.
Decision evaluate(const Caller& caller, const PrincipalPolicies& policies, const PolicySource* resource_policy,
                  const Request& request, ResourcePolicyRule rule = ResourcePolicyRule::may_grant);

/// True for what needs no policies read at all: the account's own root, where the resource has no policy.
inline bool trivially_allowed(const Caller& caller, bool has_resource_policy, std::string_view resource_account) {
  return caller.kind == CallerKind::root && !has_resource_policy &&
         (resource_account.empty() || resource_account == caller.account);
}

/// Puts the keys that describe the caller into the context: aws:PrincipalArn, PrincipalAccount,
/// PrincipalType, userid, username, PrincipalIsAWSService. Values already there stay.
void add_caller_keys(const Caller& caller, RequestContext& context);

/// Keys that the policy's statements ask for in conditions and variables, as written there.
std::vector<std::string> context_keys(const Policy& policy);

}  // namespace millrace::access
