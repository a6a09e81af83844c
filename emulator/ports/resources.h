#pragma once
// Where rooms say whose their resources are, by ARN: an action on what another account owns needs that account's consent
// too, which is the resource's own policy. Implemented by emulator/services/iam.

#include <functional>
#include <string>

#include "emulator/ports/authority.h"

namespace millrace::ports {

class Resources {
 public:
  virtual ~Resources() = default;
  /// How the resources of one service are found ("s3": by the bucket in the ARN). While rooms are made.
  virtual void add(const std::string& service, FindResource find) = 0;
  /// The same for resources whose ARN tells their account; `policy` gives "" for one without.
  void add_policies(const std::string& service, std::function<std::string(const std::string& arn)> policy) {
    add(service, [policy = std::move(policy)](const std::string& arn) { return Resource{"", policy(arn)}; });
  }
};

}  // namespace millrace::ports
