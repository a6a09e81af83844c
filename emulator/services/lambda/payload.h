#pragma once
// Payloads of invocations: limits and form.

#include <string>

#include "emulator/base/result.h"

namespace millrace::lambda {

inline constexpr size_t kSyncPayloadMax = 6'291'456;   // [AWS quota]
inline constexpr size_t kAsyncPayloadMax = 1'048'576;  // since October 2025 [AWS quota]

/// The request's payload as JSON text: `{}` for an empty body. Errors: too large, not JSON.
Result<std::string> request_payload(std::string body, bool async);

}  // namespace millrace::lambda
