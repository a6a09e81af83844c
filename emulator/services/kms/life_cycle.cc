// CreateKey, DescribeKey, ListKeys, EnableKey, DisableKey, UpdateKeyDescription, ScheduleKeyDeletion, CancelKeyDeletion.

#include <atomic>

#include "emulator/base/arn.h"
#include "emulator/base/encoding.h"
#include "emulator/services/kms/crypto.h"
#include "emulator/services/kms/kms.h"
#include "emulator/services/kms/specs.h"

namespace millrace::kms {

using namespace protocol;

namespace {

constexpr size_t kPageMax = 1000;
constexpr Millis kDayMs = 24 * 3600 * 1000;
constexpr int64_t kWindowDays = 30;
constexpr size_t kMaterialBytes = 32;

Json multi_region_configuration(const Key& key) {
  auto place = [&](const std::string& region) {
    return Json{{"Arn", make_arn("kms", region, key.account, "key/" + key.id)}, {"Region", region}};
  };
  Json replicas = Json::array();
  for (const std::string& region : key.replicas) replicas.push_back(place(region));
  return {{"MultiRegionKeyType", key.is_primary() ? "PRIMARY" : "REPLICA"},
          {"PrimaryKey", place(key.primary_region.value_or(""))},
          {"ReplicaKeys", replicas}};
}

/// The spec and the usage that a CreateKey asks for.
Result<const Spec*> wanted_spec(const Json& input, std::string& usage) {
  const std::string newer = text_of(input, "KeySpec"), older = text_of(input, "CustomerMasterKeySpec");
  if (!newer.empty() && !older.empty() && newer != older)  // unverified
    return AwsError(errors::validation, "You cannot specify KeySpec and CustomerMasterKeySpec in the same request.");
  const std::string name = !newer.empty() ? newer : !older.empty() ? older : "SYMMETRIC_DEFAULT";
  const Spec* spec = find_spec(name);
  if (!spec) return AwsError(errors::not_implemented, "KeySpec " + name + " is not implemented.");
  usage = text_of(input, "KeyUsage");
  if (usage.empty() && name == "SYMMETRIC_DEFAULT") usage = "ENCRYPT_DECRYPT";
  if (usage.empty())
    return AwsError(errors::validation,
                    "You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.");
  for (const char* possible : spec->usages) {
    if (usage == possible) return spec;
  }
  return AwsError(errors::validation, "KeyUsage " + usage + " is not compatible with KeySpec " + name);
}

const Shape& create_input() {
  static const std::vector<std::string> specs{"RSA_2048",
                                              "RSA_3072",
                                              "RSA_4096",
                                              "ECC_NIST_P256",
                                              "ECC_NIST_P384",
                                              "ECC_NIST_P521",
                                              "ECC_SECG_P256K1",
                                              "SYMMETRIC_DEFAULT",
                                              "HMAC_224",
                                              "HMAC_256",
                                              "HMAC_384",
                                              "HMAC_512",
                                              "SM2",
                                              "ML_DSA_44",
                                              "ML_DSA_65",
                                              "ML_DSA_87",
                                              "ECC_NIST_EDWARDS25519"};
  static const Shape input = structure({
      optional("Policy", string().length(1, 131'072)),
      optional("Description", string().length(0, 8192)),
      optional("KeyUsage", string().one_of({"SIGN_VERIFY", "ENCRYPT_DECRYPT", "GENERATE_VERIFY_MAC", "KEY_AGREEMENT"})),
      optional("CustomerMasterKeySpec", string().one_of(specs)),
      optional("KeySpec", string().one_of(specs)),
      optional("Origin", string().one_of({"AWS_KMS", "EXTERNAL", "AWS_CLOUDHSM", "EXTERNAL_KEY_STORE"})),
      optional("CustomKeyStoreId", string().length(1, 64)),
      optional("BypassPolicyLockoutSafetyCheck", boolean()),
      optional("Tags", tag_list_shape()),
      optional("MultiRegion", boolean()),
      optional("XksKeyId", string().length(1, 128)),
  });
  return input;
}

Operation create_key(Kms& kms) {
  auto handle = [&kms](Call& call) -> Result<Json> {
    const Json& in = call.input;
    const std::string origin = text_of(in, "Origin", "AWS_KMS");
    if (origin == "AWS_CLOUDHSM" || origin == "EXTERNAL_KEY_STORE" || find(in, "CustomKeyStoreId"))
      return AwsError(errors::not_implemented, "Custom key stores are not implemented.");
    std::string usage;
    TRY(const Spec* spec, wanted_spec(in, usage));
    TRY_VOID(check_policy(kms, call.caller.account, in));
    TRY(Json tags, tags_of(in.value("Tags", Json::array())));
    Key key{call.caller.account, call.caller.region, kms.context.random.uuid()};
    key.spec = spec->name;
    key.usage = usage;
    key.origin = origin;
    key.description = text_of(in, "Description");
    key.policy = text_of(in, "Policy", default_policy(key.account));
    key.tags = tags;
    key.created_ms = kms.now();
    if (bool_of(in, "MultiRegion")) {
      key.id = "mrk-" + kms.context.random.hex(32);
      key.primary_region = key.region;
    }
    if (origin == "AWS_KMS") {
      TRY(Material material, new_material(kms.context, spec->name));
      key.materials.push_back(std::move(material));
    }
    return kms.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
      put_key(txn, key);
      return Json{{"KeyMetadata", metadata_of(key, kms.now())}};
    });
  };
  auto access = [](const Call& call) -> Result<AccessNeeds> {
    AccessNeed need{"kms:CreateKey", "*"};
    need.context["kms:keyspec"] = {text_of(call.input, "KeySpec", "SYMMETRIC_DEFAULT")};
    need.context["kms:keyusage"] = {text_of(call.input, "KeyUsage", "ENCRYPT_DECRYPT")};
    need.context["kms:keyorigin"] = {text_of(call.input, "Origin", "AWS_KMS")};
    need.context["kms:multiregion"] = {bool_of(call.input, "MultiRegion") ? "true" : "false"};
    AccessNeeds needs{need};
    const Json tags = call.input.value("Tags", Json::array());
    if (tags.is_array() && !tags.empty()) needs.push_back({"kms:TagResource", "*"});
    return needs;
  };
  return {.name = "CreateKey", .input = &create_input(), .access = access, .handle = JsonHandler(handle)};
}

Operation describe_key(Kms& kms) {
  static const Shape input = structure({key_id_member(), grant_tokens_member()});
  auto handle = [&kms](Call&, const Key& key) -> Result<Json> {
    return Json{{"KeyMetadata", metadata_of(key, kms.now())}};
  };
  return on_key(kms, {"DescribeKey", &input, handle, Names::all});
}

Operation list_keys(Kms& kms) {
  static const Shape input =
      structure({optional("Limit", integer().range(1, 1000)), optional("Marker", string().length(1, 1024))});
  auto handle = [&kms](Call& call) -> Result<Json> {
    Json all = Json::array();
    for (const Key& key : list_keys_of(kms.context.store, call.caller.account, call.caller.region)) {
      if (!key.gone(kms.now())) all.push_back({{"KeyId", key.id}, {"KeyArn", key.arn()}});
    }
    return page_of(call, "Keys", std::move(all), "KeyId", kPageMax);
  };
  auto access = [](const Call&) -> Result<AccessNeeds> { return AccessNeeds{{"kms:ListKeys", "*"}}; };
  return {.name = "ListKeys", .input = &input, .access = access, .handle = JsonHandler(handle)};
}

Operation set_enabled(Kms& kms, const char* name, bool enabled) {
  static const Shape input = structure({key_id_member()});
  return change_key(kms, name, &input, [&kms, enabled](const Call&, Key& key) -> Result<Json> {
    TRY_VOID(check_not_deleted(key, kms.now()));
    if (key.state(kms.now()) == "PendingImport")
      return AwsError(errors::invalid_state, key.arn() + " is pending import.");
    key.enabled = enabled;
    return Json();
  });
}

Operation update_description(Kms& kms) {
  static const Shape input = structure({key_id_member(), required("Description", string().length(0, 8192))});
  return change_key(kms, "UpdateKeyDescription", &input, [&kms](const Call& call, Key& key) -> Result<Json> {
    TRY_VOID(check_not_deleted(key, kms.now()));
    key.description = text_of(call.input, "Description");
    return Json();
  });
}

Operation schedule_deletion(Kms& kms) {
  static const Shape input = structure({key_id_member(), optional("PendingWindowInDays", integer().range(1, 365))});
  return change_key(kms, "ScheduleKeyDeletion", &input, [&kms](const Call& call, Key& key) -> Result<Json> {
    TRY_VOID(check_not_deleted(key, kms.now()));
    const int64_t days = int_of(call.input, "PendingWindowInDays", kWindowDays);
    if (days < 7 || days > 30)  // unverified
      return AwsError(errors::validation, "PendingWindowInDays must be between 7 and 30 days");
    key.deletion_ms = kms.now() + days * kDayMs;
    key.window_days = days;
    key.enabled = false;
    kms.erase_later(key);
    Json out{{"KeyId", key.arn()}};
    if (key.state(kms.now()) == "PendingDeletion") out["DeletionDate"] = epoch_seconds(*key.deletion_ms);
    out["KeyState"] = key.state(kms.now());
    out["PendingWindowInDays"] = days;
    return out;
  });
}

Operation cancel_deletion(Kms& kms) {
  static const Shape input = structure({key_id_member()});
  return change_key(kms, "CancelKeyDeletion", &input, [](const Call&, Key& key) -> Result<Json> {
    if (!key.deletion_ms)  // unverified
      return AwsError(errors::invalid_state, key.arn() + " is not pending deletion.");
    key.deletion_ms.reset();
    key.window_days.reset();
    return Json{{"KeyId", key.arn()}};
  });
}

}  // namespace

Json metadata_of(const Key& key, Millis now) {
  const std::string state = key.state(now);
  Json out{{"AWSAccountId", key.account},
           {"KeyId", key.id},
           {"Arn", key.arn()},
           {"CreationDate", epoch_seconds(key.created_ms)},
           {"Enabled", state == "Enabled"},
           {"Description", key.description},
           {"KeyUsage", key.usage},
           {"KeyState", state}};
  if (state == "PendingDeletion") out["DeletionDate"] = epoch_seconds(*key.deletion_ms);
  if (state == "PendingReplicaDeletion") out["PendingDeletionWindowInDays"] = key.window_days.value_or(0);
  if (key.valid_to_ms) out["ValidTo"] = epoch_seconds(*key.valid_to_ms);
  out["Origin"] = key.origin;
  if (key.expiration_model) out["ExpirationModel"] = *key.expiration_model;
  out["KeyManager"] = key.aws_managed() ? "AWS" : "CUSTOMER";
  out["CustomerMasterKeySpec"] = key.spec;
  out["KeySpec"] = key.spec;
  if (const Spec* known = find_spec(key.spec)) {
    const auto [member, algorithms] = algorithms_of(*known, key.usage);
    out[member] = algorithms;
  }
  out["MultiRegion"] = key.multi_region();
  if (key.multi_region()) out["MultiRegionConfiguration"] = multi_region_configuration(key);
  const Material* material = key.material(now);
  if (key.spec == "SYMMETRIC_DEFAULT" && material) out["CurrentKeyMaterialId"] = material->id;
  return out;
}

Result<std::string> generate_private_key(const std::string& spec) {
  constexpr int kAtOnceMax = 4;
  static std::atomic<int> under_way = 0;
  if (!spec.starts_with("RSA_")) return new_private_key(spec);
  if (++under_way > kAtOnceMax) {
    --under_way;
    return AwsError(errors::throttled,
                    "You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls.");
  }
  std::string out = new_private_key(spec);
  --under_way;
  return out;
}

Result<Material> new_material(ServiceContext& context, const std::string& spec, const char* kind) {
  const bool symmetric = spec == "SYMMETRIC_DEFAULT" || spec.starts_with("HMAC_");
  std::string bytes;
  if (symmetric) {
    bytes = secret_bytes(spec == "SYMMETRIC_DEFAULT" ? kMaterialBytes : 64);
  } else {
    TRY(bytes, generate_private_key(spec));
  }
  if (bytes.empty()) return AwsError(errors::not_implemented, "KeySpec " + spec + " is not implemented.");
  return Material{context.random.hex(64), to_base64(bytes), context.clock.now_ms(), kind};
}

Operations key_operations(Kms& kms) {
  return {create_key(kms),
          describe_key(kms),
          list_keys(kms),
          set_enabled(kms, "EnableKey", true),
          set_enabled(kms, "DisableKey", false),
          update_description(kms),
          schedule_deletion(kms),
          cancel_deletion(kms)};
}

}  // namespace millrace::kms
