// GetBucketEncryption, PutBucketEncryption, DeleteBucketEncryption.

#include "emulator/services/s3/buckets/encryption.h"

#include "emulator/services/s3/buckets/configuration.h"
#include "emulator/services/s3/buckets/operations.h"
#include "emulator/services/s3/errors.h"

namespace millrace::s3 {

namespace {

constexpr const char* kShape =
    "ServerSideEncryptionConfiguration{Rule+{ApplyServerSideEncryptionByDefault?{SSEAlgorithm=AES256|aws:kms|"
    "aws:kms:dsse,"
    "KMSMasterKeyID?}, BucketKeyEnabled?:bool, BlockedEncryptionTypes?{EncryptionType*}}}";

std::string fresh_encryption(const Bucket&) {
  return XmlWriter()
      .open_root("ServerSideEncryptionConfiguration")
      .open("Rule")
      .open("ApplyServerSideEncryptionByDefault")
      .text("SSEAlgorithm", "AES256")
      .close("ApplyServerSideEncryptionByDefault")
      .boolean("BucketKeyEnabled", false)
      .close("Rule")
      .close("ServerSideEncryptionConfiguration")
      .take();
}

Result<void> check_encryption(storage::Txn&, const protocol::Call&, const Bucket&, pugi::xml_node root) {
  pugi::xml_node rule = root.child("Rule");
  if (rule.next_sibling("Rule")) return errors::malformed_xml();
  pugi::xml_node by_default = rule.child("ApplyServerSideEncryptionByDefault");
  if (child_text(by_default, "SSEAlgorithm") == "AES256" && has_child(by_default, "KMSMasterKeyID")) {
    return errors::invalid_argument(
        "a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse",
        "ApplyServerSideEncryptionByDefault");
  }
  if (!has_child(rule, "BucketKeyEnabled")) rule.append_child("BucketKeyEnabled").text().set("false");
  return {};
}

const Configuration kEncryption = {
    .kind = "encryption",
    .operation = "BucketEncryption",
    .action = "EncryptionConfiguration",
    .removable = true,
    .shape = kShape,
    .fresh = fresh_encryption,
    .check = check_encryption,
};

}  // namespace

Encryption default_encryption(const storage::Reader& reader, const Bucket& bucket) {
  static const XmlShape shape = xml_shape(kShape);
  Encryption out;
  auto text = setting(reader, bucket.name, "encryption");
  if (!text) return out;
  auto document = parse_xml(*text, shape);
  if (document.has_error()) return out;
  pugi::xml_node rule = (*document)->document_element().child("Rule");
  pugi::xml_node by_default = rule.child("ApplyServerSideEncryptionByDefault");
  out.algorithm = child_text(by_default, "SSEAlgorithm", "AES256");
  out.kms_key = child_text(by_default, "KMSMasterKeyID");
  out.bucket_key = child_text(rule, "BucketKeyEnabled") == "true";
  return out;
}

void add_encryption_configuration(Operations& operations, S3& s3) {
  add_configuration(operations, s3, kEncryption);
}

}  // namespace millrace::s3
