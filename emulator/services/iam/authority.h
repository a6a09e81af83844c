#pragma once

#include "emulator/ports/authority.h"
#include "emulator/services/iam/decisions.h"
#include "emulator/services/iam/resources.h"
#include "emulator/services/iam/session_store.h"

namespace millrace::iam {

/// What services ask about roles: see emulator/ports/authority.h.
class RoleAuthority final : public ports::Authority {
 public:
  RoleAuthority(State& state, Principals& principals, Decisions& decisions, SessionStore& sessions,
                const Resources& resources)
      : state_(state), principals_(principals), decisions_(decisions), sessions_(sessions), resources_(resources) {}

  bool role_may(const std::string& role_arn, const std::string& action, const std::string& resource,
                const ports::RequestContext& context) override;
  bool role_trusts_service(const std::string& role_arn, const std::string& service,
                           const std::string& source_arn) override;
  Result<ports::Credentials> assume_for_service(const std::string& role_arn, const std::string& session_name,
                                                int duration_s, const std::string& function_arn) override;
  bool resource_policy_allows_service(const std::string& policy, const std::string& service, const std::string& action,
                                      const std::string& resource, const ports::RequestContext& context) override;

 private:
  State& state_;
  Principals& principals_;
  Decisions& decisions_;
  SessionStore& sessions_;
  const Resources& resources_;
};

}  // namespace millrace::iam
