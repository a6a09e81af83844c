#pragma once
// Integrations with `arn:aws:iam::*:user/*` as their credentials: what is called is called with the client's own permissions.

#include <optional>
#include <string>

#include "emulator/ports/authority.h"
#include "emulator/protocol/identity.h"

namespace millrace::apigateway {

/// Whether the credentials of an integration say so.
bool means_caller(const std::string& credentials);
/// Whether the client of a request may invoke the function by its own policies; false for a client without credentials.
bool caller_may_invoke(protocol::Identity* identity, const protocol::Call& call, const std::string& function_arn);
/// With what the client's own requests are signed; nullopt for a client without credentials.
std::optional<ports::Credentials> credentials_of(protocol::Identity* identity, const protocol::Call& call);

}  // namespace millrace::apigateway
