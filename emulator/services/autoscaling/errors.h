#pragma once
// Application Auto Scaling's error codes.

#include "emulator/base/result.h"
#include "emulator/protocol/json_errors.h"

namespace millrace::autoscaling::errors {

inline constexpr ErrorKind validation{"ValidationException", 400, "", "Message"};
inline constexpr ErrorKind not_found{"ObjectNotFoundException", 400, "", "Message"};
inline constexpr ErrorKind resource_not_found{"ResourceNotFoundException", 400, "", "Message"};
inline constexpr ErrorKind limit_exceeded{"LimitExceededException", 400, "", "Message"};
inline constexpr ErrorKind invalid_token{"InvalidNextTokenException", 400, "", "Message"};
inline constexpr ErrorKind too_many_tags{"TooManyTagsException", 400, "", "Message"};
inline constexpr ErrorKind not_implemented{"NotImplemented", 501};

inline protocol::ServiceErrors service_errors() {
  return protocol::json_errors(
      {{"SerializationException"}, validation, not_implemented, {"AccessDeniedException", 400, "", "Message"}}, 400);
}

}  // namespace millrace::autoscaling::errors
