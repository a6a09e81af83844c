#pragma once
// The policy of a POST form: until when, and what the fields must be.

#include <cstdint>
#include <optional>

#include "emulator/base/clock.h"
#include "emulator/base/result.h"
#include "emulator/protocol/http.h"

namespace millrace::s3 {

struct PostLimits {
  uint64_t bytes_min = 0;
  uint64_t bytes_max = UINT64_MAX;
};

/// Checks the policy (base64 JSON) against the form's fields, to which `bucket` is added. Errors:
/// AccessDenied, InvalidPolicyDocument.
Result<PostLimits> check_post_policy(const std::string& encoded, const protocol::Headers& fields,
                                     const std::string& bucket, Millis now);

}  // namespace millrace::s3
