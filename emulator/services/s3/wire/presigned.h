#pragma once
// Presigned queries: what must be in them, and when they end. Signatures are checked by the pipeline.

#include "emulator/base/clock.h"
#include "emulator/base/result.h"
#include "emulator/protocol/operation.h"

namespace millrace::s3 {

/// Errors: AuthorizationQueryParametersError, AccessDenied "Request has expired", AccessDenied for headers
/// that were not signed. A request without a presigned query is fine.
Result<void> check_presigned(const protocol::Call& call, Millis now);

}  // namespace millrace::s3
