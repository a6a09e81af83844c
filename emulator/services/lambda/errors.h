#pragma once
// Lambda's error codes; the spelling of the message member differs by code (facts/lambda-esm section 1).

#include "emulator/base/result.h"
#include "emulator/protocol/service.h"

namespace millrace::lambda::errors {

inline constexpr ErrorKind invalid_parameter{"InvalidParameterValueException"};
inline constexpr ErrorKind resource_not_found{"ResourceNotFoundException", 404, "", "Message"};
inline constexpr ErrorKind resource_conflict{"ResourceConflictException", 409};
inline constexpr ErrorKind precondition_failed{"PreconditionFailedException", 412};
inline constexpr ErrorKind invalid_request_content{"InvalidRequestContentException"};
inline constexpr ErrorKind too_many_requests{"TooManyRequestsException", 429};
inline constexpr ErrorKind validation{"ValidationException"};
inline constexpr ErrorKind too_large{"RequestEntityTooLargeException", 413};
inline constexpr ErrorKind resource_in_use{"ResourceInUseException", 400, "", "Message"};

inline protocol::ServiceErrors service_errors() {
  return {
      .serialization = invalid_request_content,
      .validation = validation,
      .not_implemented = {"NotImplemented", 501},
      .access_denied = {"AccessDeniedException", 403, "", "Message"},
      .missing_token = {"MissingAuthenticationTokenException", 403},
      .incomplete_signature = {"IncompleteSignatureException", 403},
      .invalid_token = {"UnrecognizedClientException", 403},
      .wrong_signature = {"InvalidSignatureException", 403},
      .expired_token = {"ExpiredTokenException", 403},
  };
}

}  // namespace millrace::lambda::errors
