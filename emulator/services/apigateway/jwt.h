#pragma once
// JSON Web Tokens as a JWT authorizer checks them. Pure: keys and time come in.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/base/clock.h"
#include "emulator/base/json.h"

namespace millrace::apigateway {

struct Token {
  Json header, claims;
  std::string signed_part;  // what the signature covers
  std::string signature;    // bytes
};

/// Takes a token apart; nullopt if it isn't three base64url parts with JSON in the first two.
std::optional<Token> parse_token(std::string_view text);

/// Why a token isn't accepted, as AWS words it in `error_description`; empty: it is. `jwks` is the issuer's key set; null:
/// none is known here, and the signature isn't checked.
std::string problem_with(const Token& token, const std::string& issuer, const std::vector<std::string>& audience,
                         const Json& jwks, Millis now);

/// True if one of the key set's keys made the token's signature; algorithms that JWT authorizers don't take have none.
bool signature_holds(const Token& token, const Json& jwks);

/// The token's scopes: `scope` (by blanks) or `scp`.
std::vector<std::string> scopes_of(const Token& token);

}  // namespace millrace::apigateway
