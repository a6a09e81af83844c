#pragma once
// EventBridge Scheduler's error codes.

#include <string>

#include "emulator/base/result.h"
#include "emulator/protocol/service.h"

namespace millrace::scheduler::errors {

inline constexpr ErrorKind validation{"ValidationException", 400, "", "Message"};
inline constexpr ErrorKind not_found{"ResourceNotFoundException", 404, "", "Message"};
inline constexpr ErrorKind conflict{"ConflictException", 409, "", "Message"};
inline constexpr ErrorKind quota{"ServiceQuotaExceededException", 402, "", "Message"};
inline constexpr ErrorKind access_denied{"AccessDeniedException", 403, "", "Message"};
inline constexpr ErrorKind not_implemented{"NotImplemented", 501, "", "Message"};

inline AwsError invalid(std::string text) {
  return {validation, std::move(text)};
}

inline protocol::ServiceErrors service_errors() {
  return {
      .serialization = {"SerializationException", 400, "", "Message"},
      .validation = validation,
      .not_implemented = not_implemented,
      .access_denied = access_denied,
      .missing_token = {"MissingAuthenticationTokenException", 403},
      .incomplete_signature = {"IncompleteSignatureException", 403},
      .invalid_token = {"UnrecognizedClientException", 403},
      .wrong_signature = {"InvalidSignatureException", 403},
      .expired_token = {"ExpiredTokenException", 403},
  };
}

}  // namespace millrace::scheduler::errors
