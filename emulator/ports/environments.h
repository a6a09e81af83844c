#pragma once
// Execution environments that are kept or given up apart from invocations. Implemented by runtime/pool.

#include <cstdint>
#include <memory>
#include <string>

#include "emulator/ports/function_catalog.h"

namespace millrace::ports {

/// What has become of provisioned concurrency.
struct Provisioned {
  int kept = -1;  // what is aimed at: what was wanted, or what the bound left of it; -1: nothing was asked for
  int ready = 0;
  int failed = 0;  // whose initialisation failed; they aren't tried again
};

/// One end of a TCP connection.
struct ConnectionEnd {
  std::string address;
  uint16_t port = 0;
};

class Environments {
 public:
  virtual ~Environments() = default;
  /// Ends the function's idle environments now, and the busy ones when they are done: it was changed or
  /// deleted. (A changed environment_key does the same with the next invocation.)
  virtual void retire(const std::string& function_arn) = 0;
  /// Keeps `wanted` environments of the version initialised until it is called again with the same key, which
  /// is a qualified function ARN; 0 ends that. One that was used or lost is kept or replaced.
  virtual void provision(const std::string& key, std::shared_ptr<const FunctionVersion> function, int wanted) = 0;
  virtual Provisioned provisioned(const std::string& key) const = 0;
  /// A function for Python was made or is there: the first of its environments shall find its packages imported.
  virtual void expect_python() {}
  /// How many functions run at this moment.
  virtual size_t busy() const { return 0; }
  /// False only if the process at the connection's other end, `client`, is on this machine and in no environment.
  virtual bool may_hold(const ConnectionEnd& client, const ConnectionEnd& ours) const = 0;
};

}  // namespace millrace::ports
