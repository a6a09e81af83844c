#pragma once
// Whose key is this, and which policies hold its owner. What was gathered is kept until IAM's state changes,
// so that a request costs a look into a map.

#include <memory>

#include "emulator/access/evaluator.h"
#include "emulator/services/iam/directory.h"
#include "emulator/services/iam/generation_cache.h"

namespace millrace::iam {

/// A principal with everything that decides what it may do.
struct Principal {
  protocol::IssuedKey key;
  access::Caller caller;
  access::PrincipalPolicies policies;
  access::RequestContext context;  // aws:PrincipalTag/*, aws:TokenIssueTime, aws:MultiFactorAuthPresent ...
  bool long_term = false;          // a user's own key, not a session
  std::string role_name;           // sessions of roles
  Json session;                    // the session's document; null for users' keys
};

class Principals {
 public:
  explicit Principals(State& state) : state_(state) {}

  /// The owner of an access key; nullptr if this emulator didn't issue it.
  std::shared_ptr<const Principal> of_key(const std::string& access_key_id);
  /// A role as one of its sessions would be; nullptr if there is no such role.
  std::shared_ptr<const Principal> of_role(const std::string& role_arn);
  /// The account's root.
  static access::Caller root_of(const std::string& account);

 private:
  std::shared_ptr<const Principal> read_key(const std::string& access_key_id);
  std::shared_ptr<const Principal> read_session(const std::string& access_key_id);
  std::shared_ptr<const Principal> read_role(const std::string& role_arn);

  State& state_;
  GenerationCache<std::shared_ptr<const Principal>> keys_{4096};
  GenerationCache<std::shared_ptr<const Principal>> roles_{1024};
};

/// The policies of a user (with its groups') or a role, parsed; texts that don't parse are left out with a
/// warning.
access::PrincipalPolicies gather_policies(const Reader& reader, const std::string& account, Kind kind,
                                          const Json& document);

/// A role by its whole ARN; nullopt if there is none.
std::optional<Json> find_role(const Reader& reader, std::string_view role_arn);

// Where keys and sessions are stored.
std::string access_key_key(std::string_view access_key_id);
std::string session_key(std::string_view access_key_id);

}  // namespace millrace::iam
