#pragma once
// One service's operation, called by another in its own name: past sign-in and authorization, on the calling thread.
// Implemented by emulator/server.

#include <string>

#include "emulator/base/result.h"

namespace millrace::ports {

class ServiceCalls {
 public:
  virtual ~ServiceCalls() = default;
  /// The operation's output for this input, as the account itself would get it; the service's own errors. `service` is its name in
  /// credential scopes; the operation is one that takes and gives JSON documents. From Room::start on.
  virtual Result<Json> call(const std::string& service, const std::string& operation, const std::string& account,
                            const std::string& region, const Json& input) = 0;
};

}  // namespace millrace::ports
