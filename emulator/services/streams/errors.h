#pragma once
// The streams' error codes: they share DynamoDB's namespaces.

#include "emulator/base/result.h"
#include "emulator/protocol/service.h"

namespace millrace::streams::errors {

inline constexpr const char* kModelled = "com.amazonaws.dynamodb.v20120810#";
inline constexpr const char* kCoral = "com.amazon.coral.service#";

inline constexpr ErrorKind validation{"ValidationException", 400, "com.amazon.coral.validate#"};
inline constexpr ErrorKind resource_not_found{"ResourceNotFoundException", 400, kModelled};
inline constexpr ErrorKind trimmed{"TrimmedDataAccessException", 400, kModelled};
inline constexpr ErrorKind expired_iterator{"ExpiredIteratorException", 400, kModelled};
inline constexpr ErrorKind limit_exceeded{"LimitExceededException", 400, kModelled};

inline protocol::ServiceErrors service_errors() {
  return {
      .serialization = {"SerializationException", 400, kCoral, "Message"},
      .validation = validation,
      .not_implemented = {"NotImplemented", 501, kCoral},
      .access_denied = {"AccessDeniedException", 400, kCoral, "Message"},
      .missing_token = {"MissingAuthenticationTokenException", 400, kCoral},
      .incomplete_signature = {"IncompleteSignatureException", 400, kCoral},
      .invalid_token = {"UnrecognizedClientException", 400, kCoral},
      .wrong_signature = {"InvalidSignatureException", 400, kCoral},
      .expired_token = {"ExpiredTokenException", 400, kCoral},
      .unknown_operation = ErrorKind{"UnknownOperationException", 400, kCoral},
  };
}

}  // namespace millrace::streams::errors
