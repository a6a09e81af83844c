#pragma once
// SNS's error codes.

#include "emulator/base/result.h"
#include "emulator/protocol/service.h"

namespace millrace::sns::errors {

inline constexpr ErrorKind validation{"InvalidParameter"};

inline protocol::ServiceErrors service_errors() {
  return {
      .serialization = {"MalformedInput"},
      .validation = validation,
      .not_implemented = {"NotImplemented", 501},
      .access_denied = {"AuthorizationError", 403},
      .missing_token = {"MissingAuthenticationToken", 403},
      .incomplete_signature = {"IncompleteSignature", 400},
      .invalid_token = {"InvalidClientTokenId", 403},
      .wrong_signature = {"SignatureDoesNotMatch", 403},
      .expired_token = {"ExpiredToken", 403},
  };
}

}  // namespace millrace::sns::errors
