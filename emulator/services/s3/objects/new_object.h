#pragma once
// What a request says of the object it makes, beside its bytes.

#include "emulator/base/result.h"
#include "emulator/services/s3/objects/object_version.h"
#include "emulator/services/s3/s3.h"
#include "emulator/services/s3/wire/request.h"

namespace millrace::s3 {

/// Metadata, storage class, tags, encryption, lock and ACL, from headers (or form fields) of S3's names.
/// Errors: MetadataTooLarge, InvalidStorageClass, InvalidArgument, InvalidTag,
/// InvalidRequest, NotImplemented, AccessControlListNotSupported.
Result<ObjectVersion> new_object(S3& s3, const storage::Reader& reader, const Bucket& bucket,
                                 const protocol::Call& call);
Result<ObjectVersion> new_object_from(S3& s3, const storage::Reader& reader, const Bucket& bucket,
                                      const protocol::Headers& fields, const protocol::Caller& caller);

/// The parts of it, for copies.
Result<Pairs> content_headers(const protocol::Headers& fields);
Result<void> read_storage_class(const protocol::Headers& fields, ObjectVersion& version);
Result<void> read_encryption(S3& s3, const storage::Reader& reader, const Bucket& bucket,
                             const protocol::Headers& fields, ObjectVersion& version);
Result<void> read_lock(S3& s3, const storage::Reader& reader, const Bucket& bucket, const protocol::Headers& fields,
                       ObjectVersion& version);

/// The answer's headers that say how the object is encrypted.
void add_encryption_headers(const ObjectVersion& version, protocol::Headers& headers);
/// ETag, version id, checksum: what every answer to a write carries.
void add_write_headers(const ObjectVersion& version, protocol::Headers& headers);

std::string quoted_etag(std::string_view etag);
/// `2024-01-31T09:05:07.000Z`: to the second, as S3 lists times.
std::string listed_time(Millis t);

}  // namespace millrace::s3
