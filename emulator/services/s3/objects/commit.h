#pragma once
// The changes that put, replace and delete versions: all rules of versioning and object lock are here.

#include <optional>
#include <string>

#include "emulator/services/s3/buckets/bucket.h"
#include "emulator/services/s3/objects/object_version.h"
#include "emulator/services/s3/s3.h"
#include "emulator/services/s3/wire/request.h"

namespace millrace::s3 {

/// If-None-Match: * and If-Match of a write.
struct WriteConditions {
  bool if_none_match = false;
  std::optional<std::string> if_match;
};
/// Errors: NotImplemented for values that S3 doesn't take.
Result<WriteConditions> write_conditions(const protocol::Call& call);
/// Errors: PreconditionFailed, NoSuchKey.
Result<void> check_conditions(const storage::Reader& reader, const Bucket& bucket, const std::string& key,
                              const WriteConditions& conditions);

/// What the operation that causes a change is called in event notifications.
struct Cause {
  std::string event;  // "ObjectCreated:Put"
  std::string principal;
  std::string source_ip;
  std::string request_id;
  std::string trace = {};  // X-Amzn-Trace-Id, which notifications carry on; empty: none
};
Cause cause_of(const protocol::Call& call, std::string event);

/// Stores a new version of the key under the bucket's versioning state: sets its id and sequence, replaces
/// what it replaces, queues the event and the replication.
void put_version(storage::Txn& txn, S3& s3, const Bucket& bucket, const std::string& key, ObjectVersion& version,
                 const Cause& cause);
/// Stores a copy that replication made, under the id and at the place in the order that it has in its source.
void put_replica(storage::Txn& txn, S3& s3, const Bucket& bucket, const std::string& key, ObjectVersion& version);
/// Stores changed metadata (tags, locks, ACL) of a version in its place.
void update_version(storage::Txn& txn, const Bucket& bucket, const std::string& key, const ObjectVersion& version);

struct Deletion {
  bool marker_created = false;
  bool marker_removed = false;
  std::string version_id;  // of the marker that was created, or of the version that was removed; may be empty
};
/// Deletes the key (or puts a delete marker), or one version for good. Errors: InvalidArgument, AccessDenied
/// by object lock.
Result<Deletion> delete_version(storage::Txn& txn, S3& s3, const Bucket& bucket, const std::string& key,
                                const std::optional<std::string>& version_id, bool bypass_governance,
                                const Cause& cause);

/// Erases the bytes of a version, with its manifest.
void erase_bytes(storage::Txn& txn, const ObjectVersion& version);

}  // namespace millrace::s3
