#pragma once
// CloudWatch Logs' error codes.

#include "emulator/base/result.h"
#include "emulator/protocol/json_errors.h"

namespace millrace::logs::errors {

inline constexpr ErrorKind invalid_parameter{"InvalidParameterException"};
inline constexpr ErrorKind resource_not_found{"ResourceNotFoundException"};
inline constexpr ErrorKind already_exists{"ResourceAlreadyExistsException"};
inline constexpr ErrorKind access_denied{"AccessDeniedException"};
inline constexpr ErrorKind limit_exceeded{"LimitExceededException"};
inline constexpr ErrorKind validation{"ValidationException"};
inline constexpr ErrorKind operation_aborted{"OperationAbortedException"};

inline protocol::ServiceErrors service_errors() {
  return protocol::json_errors({{"SerializationException"},
                                invalid_parameter,
                                {"NotImplemented", 501},
                                {"AccessDeniedException", 400, "", "Message"}},
                               400);
}

}  // namespace millrace::logs::errors
