#pragma once
// CloudWatch's error codes, as the query protocol has them; faces.cc knows the names of the other two.

#include <string>

#include "emulator/base/result.h"
#include "emulator/protocol/service.h"

namespace millrace::cloudwatch::errors {

inline constexpr ErrorKind invalid_value_kind{"InvalidParameterValue"};
inline constexpr ErrorKind combination_kind{"InvalidParameterCombination"};
inline constexpr ErrorKind missing_kind{"MissingParameter"};
inline constexpr ErrorKind no_such{"ResourceNotFound", 404};
inline constexpr ErrorKind no_such_resource{"ResourceNotFoundException", 404};
inline constexpr ErrorKind invalid_dashboard{"InvalidParameterInput"};
inline constexpr ErrorKind invalid_token{"InvalidNextToken"};
inline constexpr ErrorKind limit_exceeded{"LimitExceeded"};
inline constexpr ErrorKind validation{"ValidationError"};
inline constexpr ErrorKind access_denied{"AccessDenied", 403};
inline constexpr ErrorKind not_implemented{"NotImplemented", 501};

inline AwsError invalid_value(std::string text) {
  return {invalid_value_kind, std::move(text)};
}
inline AwsError combination(std::string text) {
  return {combination_kind, std::move(text)};
}

inline protocol::ServiceErrors service_errors() {
  return {
      .serialization = {"MalformedInput"},
      .validation = validation,
      .not_implemented = not_implemented,
      .access_denied = access_denied,
      .missing_token = {"MissingAuthenticationToken", 403},
      .incomplete_signature = {"IncompleteSignature"},
      .invalid_token = {"InvalidClientTokenId", 403},
      .wrong_signature = {"SignatureDoesNotMatch", 403},
      .expired_token = {"ExpiredToken", 403},
  };
}

}  // namespace millrace::cloudwatch::errors
