#pragma once
// KMS's error codes.

#include "emulator/base/result.h"
#include "emulator/protocol/service.h"

namespace millrace::kms::errors {

inline constexpr ErrorKind validation{"ValidationException"};
inline constexpr ErrorKind not_found{"NotFoundException"};
inline constexpr ErrorKind invalid_marker{"InvalidMarkerException"};

inline protocol::ServiceErrors service_errors() {
  return {
      .serialization = {"SerializationException"},
      .validation = validation,
      .not_implemented = {"NotImplemented", 501},
      .access_denied = {"AccessDeniedException", 400, "", "Message"},
      .missing_token = {"MissingAuthenticationTokenException"},
      .incomplete_signature = {"IncompleteSignatureException"},
      .invalid_token = {"UnrecognizedClientException"},
      .wrong_signature = {"InvalidSignatureException"},
      .expired_token = {"ExpiredTokenException"},
  };
}

}  // namespace millrace::kms::errors
