#pragma once
// Whose a resource is, by its ARN: an action on what another account owns needs that account's consent too, which is
// the resource's own policy.

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "emulator/ports/authority.h"

namespace millrace::iam {

class Resources {
 public:
  /// How the resources of one service are found ("s3": by the bucket in the ARN). Before the server listens.
  void add(const std::string& service, ports::FindResource find) { by_service_[service] = std::move(find); }

  /// The owner and the policy of what an ARN names. An ARN tells its account, but for S3's; what is of `own_account` by
  /// its ARN (but for KMS's keys), and what nobody knows, comes without either: it is judged as the caller's own.
  ports::Resource of(const std::string& arn, std::string_view own_account) const;

 private:
  std::map<std::string, ports::FindResource, std::less<>> by_service_;  // constant once the server runs
};

}  // namespace millrace::iam
