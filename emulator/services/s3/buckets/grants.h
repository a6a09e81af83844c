#pragma once
// Who may what by the bucket itself: its policy, its ACL and its objects' ACLs, less what the public access
// block and the ownership controls take away. ACL grants are put as policy statements, so that one evaluator
// decides.

#include <string>

#include "emulator/protocol/operation.h"
#include "emulator/services/s3/buckets/bucket.h"
#include "emulator/services/s3/objects/object_version.h"

namespace millrace::s3 {

/// JSON text of the policy that governs the bucket; empty if there is none.
std::string effective_policy(const storage::Reader& reader, const Bucket& bucket);
/// The same for one of its objects.
std::string effective_object_policy(const storage::Reader& reader, const Bucket& bucket, const std::string& key,
                                    const std::string& version_id);

/// s3:ExistingObjectTag/<key> of the object, if it exists.
void add_object_keys(const storage::Reader& reader, const Bucket& bucket, const std::string& key,
                     const std::string& version_id, protocol::ConditionContext& context);

struct PublicAccessBlock {
  bool block_acls = true, ignore_acls = true, block_policy = true, restrict_buckets = true;
};
PublicAccessBlock public_access_block(const storage::Reader& reader, const Bucket& bucket);

/// "BucketOwnerEnforced", "BucketOwnerPreferred" or "ObjectWriter".
std::string object_ownership(const storage::Reader& reader, const Bucket& bucket);

/// AWS's meaning of "public" for a policy: an Allow for everybody that no condition narrows to fixed values.
/// https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
bool is_public_policy(const std::string& policy);

}  // namespace millrace::s3
