#pragma once
// EventBridge Pipes' error codes.

#include <string>

#include "emulator/base/result.h"
#include "emulator/protocol/service.h"

namespace millrace::pipes::errors {

inline constexpr ErrorKind validation{"ValidationException"};
inline constexpr ErrorKind not_found{"NotFoundException", 404};
inline constexpr ErrorKind conflict{"ConflictException", 409};
inline constexpr ErrorKind quota{"ServiceQuotaExceededException", 402};
inline constexpr ErrorKind access_denied{"AccessDeniedException", 403};
inline constexpr ErrorKind not_implemented{"NotImplemented", 501};

/// One field that is wrong; the message is JSON itself [obs].
inline AwsError invalid_field(const std::string& name, const std::string& text) {
  return {validation, to_text({{"ValidationErrorFields", Json::array({{{"Name", name}, {"Message", text}}})}})};
}
inline AwsError no_pipe(const std::string& name) {
  return {not_found, "Pipe " + name + " does not exist."};
}

inline protocol::ServiceErrors service_errors() {
  return {
      .serialization = {"SerializationException"},
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

}  // namespace millrace::pipes::errors
