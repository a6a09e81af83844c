#pragma once

#include "emulator/services/iam/decisions.h"
#include "emulator/services/iam/session_store.h"

namespace millrace::iam {

/// Who may have temporary credentials: evaluates trust policies. See emulator/ports/sessions.h.
class IamSessions final : public ports::Sessions {
 public:
  IamSessions(State& state, Principals& principals, Decisions& decisions, SessionStore& store)
      : state_(state), principals_(principals), decisions_(decisions), store_(store) {}

  Result<ports::Session> assume_role(const ports::SessionCaller& caller, const ports::SessionRequest& request) override;
  Result<ports::Session> assume_role_with_web_identity(const ports::WebIdentity& identity,
                                                       const ports::SessionRequest& request) override;
  Result<ports::Session> assume_role_with_saml(const ports::SamlIdentity& identity,
                                               const ports::SessionRequest& request) override;
  Result<ports::Session> session_token(const ports::SessionCaller& caller,
                                       const ports::SessionRequest& request) override;
  Result<ports::Session> federation_token(const ports::SessionCaller& caller,
                                          const ports::SessionRequest& request) override;
  std::optional<std::string> account_of_key(const std::string& access_key_id) override;
  std::optional<std::string> decode_authorization_message(const std::string& encoded) override;

 private:
  /// AccessDenied, without a reason where the trust policy is the cause.
  Result<void> check_trust(const access::Caller& caller, const Principal* principal, const Json& role,
                           const std::string& action, const std::string& role_arn, access::RequestContext context);
  /// That the trust policy lets the caller do `action` with the session's tags and source identity, for so long.
  Result<void> check_session(const access::Caller& caller, const Principal* principal, const Json& role,
                             const std::string& action, const ports::SessionRequest& request,
                             const access::RequestContext& context);
  Result<void> check_session_policies(const ports::SessionRequest& request);

  State& state_;
  Principals& principals_;
  Decisions& decisions_;
  SessionStore& store_;
};

}  // namespace millrace::iam
