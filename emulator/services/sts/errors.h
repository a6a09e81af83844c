#pragma once
// STS's error codes.

#include "emulator/base/result.h"
#include "emulator/protocol/service.h"

namespace millrace::sts::errors {

inline constexpr ErrorKind validation{"ValidationError"};
inline constexpr ErrorKind access_denied{"AccessDenied", 403};
inline constexpr ErrorKind invalid_parameter_value{"InvalidParameterValue"};
inline constexpr ErrorKind invalid_identity_token{"InvalidIdentityToken"};
inline constexpr ErrorKind expired_token{"ExpiredTokenException"};
inline constexpr ErrorKind invalid_authorization_message{"InvalidAuthorizationMessageException"};
inline constexpr ErrorKind missing_token{"MissingAuthenticationToken", 403};

inline protocol::ServiceErrors service_errors() {
  return {
      .serialization = {"MalformedInput"},
      .validation = validation,
      .not_implemented = {"NotImplemented", 501},
      .access_denied = access_denied,
      .missing_token = missing_token,
      .incomplete_signature = {"IncompleteSignature", 400},
      .invalid_token = {"InvalidClientTokenId", 403},
      .wrong_signature = {"SignatureDoesNotMatch", 403},
      .expired_token = {"ExpiredToken", 403},
  };
}

}  // namespace millrace::sts::errors
