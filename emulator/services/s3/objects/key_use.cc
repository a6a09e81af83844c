#include "emulator/services/s3/objects/key_use.h"

#include "emulator/ports/encryption.h"
#include "emulator/protocol/identity.h"
#include "emulator/protocol/sign_in_words.h"
#include "emulator/services/s3/errors.h"

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
  return error;
}

}  // namespace

Result<void> use_kms_key(S3& s3, const Bucket& bucket, const protocol::Call& call, const char* action,
                         ObjectVersion& version) {
  // A stand-in that only names keys has no keys to use.
  auto* keys = dynamic_cast<ports::Encryption*>(s3.keys.get());
  if (version.kms_key.empty() || !keys) return {};
  auto key = keys->find_key(bucket.account, bucket.region, version.kms_key);
  if (key.has_error()) return kms_error(key.error());
  version.kms_key = key->arn;
  if (key->aws_managed) return {};
  if (auto usable = keys->check_usable(key->arn); usable.has_error()) return kms_error(usable.error());
  protocol::Identity* identity = s3.identity;
  if (!identity) return {};
  const std::string arn = "arn:aws:s3:::" + bucket.name + (version.bucket_key ? "" : "/" + key_of(call));
  protocol::AccessNeed need{"kms:" + std::string(action), key->arn};
  need.context = ports::key_use_context("s3", bucket.region, call.caller.account, {{"aws:s3:arn", arn}});
  if (auto denial = identity->authorize(call, {need}))
    return AwsError(errors::access_denied, protocol::denial_message(*denial));
  return {};
}

}  // namespace millrace::s3
