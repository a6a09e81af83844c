// Configurations without much meaning of their own: acceleration, request payment, logging, ownership
// controls, public access block, replication.

#include "emulator/base/arn.h"
#include "emulator/base/encoding.h"
#include "emulator/services/s3/buckets/configuration.h"
#include "emulator/services/s3/buckets/operations.h"
#include "emulator/services/s3/errors.h"

namespace millrace::s3 {

using protocol::Call;

namespace {

constexpr const char* kPublicAccessFlags[] = {"BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy",
                                              "RestrictPublicBuckets"};

Result<void> check_acceleration(storage::Txn&, const Call&, const Bucket& bucket, pugi::xml_node) {
  if (bucket.name.find('.') == std::string::npos) return {};
  return errors::invalid("S3 Transfer Acceleration is not supported for buckets with periods (.) in their names");
}

Result<void> check_logging(storage::Txn& txn, const Call&, const Bucket& bucket, pugi::xml_node root) {
  static const ErrorKind invalid_target{"InvalidTargetBucketForLogging", 400};
  pugi::xml_node enabled = root.child("LoggingEnabled");
  if (!enabled) return {};
  std::string name = child_text(enabled, "TargetBucket");
  static const ErrorKind elsewhere{"CrossLocationLoggingProhibitted", 403};  // S3's spelling
  auto target = find_bucket(txn, name);
  if (!target)
    return AwsError(invalid_target, "The target bucket for logging does not exist", Json{{"TargetBucket", name}});
  if (target->account == bucket.account && target->region != bucket.region) {
    return AwsError(elsewhere, "Cross S3 location logging not allowed. ",
                    Json{{"TargetBucketLocation", target->region}});
  }
  if (target->account != bucket.account) {
    return AwsError(invalid_target, "The owner for the bucket to be logged and the target bucket must be the same.",
                    Json{{"TargetBucket", name}});
  }
  return {};
}

Result<void> check_ownership(storage::Txn& txn, const Call&, const Bucket& bucket, pugi::xml_node root) {
  bool enforced = child_text(root.child("Rule"), "ObjectOwnership") == "BucketOwnerEnforced";
  if (!enforced || !setting(txn, bucket.name, "acl")) return {};
  return AwsError(errors::invalid_bucket_acl_with_ownership,
                  "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting");
}

Result<void> check_replication(storage::Txn& txn, const Call&, const Bucket& bucket, pugi::xml_node root) {
  if (versioning_of(txn, bucket.name) != Versioning::enabled)
    return errors::invalid("Versioning must be 'Enabled' on the bucket to apply a replication configuration");
  // unverified: AWS's words. A role is passed to S3, which takes none of another account.
  auto role = Arn::parse(child_text(root, "Role"));
  if (role && role->account != bucket.account)
    return AwsError(errors::access_denied, "Cross-account pass role is not allowed.");
  for (const pugi::xml_node& rule : root.children("Rule")) {
    std::string arn = child_text(rule.child("Destination"), "Bucket");
    if (!arn.starts_with("arn:aws:s3:::")) return errors::malformed_xml();
    auto target = find_bucket(txn, arn.substr(13));
    // A bucket that isn't there is told of in the same words.
    if (!target || versioning_of(txn, target->name) != Versioning::enabled)
      return errors::invalid("Destination bucket must have versioning enabled.");
  }
  return {};
}

/// A rule without an id gets one.
Result<void> name_rules(S3& s3, pugi::xml_node root) {
  for (pugi::xml_node rule : root.children("Rule")) {
    if (!child_text(rule, "ID").empty()) continue;
    rule.remove_child("ID");
    rule.prepend_child("ID").text().set(s3.random.uuid().c_str());
  }
  return {};
}

/// Flags that aren't given are off.
Result<void> complete_flags(storage::Txn&, const Call&, const Bucket&, pugi::xml_node root) {
  for (const char* name : kPublicAccessFlags) {
    const std::string given = to_lower(child_text(root, name, "false"));
    root.remove_child(name);
    root.append_child(name).text().set(given.c_str());
  }
  return {};
}

std::string fresh_public_access_block(const Bucket&) {
  XmlWriter xml;
  xml.open_root("PublicAccessBlockConfiguration");
  for (const char* name : kPublicAccessFlags) xml.boolean(name, true);
  return xml.close("PublicAccessBlockConfiguration").take();
}

std::string fresh_ownership(const Bucket&) {
  return XmlWriter()
      .open_root("OwnershipControls")
      .open("Rule")
      .text("ObjectOwnership", "BucketOwnerEnforced")
      .close("Rule")
      .close("OwnershipControls")
      .take();
}

std::string fresh_payment(const Bucket&) {
  return XmlWriter()
      .open_root("RequestPaymentConfiguration")
      .text("Payer", "BucketOwner")
      .close("RequestPaymentConfiguration")
      .take();
}

const Configuration kAccelerate = {
    .kind = "accelerate",
    .operation = "BucketAccelerateConfiguration",
    .action = "AccelerateConfiguration",
    .shape = "AccelerateConfiguration{Status=Enabled|Suspended}",
    .fresh = empty_document("AccelerateConfiguration"),
    .check = check_acceleration,
};

const Configuration kRequestPayment = {
    .kind = "requestPayment",
    .operation = "BucketRequestPayment",
    .action = "BucketRequestPayment",
    .shape = "RequestPaymentConfiguration{Payer=Requester|BucketOwner}",
    .fresh = fresh_payment,
};

// unverified: WRITE_ACP in grants. READ_ACP was seen to be taken, which the API's list doesn't hold either.
const Configuration kLogging = {
    .kind = "logging",
    .operation = "BucketLogging",
    .action = "BucketLogging",
    .shape =
        "BucketLoggingStatus{LoggingEnabled?{TargetBucket, TargetPrefix, TargetGrants?{Grant*{Grantee{ID?, "
        "DisplayName?,"
        "EmailAddress?, URI?}, Permission=FULL_CONTROL|READ|WRITE|READ_ACP|WRITE_ACP}}, "
        "TargetObjectKeyFormat?{SimplePrefix?{},"
        "PartitionedPrefix?{PartitionDateSource?=EventTime|DeliveryTime}}}}",
    .fresh = empty_document("BucketLoggingStatus"),
    .check = check_logging,
};

const Configuration kOwnership = {
    .kind = "ownershipControls",
    .operation = "BucketOwnershipControls",
    .action = "BucketOwnershipControls",
    .removable = true,
    .shape = "OwnershipControls{Rule{ObjectOwnership=BucketOwnerPreferred|ObjectWriter|BucketOwnerEnforced}}",
    .fresh = fresh_ownership,
    .missing = &errors::no_such_ownership_controls,
    .missing_message = "The bucket ownership controls were not found",
    .missing_after_delete = true,
    .check = check_ownership,
};

const Configuration kPublicAccessBlock = {
    .kind = "publicAccessBlock",
    .operation = "PublicAccessBlock",
    .action = "BucketPublicAccessBlock",
    .removable = true,
    .shape =
        "PublicAccessBlockConfiguration{BlockPublicAcls?:bool, IgnorePublicAcls?:bool, "
        "BlockPublicPolicy?:bool,"
        "RestrictPublicBuckets?:bool}",
    .fresh = fresh_public_access_block,
    .missing = &errors::no_such_public_access_block,
    .missing_message = "The public access block configuration was not found",
    .missing_after_delete = true,
    .check = complete_flags,
};

const Configuration kReplication = {
    .kind = "replication",
    .operation = "BucketReplication",
    .action = "ReplicationConfiguration",
    .removable = true,
    .shape =
        "ReplicationConfiguration{Role, Rule+{ID?, Priority?:int, Prefix?, Filter?{Prefix?, Tag?{Key, Value},"
        "And?{Prefix?, Tag*{Key, Value}}}, Status=Enabled|Disabled, SourceSelectionCriteria?{"
        "SseKmsEncryptedObjects?{Status=Enabled|Disabled}, ReplicaModifications?{Status=Enabled|Disabled}},"
        "ExistingObjectReplication?{Status=Enabled|Disabled}, "
        "DeleteMarkerReplication?{Status?=Enabled|Disabled},"
        "Destination{Bucket, Account?, StorageClass?, AccessControlTranslation?{Owner=Destination},"
        "EncryptionConfiguration?{ReplicaKmsKeyID?}, ReplicationTime?{Status=Enabled|Disabled, "
        "Time{Minutes:int}},"
        "Metrics?{Status=Enabled|Disabled, EventThreshold?{Minutes:int}}}}}",
    .missing = &errors::no_such_replication,
    .missing_message = "The replication configuration was not found",
    .check = check_replication,
};

std::string fresh_abac(const Bucket&) {
  return XmlWriter().open_root("AbacStatus").text("Status", "Disabled").close("AbacStatus").take();
}

const Configuration kAbac = {
    .kind = "abac",
    .operation = "BucketAbac",
    .action = "BucketAbac",
    .shape = "AbacStatus{Status=Enabled|Disabled}",
    .fresh = fresh_abac,
};

}  // namespace

void add_plain_configurations(Operations& operations, S3& s3) {
  Configuration replication = kReplication;
  replication.prepare = [&s3](const Call&, const Bucket&, pugi::xml_node root) { return name_rules(s3, root); };
  add_configuration(operations, s3, replication);
  for (const Configuration* configuration :
       {&kAccelerate, &kRequestPayment, &kLogging, &kOwnership, &kPublicAccessBlock, &kAbac})
    add_configuration(operations, s3, *configuration);
}

}  // namespace millrace::s3
