#pragma once
// Managed policies: the account's own and AWS's, found by ARN.

#include <optional>

#include "emulator/access/managed_policies/managed_policies.h"
#include "emulator/services/iam/directory.h"

namespace millrace::iam {

/// A managed policy as the rest of the room needs it.
struct PolicyRecord {
  std::string arn;
  std::string name;
  std::string default_version;
  std::string document;  // of the default version
  bool aws_managed = false;
  /// AWS-managed and not among those we carry: attachable, so that stacks apply, but it grants nothing here.
  bool unknown = false;
  Json stored;  // the account's own: its document in the directory
};

/// nullopt if there is no such policy. Policies of other accounts are found too.
std::optional<PolicyRecord> find_policy(const Reader& reader, std::string_view arn);

/// What is attached to whom.
struct PolicyUse {
  int64_t attachments = 0, boundaries = 0;
};
PolicyUse policy_use(const Reader& reader, const std::string& account, const std::string& arn);

/// As CreatePolicy and ListPolicies give it.
Json policy_view(const PolicyRecord& policy, PolicyUse use);
Json aws_policy_view(const access::ManagedPolicy& policy, PolicyUse use);

/// The account in an ARN of a customer managed policy, and the policy's name; nullopt if it isn't one.
struct PolicyArn {
  std::string account, path, name;
};
std::optional<PolicyArn> parse_policy_arn(std::string_view arn);

/// ValidationError for texts that are no policy ARN at all.
Result<void> check_policy_arn(const std::string& arn);

/// The member PolicyArn, as a condition key and as the resource.
Needs on_policy_arn();

}  // namespace millrace::iam
