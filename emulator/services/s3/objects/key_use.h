#pragma once
// The keys that objects' bytes lie encrypted under: the store's own for SSE-S3, a data key of the object's for SSE-KMS, which
// KMS has encrypted under the object's key, bound to its ARN (with a bucket key: to the bucket's), and the customer's itself
// for SSE-C. What earlier versions stored lies as it is. All bodies of an object, its parts', are under its one key. A key of
// KMS must be there and usable, and who writes or reads must be allowed to use it.

#include <string>

#include "emulator/base/result.h"
#include "emulator/ports/objects.h"
#include "emulator/services/s3/objects/customer_key.h"
#include "emulator/services/s3/objects/object_version.h"
#include "emulator/services/s3/s3.h"
#include "emulator/services/s3/wire/request.h"

namespace millrace::s3 {

/// Asks for these of KMS's actions ("Decrypt") in the caller's name where the version is under a customer's key; nothing is
/// asked of AWS's own. Puts the key's ARN where the version names it otherwise. Errors: KMS.NotFoundException,
/// KMS.DisabledException, KMS.KMSInvalidStateException, KMS.InvalidKeyUsageException (400), AccessDenied.
Result<void> use_kms_key(S3& s3, const Bucket& bucket, const std::string& key, const protocol::Call& call,
                         const std::vector<std::string>& actions, ObjectVersion& version);
/// The same for another service, a role, or a caller that is known by its access key.
Result<void> use_kms_key(S3& s3, const Bucket& bucket, const std::string& key, const ports::OnBehalfOf& whose,
                         const std::vector<std::string>& actions, ObjectVersion& version);

/// A new object's or upload's; `version` is told how it is encrypted. `headers` are the request's, which have a customer's key.
/// Not from a change. KMS's errors as above.
Result<std::string> new_body_key(S3& s3, const Bucket& bucket, const std::string& key, const protocol::Headers& headers,
                                 ObjectVersion& version);
/// Of an object or upload that is there, for a reader who may (use_kms_key, check_customer_key); empty: it isn't encrypted.
/// The same errors; AccessDenied where its data key can't be read.
Result<std::string> body_key(S3& s3, const Bucket& bucket, const std::string& key, const ObjectVersion& version,
                             const protocol::Headers& headers, const char* prefix = kCustomerKeyHeaders);

}  // namespace millrace::s3
