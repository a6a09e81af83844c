#pragma once
// Whether a policy may name a principal. Implemented by emulator/services/iam.

#include <string>

namespace millrace::ports {

class Principals {
 public:
  virtual ~Principals() = default;
  /// Whether a policy of that account may name the principal. `kind` is "AWS" or "Service": those of other
  /// accounts are taken as they are, because the emulator may not know them.
  virtual bool is_known(const std::string& account, const std::string& kind, const std::string& principal) = 0;
};

}  // namespace millrace::ports
