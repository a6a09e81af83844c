#include "emulator/services/iam/resources.h"

#include "emulator/base/arn.h"

namespace millrace::iam {

ports::Resource Resources::of(const std::string& arn, std::string_view own_account) const {
  if (!arn.starts_with("arn:")) return {};
  const auto parsed = Arn::parse(arn);
  // A key's policy counts for its own account, too: without it IAM's count for nothing.
  if (!parsed || (parsed->account == own_account && parsed->service != "kms")) return {};
  const bool is_account =
      parsed->account.size() == 12 && parsed->account.find_first_not_of("0123456789") == std::string::npos;
  if (!is_account && !parsed->account.empty()) return {};  // "aws": a managed policy
  ports::Resource out{is_account ? parsed->account : "", ""};
  auto finder = by_service_.find(parsed->service);
  if (finder == by_service_.end()) return out;
  if (auto found = finder->second(arn)) {
    if (out.account.empty()) out.account = std::move(found->account);
    out.policy = std::move(found->policy);
  }
  return out;
}

}  // namespace millrace::iam
