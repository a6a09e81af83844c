// GetBucketVersioning, PutBucketVersioning.

#include "emulator/services/s3/buckets/configuration.h"
#include "emulator/services/s3/buckets/operations.h"
#include "emulator/services/s3/errors.h"

namespace millrace::s3 {

namespace {

Result<void> check_versioning(storage::Txn& txn, const protocol::Call&, const Bucket& bucket, pugi::xml_node root) {
  pugi::xml_node status = root.child("Status");
  if (!status) return AwsError(errors::illegal_versioning, "The Versioning element must be specified");
  bool suspends = std::string_view(status.text().get()) == "Suspended";
  if (suspends && setting(txn, bucket.name, "object-lock")) {
    return AwsError(
        errors::invalid_bucket_state,
        "An Object Lock configuration is present on this bucket, so the versioning state cannot be changed.");
  }
  if (suspends && setting(txn, bucket.name, "replication")) {
    return AwsError(
        errors::invalid_bucket_state,
        "A replication configuration is present on this bucket, so the versioning state cannot be changed.");
  }
  return {};
}

const Configuration kVersioning = {
    .kind = "versioning",
    .operation = "BucketVersioning",
    .action = "BucketVersioning",
    .shape = "VersioningConfiguration{Status?=Enabled|Suspended, MfaDelete?=Enabled|Disabled}",
    .fresh = empty_document("VersioningConfiguration"),
    .check = check_versioning,
};

}  // namespace

void add_versioning_configuration(Operations& operations, S3& s3) {
  add_configuration(operations, s3, kVersioning);
}

}  // namespace millrace::s3
