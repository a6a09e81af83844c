#pragma once
// Temporary credentials, stored until a week after they expire (so that an old key is an expired one, not an
// unknown one). Each new session removes some of the long-expired, so their number stays bounded by their
// use.

#include "emulator/ports/sessions.h"
#include "emulator/services/iam/principals.h"

namespace millrace::iam {

class SessionStore {
 public:
  explicit SessionStore(State& state) : state_(state) {}

  /// A session of the role, whose trust policy is not asked here.
  Result<ports::Session> create_role_session(const std::string& role_arn, const Json& role,
                                             const ports::SessionRequest& request, const Json& inherited_tags = {});
  /// `document` has Account, Kind, Arn, UserId and what the kind needs; keys and times are added.
  Result<ports::Session> create(Json document, const ports::SessionRequest& request, int64_t duration_s);

 private:
  State& state_;
};

}  // namespace millrace::iam
