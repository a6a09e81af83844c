#pragma once
// Secrets Manager's error codes. Its own errors spell `Message`.

#include "emulator/base/result.h"
#include "emulator/protocol/json_errors.h"

namespace millrace::secretsmanager::errors {

inline constexpr ErrorKind validation{"ValidationException"};
inline constexpr ErrorKind not_found{"ResourceNotFoundException", 400, "", "Message"};
inline constexpr ErrorKind exists{"ResourceExistsException", 400, "", "Message"};
inline constexpr ErrorKind invalid_request{"InvalidRequestException", 400, "", "Message"};
inline constexpr ErrorKind invalid_parameter{"InvalidParameterException", 400, "", "Message"};
inline constexpr ErrorKind limit_exceeded{"LimitExceededException", 400, "", "Message"};
inline constexpr ErrorKind encryption_failure{"EncryptionFailure", 400, "", "Message"};
inline constexpr ErrorKind decryption_failure{"DecryptionFailure", 400, "", "Message"};
inline constexpr ErrorKind invalid_token{"InvalidNextTokenException", 400, "", "Message"};
inline constexpr ErrorKind malformed_policy{"MalformedPolicyDocumentException", 400, "", "Message"};
inline constexpr ErrorKind public_policy{"PublicPolicyException", 400, "", "Message"};
inline constexpr ErrorKind access_denied{"AccessDeniedException", 400, "", "Message"};
inline constexpr ErrorKind not_implemented{"NotImplemented", 501};

inline protocol::ServiceErrors service_errors() {
  return protocol::json_errors({{"SerializationException"}, validation, not_implemented, access_denied}, 400);
}

}  // namespace millrace::secretsmanager::errors
