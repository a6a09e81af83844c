#pragma once
// What PutBucketPolicy refuses, in S3's words, which aren't IAM's.

#include <string>

#include "emulator/base/result.h"
#include "emulator/services/s3/buckets/bucket.h"
#include "emulator/services/s3/service.h"

namespace millrace::s3 {

/// Errors: MalformedPolicy, InvalidPolicyDocument for one that is too large. Without `is_known` every
/// principal is. Whether conditions fit the actions isn't checked.
Result<void> check_bucket_policy(const std::string& text, const Bucket& bucket, const PrincipalCheck& is_known);

}  // namespace millrace::s3
