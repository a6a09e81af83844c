#pragma once
// SNS's error codes.

#include "emulator/base/result.h"
#include "emulator/protocol/service.h"

namespace millrace::sns::errors {

inline constexpr ErrorKind not_found{"NotFound", 404};
inline constexpr ErrorKind invalid_parameter{"InvalidParameter", 400};
inline constexpr ErrorKind not_implemented{"NotImplemented", 501};
inline constexpr ErrorKind ids_not_distinct{"BatchEntryIdsNotDistinct", 400};
inline constexpr ErrorKind empty_batch{"EmptyBatchRequest", 400};
inline constexpr ErrorKind invalid_batch_id{"InvalidBatchEntryId", 400};
inline constexpr ErrorKind batch_too_long{"BatchRequestTooLong", 400};
inline constexpr ErrorKind invalid_value{"ParameterValueInvalid", 400};  // of a message attribute
inline constexpr ErrorKind tag_limit{"TagLimitExceeded", 400};
inline constexpr ErrorKind too_many_entries{"TooManyEntriesInBatchRequest", 400};

inline constexpr ErrorKind resource_not_found{"ResourceNotFound", 404};
inline constexpr ErrorKind endpoint_disabled{"EndpointDisabled", 400};
inline constexpr ErrorKind authorization_error{"AuthorizationError", 403};

inline constexpr ErrorKind kms_access_denied{"KMSAccessDenied", 400};
inline constexpr ErrorKind kms_disabled{"KMSDisabled", 400};
inline constexpr ErrorKind kms_invalid_state{"KMSInvalidState", 400};
inline constexpr ErrorKind kms_not_found{"KMSNotFound", 400};

inline protocol::ServiceErrors service_errors() {
  return {
      .serialization = {"MalformedInput"},
      .validation = {"ValidationError"},
      .not_implemented = not_implemented,
      .access_denied = {"AuthorizationError", 403},
      .missing_token = {"MissingAuthenticationToken", 403},
      .incomplete_signature = {"IncompleteSignature", 400},
      .invalid_token = {"InvalidClientTokenId", 403},
      .wrong_signature = {"SignatureDoesNotMatch", 403},
      .expired_token = {"ExpiredToken", 403},
  };
}

}  // namespace millrace::sns::errors
