#pragma once
// Finding versions of objects.

#include <optional>
#include <string>

#include "emulator/base/result.h"
#include "emulator/ports/authority.h"
#include "emulator/services/s3/buckets/bucket.h"
#include "emulator/services/s3/objects/object_version.h"
#include "emulator/services/s3/wire/request.h"
#include "emulator/storage/store.h"

namespace millrace::s3 {

/// The current object; nothing if there is none or it is a delete marker.
std::optional<ObjectVersion> find_current(const storage::Reader& reader, const Bucket& bucket, std::string_view key);
/// The newest version, delete markers included.
std::optional<ObjectVersion> find_newest(const storage::Reader& reader, const Bucket& bucket, std::string_view key);
/// By id; "" is the current one. Delete markers are found by their id.
std::optional<ObjectVersion> find_version(const storage::Reader& reader, const Bucket& bucket, std::string_view key,
                                          std::string_view version_id);

/// What an operation on a present object needs: NoSuchKey (with x-amz-delete-marker where the newest is one),
/// NoSuchVersion, InvalidArgument for an id of another form. A delete marker may be named by its id.
Result<ObjectVersion> require_version(const storage::Reader& reader, const Bucket& bucket, std::string_view key,
                                      const std::optional<std::string>& version_id);

/// The version that a call names, or the newest, for what a delete marker can't have (tags, ACLs, locks). Errors: the
/// above, and MethodNotAllowed for a delete marker, named or not.
Result<ObjectVersion> called_version(const storage::Reader& reader, const Bucket& bucket, const protocol::Call& call);

/// 32 characters, of which the last say the sequence, so that a version is found without a search; the first few are
/// a digest of the rest, so that an id that was made up is known for one.
std::string make_version_id(uint64_t sequence, std::string_view random_text);
std::optional<uint64_t> sequence_in_version_id(std::string_view id);
/// "null", or made by make_version_id(), whatever became of the version.
bool is_own_version_id(std::string_view id);
/// Of the form of version ids. Error: InvalidArgument.
Result<void> check_version_id(const std::optional<std::string>& version_id);

/// aws:RequestedRegion of what is done in a bucket on somebody's behalf: a bucket's ARN names no region.
inline ports::RequestContext region_of(const Bucket& bucket) {
  return {{"aws:requestedregion", {bucket.region}}};
}

}  // namespace millrace::s3
