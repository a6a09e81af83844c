#pragma once
// What STS's operations share, and their declarations; service.cc lists them.

#include <deque>

#include "emulator/ports/sessions.h"
#include "emulator/protocol/operation.h"
#include "emulator/services/service_context.h"
#include "emulator/services/sts/errors.h"

namespace millrace::sts {

using protocol::Call;
using protocol::Operation;

struct State {
  ServiceContext context;
  std::shared_ptr<ports::Sessions> sessions;
};

Operation get_caller_identity(State& state);
Operation assume_role(State& state);
Operation assume_role_with_web_identity(State& state);
Operation assume_role_with_saml(State& state);
Operation get_session_token(State& state);
Operation get_federation_token(State& state);
Operation decode_authorization_message(State& state);
Operation get_access_key_info(State& state);

/// Who asks; an unsigned request is refused with MissingAuthenticationToken.
Result<ports::SessionCaller> signed_caller(const Call& call);
/// DurationSeconds, Policy, PolicyArns, Tags, TransitiveTagKeys of the input.
Result<ports::SessionRequest> session_request(const Call& call);
Json credentials_view(const ports::Credentials& credentials);
/// PackedPolicySize and SourceIdentity, where they apply.
void add_session_facts(Json& answer, const ports::Session& session);

}  // namespace millrace::sts
