#pragma once
// S3's error codes (facts/iam-sts-logs-s3 section E2).

#include "emulator/base/result.h"
#include "emulator/protocol/service.h"

namespace millrace::s3::errors {

inline constexpr ErrorKind not_implemented{"NotImplemented", 501};
inline constexpr ErrorKind access_denied{"AccessDenied", 403};
inline constexpr ErrorKind invalid_request{"InvalidRequest", 400};
inline constexpr ErrorKind entity_too_large{"EntityTooLarge", 400};
inline constexpr ErrorKind invalid_access_key{"InvalidAccessKeyId", 403};
inline constexpr ErrorKind signature_does_not_match{"SignatureDoesNotMatch", 403};
inline constexpr ErrorKind expired_token{"ExpiredToken", 400};
inline constexpr ErrorKind malformed_authorization{"AuthorizationHeaderMalformed", 400};

}  // namespace millrace::s3::errors
