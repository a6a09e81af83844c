// GetObjectLockConfiguration, PutObjectLockConfiguration.

#include "emulator/services/s3/buckets/object_lock.h"

#include "emulator/services/s3/buckets/configuration.h"
#include "emulator/services/s3/buckets/operations.h"
#include "emulator/services/s3/errors.h"

namespace millrace::s3 {

namespace {

constexpr Millis kDay = 86'400'000;
constexpr const char* kShape =
    "ObjectLockConfiguration{ObjectLockEnabled?=Enabled, "
    "Rule?{DefaultRetention?{Mode?=GOVERNANCE|COMPLIANCE, Days?:int,"
    "Years?:int}}}";

Result<void> check_object_lock(storage::Txn& txn, const protocol::Call&, const Bucket& bucket, pugi::xml_node root) {
  if (versioning_of(txn, bucket.name) != Versioning::enabled) {
    return AwsError(errors::invalid_bucket_state,
                    "Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration");
  }
  if (!has_child(root, "ObjectLockEnabled")) return errors::malformed_xml();
  if (!has_child(root, "Rule")) return {};
  pugi::xml_node retention = root.child("Rule").child("DefaultRetention");
  if (!has_child(retention, "Mode") || has_child(retention, "Days") == has_child(retention, "Years"))
    return errors::malformed_xml();
  int64_t length = retention.child(has_child(retention, "Days") ? "Days" : "Years").text().as_llong();
  if (length < 1)
    return AwsError(errors::invalid_argument_kind, "Default retention period must be a positive integer value.");
  if (length > (has_child(retention, "Days") ? 36'500 : 100))
    return AwsError(errors::invalid_argument_kind, "Default retention period too large.");
  return {};
}

const Configuration kObjectLock = {
    .kind = "object-lock",
    .operation = "ObjectLockConfiguration",
    .action = "BucketObjectLockConfiguration",
    .shape = kShape,
    .missing = &errors::object_lock_not_found,
    .missing_message = "Object Lock configuration does not exist for this bucket",
    .check = check_object_lock,
};

}  // namespace

bool has_object_lock(const storage::Reader& reader, const Bucket& bucket) {
  return setting(reader, bucket.name, "object-lock").has_value();
}

std::optional<DefaultRetention> default_retention(const storage::Reader& reader, const Bucket& bucket) {
  static const XmlShape shape = xml_shape(kShape);
  auto text = setting(reader, bucket.name, "object-lock");
  if (!text) return std::nullopt;
  auto document = parse_xml(*text, shape);
  if (document.has_error()) return std::nullopt;
  pugi::xml_node retention = (*document)->document_element().child("Rule").child("DefaultRetention");
  if (!retention) return std::nullopt;
  DefaultRetention out;
  out.mode = child_text(retention, "Mode");
  out.length_ms = has_child(retention, "Days") ? retention.child("Days").text().as_llong() * kDay
                                               : retention.child("Years").text().as_llong() * 365 * kDay;
  return out;
}

void add_object_lock_configuration(Operations& operations, S3& s3) {
  add_configuration(operations, s3, kObjectLock);
}

}  // namespace millrace::s3
