#include "emulator/access/managed_policies/managed_policies.h"

namespace millrace::access {
namespace {

constexpr std::string_view kPrefix = "arn:aws:iam::aws:policy";

constexpr ManagedPolicy kPolicies[] = {
#include "emulator/access/managed_policies/documents.inc"
};

}  // namespace

std::string ManagedPolicy::arn() const {
  return std::string(kPrefix) + path + name;
}

std::span<const ManagedPolicy> managed_policies() {
  return kPolicies;
}

const ManagedPolicy* find_managed_policy(std::string_view arn) {
  if (!is_aws_managed(arn)) return nullptr;
  const std::string_view path_and_name = arn.substr(kPrefix.size());
  for (const ManagedPolicy& policy : kPolicies) {
    const std::string_view path = policy.path;
    if (path_and_name.starts_with(path) && path_and_name.substr(path.size()) == policy.name) return &policy;
  }
  return nullptr;
}

bool is_aws_managed(std::string_view arn) {
  return arn.starts_with(kPrefix) && arn.size() > kPrefix.size() + 1 && arn[kPrefix.size()] == '/';
}

}  // namespace millrace::access
