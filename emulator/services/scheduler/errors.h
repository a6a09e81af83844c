#pragma once
// EventBridge Scheduler's error codes.

#include <string>

#include "emulator/base/result.h"
#include "emulator/protocol/json_errors.h"

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
  return protocol::json_errors(
      {{"SerializationException", 400, "", "Message"}, validation, not_implemented, access_denied}, 403);
}

}  // namespace millrace::scheduler::errors
