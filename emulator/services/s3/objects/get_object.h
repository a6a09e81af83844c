#pragma once
// Reading objects: shared by GetObject, HeadObject and website pages.

#include "emulator/services/s3/buckets/bucket.h"
#include "emulator/services/s3/objects/object_version.h"
#include "emulator/services/s3/s3.h"
#include "emulator/services/s3/wire/request.h"

namespace millrace::s3 {

/// The whole answer, with its body unless the method is HEAD.
Result<protocol::HttpReply> read_object(S3& s3, const protocol::Call& call);

/// The headers that describe a version: type, times, encryption, metadata, locks, expiry.
void add_object_headers(const storage::Reader& reader, const Bucket& bucket, const std::string& key,
                        const ObjectVersion& version, protocol::Headers& headers);

/// GetObject's needs, with s3:ListBucket where the key is missing: without it a caller may not learn that.
Access read_access(S3& s3, const char* action, const char* version_action);

}  // namespace millrace::s3
