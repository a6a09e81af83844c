#pragma once
// Presigned queries: what must be in them, and when they end. Signatures are checked by the pipeline.

#include "emulator/base/clock.h"
#include "emulator/base/result.h"
#include "emulator/protocol/operation.h"

namespace millrace::s3 {

/// Errors: AuthorizationQueryParametersError, AccessDenied "Request has expired", AccessDenied for headers
/// that were not signed. A request without a presigned query is fine.
Result<void> check_presigned(const protocol::Call& call, Millis now);

/// Gives a presigned request the headers that its query stands for: x-amz-*, and the conditions If-Match, If-None-Match,
/// If-Modified-Since and If-Unmodified-Since. A header that was sent as well wins.
void take_query_as_headers(protocol::Call& call);

}  // namespace millrace::s3
