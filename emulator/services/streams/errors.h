#pragma once
// The streams' error codes: they share DynamoDB's namespaces.

#include "emulator/base/result.h"
#include "emulator/protocol/json_errors.h"

namespace millrace::streams::errors {

inline constexpr const char* kModelled = "com.amazonaws.dynamodb.v20120810#";
inline constexpr const char* kCoral = "com.amazon.coral.service#";

inline constexpr ErrorKind validation{"ValidationException", 400, "com.amazon.coral.validate#"};
inline constexpr ErrorKind resource_not_found{"ResourceNotFoundException", 400, kModelled};
inline constexpr ErrorKind trimmed{"TrimmedDataAccessException", 400, kModelled};
inline constexpr ErrorKind expired_iterator{"ExpiredIteratorException", 400, kModelled};
inline constexpr ErrorKind access_denied{"AccessDeniedException", 400, kCoral, "Message"};
inline constexpr ErrorKind limit_exceeded{"LimitExceededException", 400, kModelled};

inline protocol::ServiceErrors service_errors() {
  protocol::ServiceErrors errors = protocol::json_errors(
      {{"SerializationException", 400, kCoral, "Message"}, validation, {"NotImplemented", 501, kCoral}, access_denied},
      400, kCoral);
  errors.unknown_operation = ErrorKind{"UnknownOperationException", 400, kCoral};
  return errors;
}

}  // namespace millrace::streams::errors
