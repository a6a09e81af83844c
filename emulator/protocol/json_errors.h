#pragma once
// The errors that a service which speaks JSON has of its protocol.

#include "emulator/protocol/service.h"

namespace millrace::protocol {

/// The service's own errors of a request. Those of signing in are named alike by all such services.
struct OwnErrors {
  ErrorKind serialization, validation, not_implemented, access_denied;
};

/// `sign_in_status`: 400 where operations are named by X-Amz-Target, 403 where they are by paths. `prefix` is `__type`'s.
inline ServiceErrors json_errors(const OwnErrors& own, int sign_in_status, const char* prefix = "") {
  return {
      .serialization = own.serialization,
      .validation = own.validation,
      .not_implemented = own.not_implemented,
      .access_denied = own.access_denied,
      .missing_token = {"MissingAuthenticationTokenException", sign_in_status, prefix},
      .incomplete_signature = {"IncompleteSignatureException", sign_in_status, prefix},
      .invalid_token = {"UnrecognizedClientException", sign_in_status, prefix},
      .wrong_signature = {"InvalidSignatureException", sign_in_status, prefix},
      .expired_token = {"ExpiredTokenException", sign_in_status, prefix},
  };
}

}  // namespace millrace::protocol
