#include "emulator/services/s3/objects/new_object.h"

#include "emulator/base/encoding.h"
#include "emulator/services/s3/buckets/acl.h"
#include "emulator/services/s3/buckets/encryption.h"
#include "emulator/services/s3/buckets/grants.h"
#include "emulator/services/s3/buckets/object_lock.h"
#include "emulator/services/s3/buckets/tags.h"
#include "emulator/services/s3/errors.h"
#include "emulator/services/s3/objects/customer_key.h"
#include "emulator/services/s3/objects/key_use.h"
#include "emulator/services/s3/wire/metadata_text.h"

namespace millrace::s3 {

namespace {

constexpr size_t kMetadataBytesMax = 2048;
constexpr const char* kContentHeaders[] = {"cache-control", "content-disposition", "content-language", "content-type",
                                           "expires"};
constexpr const char* kStorageClasses[] = {"STANDARD",     "REDUCED_REDUNDANCY",  "STANDARD_IA",
                                           "ONEZONE_IA",   "INTELLIGENT_TIERING", "GLACIER",
                                           "DEEP_ARCHIVE", "GLACIER_IR"};

/// Without aws-chunked, which is of the transfer, not of the object.
std::string content_encoding(std::string_view header) {
  std::string out;
  while (!header.empty()) {
    std::string_view item = header.substr(0, header.find(','));
    header.remove_prefix(std::min(header.size(), item.size() + 1));
    while (item.starts_with(' ')) item.remove_prefix(1);
    while (item.ends_with(' ')) item.remove_suffix(1);
    if (item.empty() || equals_ignore_case(item, "aws-chunked")) continue;
    out += (out.empty() ? "" : ",") + std::string(item);
  }
  return out;
}

/// The account that an object belongs to, by the bucket's ownership controls.
/// https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html
std::string owner_of_new(const storage::Reader& reader, const Bucket& bucket, const protocol::Headers& fields,
                         const protocol::Caller& caller) {
  const std::string ownership = object_ownership(reader, bucket);
  const bool handed_over =
      ownership == "BucketOwnerPreferred" && fields.get("x-amz-acl") == "bucket-owner-full-control";
  return caller.anonymous || ownership == "BucketOwnerEnforced" || handed_over ? bucket.account : caller.account;
}

/// The key that AWS manages for S3 in the bucket's account; it exists from its first use on.
Result<std::string> own_key(S3& s3, const Bucket& bucket) {
  if (!s3.keys) return "arn:aws:kms:" + bucket.region + ":" + bucket.account + ":alias/aws/s3";
  TRY_VOID(s3.keys->use_managed_key(bucket.account, bucket.region, "s3"));
  return s3.keys->managed_key_arn(bucket.account, bucket.region, "s3");
}

}  // namespace

Result<Pairs> content_headers(const protocol::Headers& fields) {
  Pairs out;
  for (const char* name : kContentHeaders) {
    if (std::string_view value = fields.get(name); !value.empty()) out.emplace_back(name, value);
  }
  if (!value_of(out, "content-type")) out.emplace_back("content-type", "binary/octet-stream");
  if (std::string encoding = content_encoding(fields.get("content-encoding")); !encoding.empty())
    out.emplace_back("content-encoding", encoding);
  if (std::string_view to = fields.get("x-amz-website-redirect-location"); !to.empty()) {
    if (!to.starts_with('/') && !to.starts_with("http://") && !to.starts_with("https://")) {
      static const ErrorKind kind{"InvalidRedirectLocation", 400};
      return AwsError(kind, "The website redirect location must have a prefix of 'http://' or 'https://' or '/'.");
    }
    out.emplace_back("x-amz-website-redirect-location", to);
  }
  size_t bytes = 0;
  for (const auto& [name, value] : fields) {
    std::string lower = to_lower(name);
    if (!lower.starts_with("x-amz-meta-")) continue;
    bytes += lower.size() - 11 + value.size();
    const std::string text = metadata_from_header(value);
    bool merged = false;
    for (auto& [present, before] : out) {
      if (present == lower) before += "," + text, merged = true;
    }
    if (!merged) out.emplace_back(std::move(lower), text);
  }
  if (bytes > kMetadataBytesMax) {
    return AwsError(errors::metadata_too_large, "Your metadata headers exceed the maximum allowed metadata size",
                    Json{{"Size", bytes}, {"MaxSizeAllowed", kMetadataBytesMax}});
  }
  return out;
}

Result<void> read_storage_class(const protocol::Headers& fields, ObjectVersion& version) {
  std::string_view wanted = fields.get("x-amz-storage-class");
  if (wanted.empty()) return {};
  for (const char* known : kStorageClasses) {
    if (wanted != known) continue;
    version.storage_class = wanted;
    return {};
  }
  return AwsError(errors::invalid_storage_class, "The storage class you specified is not valid",
                  Json{{"StorageClassRequested", wanted}});
}

Result<void> read_encryption(S3& s3, const storage::Reader& reader, const Bucket& bucket,
                             const protocol::Headers& fields, ObjectVersion& version) {
  TRY(CustomerKey customer_key, read_customer_key(fields));
  if (!customer_key.digest.empty()) {
    version.customer_key = std::move(customer_key.digest);
    version.customer_key_md5 = std::move(customer_key.md5);
    return {};
  }
  std::string_view algorithm = fields.get("x-amz-server-side-encryption");
  std::string_view key = fields.get("x-amz-server-side-encryption-aws-kms-key-id");
  Encryption by_default = default_encryption(reader, bucket);
  if (algorithm.empty() && !key.empty()) {
    return errors::invalid_argument(
        "Server Side Encryption with KMS managed key requires HTTP header x-amz-server-side-encryption : "
        "aws:kms",
        "x-amz-server-side-encryption");
  }
  if (!algorithm.empty() && algorithm != "AES256" && algorithm != "aws:kms" && algorithm != "aws:kms:dsse") {
    return errors::invalid_argument("The encryption method specified is not supported", "x-amz-server-side-encryption",
                                    algorithm);
  }
  version.encryption = algorithm.empty() ? by_default.algorithm : std::string(algorithm);
  if (version.encryption == "AES256") return {};
  version.kms_key = !key.empty() ? std::string(key) : by_default.kms_key;
  if (version.kms_key.empty()) {
    TRY(version.kms_key, own_key(s3, bucket));
  }
  std::string_view bucket_key = fields.get("x-amz-server-side-encryption-bucket-key-enabled");
  version.bucket_key = bucket_key.empty() ? by_default.bucket_key : equals_ignore_case(bucket_key, "true");
  return {};
}

Result<void> read_lock(S3& s3, const storage::Reader& reader, const Bucket& bucket, const protocol::Headers& fields,
                       ObjectVersion& version) {
  std::string_view mode = fields.get("x-amz-object-lock-mode"),
                   until = fields.get("x-amz-object-lock-retain-until-date");
  std::string_view hold = fields.get("x-amz-object-lock-legal-hold");
  bool asks = !mode.empty() || !until.empty() || !hold.empty();
  if (asks && !has_object_lock(reader, bucket)) return errors::invalid("Bucket is missing Object Lock Configuration");
  if (mode.empty() != until.empty()) {
    return errors::invalid_argument(
        "x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied",
        mode.empty() ? "x-amz-object-lock-mode" : "x-amz-object-lock-retain-until-date");
  }
  if (!mode.empty()) {
    if (mode != "GOVERNANCE" && mode != "COMPLIANCE")
      return errors::invalid_argument("Unknown wormMode directive.", "x-amz-object-lock-mode", mode);
    Millis date = parse_iso(std::string(until));
    if (date < 0)
      return errors::invalid_argument("The retain until date must be provided in ISO 8601 format",
                                      "x-amz-object-lock-retain-until-date", until);
    if (date <= s3.clock.now_ms())
      return errors::invalid_argument("The retain until date must be in the future!",
                                      "x-amz-object-lock-retain-until-date", java_date(date));
    version.lock_mode = mode;
    version.retain_until_ms = date;
  } else if (auto retention = default_retention(reader, bucket)) {
    version.lock_mode = retention->mode;
    version.retain_until_ms = s3.clock.now_ms() + retention->length_ms;
  }
  if (hold.empty()) return {};
  if (hold != "ON" && hold != "OFF")
    return errors::invalid_argument("Legal Hold must be either of 'ON' or 'OFF'", "x-amz-object-lock-legal-hold", hold);
  version.legal_hold = hold == "ON";
  version.legal_hold_known = true;
  return {};
}

Result<ObjectVersion> new_object_from(S3& s3, const storage::Reader& reader, const Bucket& bucket,
                                      const protocol::Headers& fields, const protocol::Caller& caller) {
  ObjectVersion version;
  TRY(version.headers, content_headers(fields));
  TRY_VOID(read_storage_class(fields, version));
  TRY_VOID(read_encryption(s3, reader, bucket, fields, version));
  TRY_VOID(read_lock(s3, reader, bucket, fields, version));
  if (std::string_view tagging = fields.get("x-amz-tagging"); !tagging.empty()) {
    TRY(version.tags, read_tagging_header(tagging));
  }
  version.owner = owner_of_new(reader, bucket, fields, caller);
  TRY(version.acl, requested_acl(reader, bucket, fields, version.owner));
  return version;
}

Result<ObjectVersion> new_object(S3& s3, const storage::Reader& reader, const Bucket& bucket,
                                 const protocol::Call& call) {
  TRY(ObjectVersion version, new_object_from(s3, reader, bucket, call.http.headers, call.caller));
  TRY_VOID(use_kms_key(s3, bucket, key_of(call), call, {"GenerateDataKey"}, version));
  return version;
}

void add_encryption_headers(const ObjectVersion& version, protocol::Headers& headers) {
  if (!version.customer_key.empty()) {
    headers.set("x-amz-server-side-encryption-customer-algorithm", "AES256");
    headers.set("x-amz-server-side-encryption-customer-key-MD5", version.customer_key_md5);
    return;
  }
  headers.set("x-amz-server-side-encryption", version.encryption);
  if (!version.kms_key.empty()) headers.set("x-amz-server-side-encryption-aws-kms-key-id", version.kms_key);
  if (version.bucket_key) headers.set("x-amz-server-side-encryption-bucket-key-enabled", "true");
}

void add_write_headers(const ObjectVersion& version, protocol::Headers& headers) {
  if (!version.etag.empty()) headers.set("ETag", quoted_etag(version.etag));
  add_encryption_headers(version, headers);
  if (version.version_id != "null") headers.set("x-amz-version-id", version.version_id);
  if (version.checksum.algorithm == Algorithm::none) return;
  headers.set(checksum_header(version.checksum.algorithm), version.checksum.value);
  headers.set("x-amz-checksum-type", version.checksum.composite ? "COMPOSITE" : "FULL_OBJECT");
}

std::string quoted_etag(std::string_view etag) {
  return "\"" + std::string(etag) + "\"";
}

std::string listed_time(Millis t) {
  return iso_seconds(t).substr(0, 19) + ".000Z";
}

}  // namespace millrace::s3
