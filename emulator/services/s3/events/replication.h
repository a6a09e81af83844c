#pragma once
// Replication to other buckets of this emulator. What is to be replicated is stored in the change that wrote
// it, and erased when it was done or given up.

#include "emulator/services/s3/objects/commit.h"

namespace millrace::s3 {

/// For a version that was just put: marks it PENDING where an enabled rule wants it, and queues the copy.
/// Must run before the version is stored.
void plan_replication(storage::Txn& txn, S3& s3, const Bucket& bucket, const std::string& key, ObjectVersion& version);

/// Does what is queued; called on the background thread.
void replicate(S3& s3);

}  // namespace millrace::s3
