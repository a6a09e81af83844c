#pragma once
// Questions about principals that services ask for themselves, outside a client's request: may a function's
// execution role read this stream, which credentials does it get. Implemented by emulator/services/iam.

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "emulator/base/clock.h"
#include "emulator/base/result.h"

namespace millrace::ports {

/// Condition keys of a request: lower-case key ("aws:sourcearn") to its values.
using RequestContext = std::map<std::string, std::vector<std::string>>;

/// Who owns a resource, and the policy attached to it; empty: its account is the caller's; there is no policy.
struct Resource {
  std::string account;
  std::string policy;
};
/// nullopt: there is no such resource.
using FindResource = std::function<std::optional<Resource>(const std::string& arn)>;

struct Credentials {
  std::string access_key_id;
  std::string secret_access_key;
  std::string session_token;
  Millis expires_ms = 0;
};

class Authority {
 public:
  virtual ~Authority() = default;
  /// True if the role exists and its policies allow the action on the resource (or IAM is off). What another account
  /// owns must let the role in by its own policy, too. `context` holds what only the asker knows; the keys of every
  /// request (aws:RequestedRegion and its like) are put there by the implementation, the region from the resource's ARN.
  /// Where that names none (S3), `context` says it.
  virtual bool role_may(const std::string& role_arn, const std::string& action, const std::string& resource,
                        const RequestContext& context) = 0;
  /// True if the role exists and its trust policy lets the service ("lambda.amazonaws.com") assume it on behalf of
  /// `source_arn` (aws:SourceArn; empty: of nothing that is known).
  virtual bool role_trusts_service(const std::string& role_arn, const std::string& service,
                                   const std::string& source_arn) = 0;
  /// A session of the role, as AssumeRole would give; used for execution roles. Every request that it signs carries
  /// lambda:SourceFunctionArn = `function_arn` (without a qualifier; empty: it doesn't).
  virtual Result<Credentials> assume_for_service(const std::string& role_arn, const std::string& session_name,
                                                 int duration_s, const std::string& function_arn) = 0;
  /// Does a resource policy (JSON text) let the service principal do this? For function and bucket policies.
  virtual bool resource_policy_allows_service(const std::string& policy, const std::string& service,
                                              const std::string& action, const std::string& resource,
                                              const RequestContext& context) = 0;
};

}  // namespace millrace::ports
