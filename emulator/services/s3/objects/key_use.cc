#include "emulator/services/s3/objects/key_use.h"

#include "emulator/base/aes.h"
#include "emulator/base/arn.h"
#include "emulator/encryption/key_use.h"
#include "emulator/services/s3/errors.h"
#include "emulator/storage/keys.h"

namespace millrace::s3 {

namespace {

/// KMS's errors come with its name before the code.
AwsError kms_error(const AwsError& error) {
  static const ErrorKind kinds[] = {{"KMS.NotFoundException"},
                                    {"KMS.DisabledException"},
                                    {"KMS.KMSInvalidStateException"},
                                    {"KMS.InvalidKeyUsageException"},
                                    {"KMS.InvalidArnException"}};
  for (const ErrorKind& kind : kinds) {
    if (std::string_view(kind.code).substr(4) == error.kind->code) return {kind, error.message};
  }
  if (error.is(encryption::kAccessDenied) || std::string_view(error.kind->code) == "InvalidCiphertextException")
    return AwsError(errors::access_denied, error.message);
  return error;
}

/// A stand-in that only names keys has none to use.
ports::Encryption* keys_of(const S3& s3) {
  return dynamic_cast<ports::Encryption*>(s3.keys.get());
}

/// What KMS binds an object's data key to.
ports::EncryptionContext context_of(const Bucket& bucket, const std::string& key, const ObjectVersion& version) {
  return {{"aws:s3:arn", version.bucket_key ? bucket_arn(bucket.name) : object_arn(bucket.name, key)}};
}

encryption::KeyOf key_of_version(const Bucket& bucket, const std::string& key, const ObjectVersion& version) {
  return {bucket.account, bucket.region, version.kms_key, context_of(bucket, key, version)};
}

/// Where a version names its key by its id or an alias, by its ARN.
Result<void> name_by_arn(const ports::Encryption& keys, const Bucket& bucket, ObjectVersion& version) {
  auto found = keys.find_key(bucket.account, bucket.region, version.kms_key);
  if (found.has_error()) return kms_error(found.error());
  version.kms_key = found->arn;
  return {};
}

/// S3's own key for the account's buckets, made at its first use: it goes with the account's snapshots. 32 bytes. Earlier
/// versions had one for the whole store.
Result<std::string> own_key(S3& s3, const std::string& account) {
  MutexLock lock(s3.own_keys_mutex);
  std::string& known = s3.own_keys[account];
  if (!known.empty()) return known;
  const std::string place = storage::document_key({"s3", "own-key", account});
  auto stored = s3.store.get(storage::Family::meta, place);
  if (!stored) {
    stored = s3.store.get(storage::Family::meta, storage::document_key({"s3", "own-key"}));
    if (!stored) stored = secret_bytes(kAesKeyBytes);
    TRY_VOID(s3.store.transact([&](storage::Txn& txn) -> Result<void> {
      txn.put(storage::Family::meta, place, *stored);
      return {};
    }));
  }
  return known = *stored;
}

/// The region that a version's key is in: the bucket's, or for a key of several regions another.
std::string region_of_key(const Bucket& bucket, const ObjectVersion& version) {
  const auto arn = Arn::parse(version.kms_key);
  return arn ? arn->region : bucket.region;
}

}  // namespace

Result<void> use_kms_key(S3& s3, const Bucket& bucket, const std::string& key, const protocol::Call& call,
                         const std::vector<std::string>& actions, ObjectVersion& version) {
  ports::Encryption* keys = keys_of(s3);
  if (version.kms_key.empty() || !keys) return {};
  TRY_VOID(name_by_arn(*keys, bucket, version));
  auto used = encryption::use_key({keys, s3.identity, "s3"}, key_of_version(bucket, key, version), call, actions);
  if (used.has_error()) return kms_error(used.error());
  return {};
}

Result<void> use_kms_key(S3& s3, const Bucket& bucket, const std::string& key, const ports::OnBehalfOf& whose,
                         const std::vector<std::string>& actions, ObjectVersion& version) {
  ports::Encryption* keys = keys_of(s3);
  ports::Authority* authority = s3.authority;
  if (version.kms_key.empty() || !keys) return {};
  if (whose.role_arn.empty() && whose.service_principals.empty()) {
    protocol::Call call;
    call.caller.account = whose.account;
    call.caller.region = bucket.region;
    call.caller.access_key_id = whose.access_key_id;  // unknown: the account's root
    return use_kms_key(s3, bucket, key, call, actions, version);
  }
  TRY_VOID(name_by_arn(*keys, bucket, version));
  if (!authority) return {};
  const encryption::KeyUser user{keys, nullptr, "s3"};
  const std::vector<std::string> names =
      whose.service_principals.empty() ? std::vector<std::string>{""} : whose.service_principals;
  Result<void> used;
  for (const std::string& name : names) {
    used = encryption::use_key_as_sender(user, key_of_version(bucket, key, version), *authority,
                                         {whose.role_arn, name, "", whose.account}, actions);
    if (!used.has_error()) return {};
  }
  return kms_error(used.error());
}

Result<std::string> new_body_key(S3& s3, const Bucket& bucket, const std::string& key, const protocol::Headers& headers,
                                 ObjectVersion& version) {
  version.data_key.clear();
  if (!version.customer_key.empty()) {
    version.cipher = Cipher::customer;
    TRY(CustomerKey given, read_customer_key(headers));
    return std::move(given.key);
  }
  ports::Encryption* keys = keys_of(s3);
  if (version.kms_key.empty() || !keys) {
    version.cipher = Cipher::own;
    return own_key(s3, bucket.account);
  }
  version.cipher = Cipher::kms;
  std::string data_key = secret_bytes(kAesKeyBytes);
  TRY_VOID(name_by_arn(*keys, bucket, version));
  auto wrapped = keys->encrypt(version.kms_key, data_key, context_of(bucket, key, version));
  if (wrapped.has_error()) return kms_error(wrapped.error());
  version.data_key = std::move(*wrapped);
  return data_key;
}

Result<std::string> body_key(S3& s3, const Bucket& bucket, const std::string& key, const ObjectVersion& version,
                             const protocol::Headers& headers, const char* prefix) {
  switch (version.cipher) {
    case Cipher::none: return std::string();
    case Cipher::own: return own_key(s3, bucket.account);
    case Cipher::customer: {
      TRY(CustomerKey given, read_customer_key(headers, prefix, KeyUse::read));
      return std::move(given.key);
    }
    case Cipher::kms: break;
  }
  ports::Encryption* keys = keys_of(s3);
  if (!keys) return AwsError(errors::access_denied, "There is no KMS here.");
  auto opened = keys->decrypt(region_of_key(bucket, version), version.data_key, context_of(bucket, key, version));
  if (opened.has_error()) return kms_error(opened.error());
  return std::move(opened->plaintext);
}

}  // namespace millrace::s3
