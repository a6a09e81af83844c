#pragma once
// AWS's own managed policies, `arn:aws:iam::aws:policy/...`: those that stacks round DynamoDB, Streams,
// Lambda, S3, SQS, SNS and CloudWatch Logs attach, with the documents that IAM returns.
//
// ReadOnlyAccess is abridged: AWS's lists over a thousand actions of all services, ours those of the services
// here and their neighbours.

#include <span>
#include <string>
#include <string_view>

namespace millrace::access {

struct ManagedPolicy {
  const char* name;
  const char* path;  // "/" or "/service-role/"
  const char* id;    // "ANPA..."; empty where it isn't known
  const char* default_version;
  const char* created;
  const char* updated;
  const char* description;
  const char* document;

  std::string arn() const;
};

/// All of them, sorted by name.
std::span<const ManagedPolicy> managed_policies();

/// The policy of this ARN, or nullptr.
const ManagedPolicy* find_managed_policy(std::string_view arn);

/// True for every ARN of AWS's own account, whether the policy is known or not.
bool is_aws_managed(std::string_view arn);

}  // namespace millrace::access
