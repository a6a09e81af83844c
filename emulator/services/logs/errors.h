#pragma once
// CloudWatch Logs' error codes.

#include "emulator/base/result.h"
#include "emulator/protocol/service.h"

namespace millrace::logs::errors {

inline constexpr ErrorKind invalid_parameter{"InvalidParameterException"};
inline constexpr ErrorKind resource_not_found{"ResourceNotFoundException"};
inline constexpr ErrorKind already_exists{"ResourceAlreadyExistsException"};
inline constexpr ErrorKind limit_exceeded{"LimitExceededException"};
inline constexpr ErrorKind validation{"ValidationException"};
inline constexpr ErrorKind operation_aborted{"OperationAbortedException"};

inline protocol::ServiceErrors service_errors() {
  return {
      .serialization = {"SerializationException"},
      .validation = invalid_parameter,
      .not_implemented = {"NotImplemented", 501},
      .access_denied = {"AccessDeniedException", 400, "", "Message"},
      .missing_token = {"MissingAuthenticationTokenException"},
      .incomplete_signature = {"IncompleteSignatureException"},
      .invalid_token = {"UnrecognizedClientException"},
      .wrong_signature = {"InvalidSignatureException"},
      .expired_token = {"ExpiredTokenException"},
  };
}

}  // namespace millrace::logs::errors
