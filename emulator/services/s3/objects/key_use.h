#pragma once
// Objects under aws:kms: the key must be there and usable, and who writes or reads must be allowed to use it.

#include <string>

#include "emulator/base/result.h"
#include "emulator/services/s3/objects/object_version.h"
#include "emulator/services/s3/s3.h"
#include "emulator/services/s3/wire/request.h"

namespace millrace::s3 {

/// Asks for `kms:<action>` in the caller's name where the version is under a KMS key; nothing else is asked of AWS's own. Puts the
/// key's ARN where the version names it otherwise. Errors: KMS.NotFoundException, KMS.DisabledException,
/// KMS.KMSInvalidStateException, KMS.InvalidKeyUsageException (400), AccessDenied.
Result<void> use_kms_key(S3& s3, const Bucket& bucket, const protocol::Call& call, const char* action,
                         ObjectVersion& version);

}  // namespace millrace::s3
