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
void add_object_headers(const storage::Reader& reader, const Bucket& bucket, const ObjectVersion& version,
                        protocol::Headers& headers);

/// x-amz-expiration: expiry-date and rule-id of the earliest lifecycle rule that will end this object, if any.
void add_expiration(const storage::Reader& reader, const Bucket& bucket, const std::string& key,
                    const ObjectVersion& version, protocol::Headers& headers);

/// The action on the called key, or s3:ListBucket where that key is missing: who has it is answered 404, others 403.
protocol::AccessNeeds read_needs(S3& s3, const protocol::Call& call, const Bucket& bucket, const char* action);
/// The same for an operation that may name a version, which is an action of its own.
Access read_access(S3& s3, const char* action, const char* version_action);

}  // namespace millrace::s3
