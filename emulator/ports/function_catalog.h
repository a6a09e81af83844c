#pragma once
// What running a function needs to know of it. Implemented by emulator/services/lambda.

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "emulator/base/result.h"

namespace millrace::ports {

/// One version of a function, resolved: everything that an execution environment is made from. Immutable;
/// a change of code or configuration makes a new one with another `environment_key`.
struct FunctionVersion {
  std::string account;
  std::string region;
  std::string name;
  std::string version;                     // "$LATEST" or a number
  std::string function_arn;                // without qualifier
  std::string environment_key;             // environments are reused only for an equal key and tenant
  std::string runtime;                     // "python3.13", "nodejs20.x", "provided.al2023"
  std::string handler;                     // "index.handler"
  std::string code_folder;                 // /var/task: the extracted package
  std::vector<std::string> layer_folders;  // each becomes part of /opt, first wins last
  bool secrets_extension = false;          // has the layer of AWS's Parameters and Secrets extension
  std::map<std::string, std::string> environment;
  /// Where the variables are under a KMS key: opens them for a new environment, in the execution role's name; errors as Invoke
  /// answers them. Empty: `environment` has them.
  std::function<Result<std::map<std::string, std::string>>()> sealed_environment = {};
  std::string role_arn;
  int timeout_s = 3;
  int memory_mb = 128;
  int ephemeral_storage_mb = 512;
  std::string log_group;
  std::string log_format = "Text";    // "Text" or "JSON"
  std::string application_log_level;  // empty: none set
  std::string system_log_level;
  int reserved_concurrency = -1;  // -1: none; 0 blocks
  bool may_loop = false;          // RecursiveLoop is Allow
  bool per_tenant = false;        // runs for tenants alone, each in environments of its own
  std::string tenant_id;          // whose environment; empty where there are no tenants
  int provisioned_elsewhere = 0;  // of the reserved: what is kept for the function's other versions
};

class FunctionCatalog {
 public:
  virtual ~FunctionCatalog() = default;
  /// Resolves a name or ARN with an optional qualifier (version, alias, $LATEST; an alias with weights draws).
  /// Errors: ResourceNotFoundException; ResourceConflictException while Pending; code that can't be unpacked.
  virtual Result<std::shared_ptr<const FunctionVersion>> resolve(const std::string& account, const std::string& region,
                                                                 const std::string& function,
                                                                 const std::string& qualifier) = 0;
};

/// What event source mappings may call: functions, and pipes, which to the poller are functions with a slash in their names.
/// Implemented by emulator/services/pipes.
class MappedFunctions : public FunctionCatalog {};

}  // namespace millrace::ports
