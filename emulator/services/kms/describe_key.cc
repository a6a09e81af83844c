#include "emulator/base/arn.h"
#include "emulator/services/kms/operations.h"

namespace millrace::kms {

using namespace protocol;

namespace {

Json metadata_of(const ManagedKey& key) {
  return {{"AWSAccountId", Arn::parse(key.arn)->account},
          {"KeyId", key.id},
          {"Arn", key.arn},
          {"CreationDate", static_cast<double>(key.created_ms) / 1000.0},
          {"Enabled", true},
          {"Description", description_of(key.service)},
          {"KeyUsage", "ENCRYPT_DECRYPT"},
          {"KeyState", "Enabled"},
          {"Origin", "AWS_KMS"},
          {"KeyManager", "AWS"},
          {"CustomerMasterKeySpec", "SYMMETRIC_DEFAULT"},
          {"KeySpec", "SYMMETRIC_DEFAULT"},
          {"EncryptionAlgorithms", {"SYMMETRIC_DEFAULT"}},
          {"MultiRegion", false}};
}

}  // namespace

Operation describe_key(ManagedKeys& keys) {
  static const Shape input = structure({
      required("KeyId", string().length(1, 2048)),
      optional("GrantTokens", list(string().length(1, 8192)).length(0, 10)),
  });
  auto find = [&keys](const Call& call) {
    return keys.find(call.caller.account, call.caller.region, text_of(call.input, "KeyId"));
  };
  auto access = [find](const Call& call) -> Result<AccessNeeds> {
    Result<ManagedKey> key = find(call);
    // unverified: what is asked for a key that isn't there
    std::string arn = key.has_value() ? key->arn : make_arn("kms", call.caller.region, call.caller.account, "key/*");
    return AccessNeeds{{"kms:DescribeKey", arn}};
  };
  auto handle = [&keys, find](Call& call) -> Result<Json> {
    TRY(ManagedKey key, find(call));
    TRY_VOID(keys.use_managed_key(call.caller.account, call.caller.region, key.service));
    TRY(key, find(call));
    return Json{{"KeyMetadata", metadata_of(key)}};
  };
  return {.name = "DescribeKey", .input = &input, .access = access, .handle = JsonHandler(handle)};
}

}  // namespace millrace::kms
