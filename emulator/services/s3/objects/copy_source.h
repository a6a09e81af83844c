#pragma once
// x-amz-copy-source: what CopyObject and UploadPartCopy read from.

#include <optional>
#include <string>

#include "emulator/services/s3/body/body_writer.h"
#include "emulator/services/s3/body/checksum.h"
#include "emulator/services/s3/buckets/bucket.h"
#include "emulator/services/s3/objects/object_version.h"
#include "emulator/services/s3/wire/request.h"

namespace millrace::s3 {

struct CopySource {
  std::string bucket, key;
  std::optional<std::string> version_id;
};

/// `bucket/key[?versionId=]`, form-encoded, or a whole URL of the object. Error: InvalidArgument.
Result<CopySource> read_copy_source(S3& s3, const protocol::Call& call);

/// The source's version, its conditions judged. Errors: NoSuchBucket, NoSuchKey, NoSuchVersion,
/// InvalidRequest, PreconditionFailed, InvalidObjectState; use_kms_key's.
struct FoundSource {
  Bucket bucket;
  ObjectVersion version;
  std::string body_key;
};
Result<FoundSource> find_source(S3& s3, const storage::Reader& snapshot, const protocol::Call& call,
                                const CopySource& source);

/// A range of a version's bytes, and the key that they are under.
struct SourceBytes {
  const ObjectVersion& version;
  const std::string& key;
  uint64_t offset = 0;
  uint64_t count = 0;
};

/// Copies them into a new body.
struct Copied {
  std::string md5_hex;
  Checksum checksum;
};
Result<Copied> copy_bytes(std::shared_ptr<const storage::Reader> snapshot, const SourceBytes& source,
                          Algorithm algorithm, BodyWriter& writer);

/// Read the source, write the target.
Access copy_access(S3& s3);

}  // namespace millrace::s3
