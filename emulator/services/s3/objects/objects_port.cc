#include "emulator/services/s3/objects/objects_port.h"

#include "emulator/base/encoding.h"
#include "emulator/base/store_fault.h"
#include "emulator/services/s3/body/body_source.h"
#include "emulator/services/s3/body/body_writer.h"
#include "emulator/services/s3/buckets/encryption.h"
#include "emulator/services/s3/buckets/grants.h"
#include "emulator/services/s3/errors.h"
#include "emulator/services/s3/objects/commit.h"
#include "emulator/services/s3/objects/customer_key.h"
#include "emulator/services/s3/objects/key_use.h"
#include "emulator/services/s3/objects/listing.h"
#include "emulator/services/s3/objects/lookup.h"

namespace millrace::s3 {

/// Of the account's own buckets: the caller's policies were asked about by the service, which knows the operation.
Result<void> ObjectsPort::check(const ports::OnBehalfOf& whose, const Bucket& bucket, const std::string& action,
                                const std::string& resource) const {
  if (bucket.account == whose.account) return {};
  ports::Authority* authority = s3_->authority;
  protocol::Identity* identity = s3_->identity;
  if (!whose.role_arn.empty()) {
    if (!authority || authority->role_may(whose.role_arn, action, resource, region_of(bucket))) return {};
    return errors::access_denied_plainly();
  }
  if (!whose.service_principals.empty()) {
    ports::RequestContext context = region_of(bucket);
    context["aws:sourceaccount"] = {whose.account};
    const std::string policy = effective_policy(s3_->store, bucket);
    for (const std::string& name : whose.service_principals) {
      if (!authority || authority->resource_policy_allows_service(policy, name, action, resource, context)) return {};
    }
    return errors::access_denied_plainly();
  }
  protocol::Call call;
  call.caller.account = whose.account;
  call.caller.access_key_id = whose.access_key_id;  // unknown: the account's root
  protocol::AccessNeed need{action, resource, {}, effective_policy(s3_->store, bucket), bucket.account};
  if (identity && identity->authorize(call, {need})) return errors::access_denied_plainly();
  return {};
}

Result<ObjectsPort::Readable> ObjectsPort::readable(const storage::Reader& reader,
                                                    const ports::ObjectName& name) const {
  TRY(Bucket bucket, require_bucket(reader, name.bucket));
  TRY_VOID(check(name.whose, bucket, name.version_id.empty() ? "s3:GetObject" : "s3:GetObjectVersion",
                 object_arn(bucket.name, name.key)));
  std::optional<std::string> version_id;
  if (!name.version_id.empty()) version_id = name.version_id;
  TRY(ObjectVersion version, require_version(reader, bucket, name.key, version_id));
  if (version.delete_marker) return errors::no_such_key(name.key);
  // A service of AWS has no customer's key to show.
  TRY_VOID(check_customer_key({}, version));
  TRY_VOID(use_kms_key(*s3_, bucket, name.key, name.whose, {"Decrypt"}, version));
  TRY(std::string key, body_key(*s3_, bucket, name.key, version, {}));
  return Readable{std::move(version), std::move(key)};
}

Result<ports::ObjectContent> ObjectsPort::get(const ports::ObjectName& name, uint64_t bytes_max) {
  auto snapshot = s3_->store.snapshot();
  TRY(const Readable found, readable(*snapshot, name));
  const ObjectVersion& version = found.version;
  if (version.size > bytes_max)
    return AwsError(errors::entity_too_large, "The object is larger than " + std::to_string(bytes_max) + " bytes.");
  return ports::ObjectContent{read_all(*snapshot, version, found.body_key), version.version_id, version.etag};
}

Result<void> ObjectsPort::read(const ports::ObjectName& name, const std::function<bool(std::string_view)>& take) {
  std::shared_ptr<const storage::Reader> snapshot = s3_->store.snapshot();
  TRY(const Readable found, readable(*snapshot, name));
  ExtentReader bytes(snapshot, extents_of(*snapshot, found.version, 0, found.version.size), found.body_key);
  for (std::string piece; !bytes.at_end();) {
    if (!bytes.next(piece)) throw StoreFault("a piece of the object " + name.bucket + "/" + name.key + " is missing");
    if (!take(piece)) break;
  }
  return {};
}

Result<void> ObjectsPort::put(const ports::ObjectName& name, std::string body, const std::string& content_type) {
  TRY(Bucket bucket, require_bucket(s3_->store, name.bucket));
  TRY_VOID(check(name.whose, bucket, "s3:PutObject", object_arn(bucket.name, name.key)));
  Encryption encryption = default_encryption(s3_->store, bucket);
  ObjectVersion version;
  version.encryption = encryption.algorithm;
  version.kms_key = encryption.kms_key;
  version.bucket_key = encryption.bucket_key;
  TRY_VOID(use_kms_key(*s3_, bucket, name.key, name.whose, {"GenerateDataKey"}, version));
  TRY(std::string bytes_key, new_body_key(*s3_, bucket, name.key, {}, version));
  BodyWriter writer(s3_->store, s3_->random, std::move(bytes_key));
  TRY_VOID(writer.write(body));
  version.body = writer.id();
  version.size = writer.size();
  version.etag = to_hex(md5(body));
  version.checksum = {Algorithm::crc64nvme, false, checksum_of(Algorithm::crc64nvme, body)};
  version.headers = {{"content-type", content_type.empty() ? "binary/octet-stream" : content_type}};
  version.owner = bucket.account;
  version.modified_ms = s3_->clock.now_ms();
  auto change = [&](storage::Txn& txn) -> Result<void> {
    TRY(Bucket still, require_bucket(txn, name.bucket));
    writer.adopt(txn);
    put_version(txn, *s3_, still, name.key, version,
                {"ObjectCreated:Put", name.whose.account, "127.0.0.1", s3_->random.uuid()});
    return {};
  };
  TRY_VOID(s3_->store.transact(change));
  writer.keep();
  return {};
}

bool ObjectsPort::bucket_exists(const std::string& bucket) {
  return find_bucket(s3_->store, bucket).has_value();
}

Result<std::vector<std::string>> ObjectsPort::list(const ports::OnBehalfOf& whose, const std::string& bucket,
                                                   const std::string& prefix, const std::string& start_after,
                                                   size_t limit) {
  TRY(Bucket found, require_bucket(s3_->store, bucket));
  TRY_VOID(check(whose, found, "s3:ListBucket", bucket_arn(found.name)));
  std::vector<std::string> out;
  for (Listing::Entry& entry : list_current(s3_->store, found, prefix, "", start_after, limit).entries)
    out.push_back(std::move(entry.key));
  return out;
}

}  // namespace millrace::s3
