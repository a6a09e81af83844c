#pragma once
// EventBridge's error codes. All are 400.

#include <string>

#include "emulator/base/result.h"
#include "emulator/protocol/json_errors.h"

namespace millrace::eventbridge::errors {

inline constexpr ErrorKind validation{"ValidationException"};
inline constexpr ErrorKind not_found{"ResourceNotFoundException"};
inline constexpr ErrorKind already_exists{"ResourceAlreadyExistsException"};
inline constexpr ErrorKind limit_exceeded{"LimitExceededException"};
inline constexpr ErrorKind invalid_pattern{"InvalidEventPatternException"};
inline constexpr ErrorKind illegal_status{"IllegalStatusException"};
inline constexpr ErrorKind policy_too_long{"PolicyLengthExceededException"};
inline constexpr ErrorKind access_denied{"AccessDeniedException"};
inline constexpr ErrorKind not_implemented{"NotImplemented", 501};

inline AwsError invalid(std::string text) {
  return {validation, std::move(text)};
}
inline AwsError limit() {
  return {limit_exceeded, "The requested resource exceeds the maximum number allowed."};
}

inline protocol::ServiceErrors service_errors() {
  return protocol::json_errors({{"SerializationException"}, validation, not_implemented, access_denied}, 400);
}

}  // namespace millrace::eventbridge::errors
