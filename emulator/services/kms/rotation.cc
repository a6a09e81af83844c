// EnableKeyRotation, DisableKeyRotation, GetKeyRotationStatus, RotateKeyOnDemand, ListKeyRotations.

#include "emulator/services/kms/grants.h"
#include "emulator/services/kms/kms.h"

namespace millrace::kms {

using namespace protocol;

namespace {

constexpr Millis kDayMs = 24 * 3600 * 1000;
constexpr int64_t kPeriodDays = 365;
constexpr int64_t kOnDemandMax = 25;  // of a key's life, as on AWS

/// Only symmetric keys whose material KMS made are rotated.
Result<void> check_rotates(const Key& key) {
  if (key.spec != "SYMMETRIC_DEFAULT") return AwsError(errors::unsupported, "");
  if (key.origin != "AWS_KMS")
    return AwsError(errors::unsupported,
                    key.arn() + " origin is " + key.origin + " which is not valid for this operation.");
  return {};
}

Operation enable_rotation(Kms& kms) {
  static const Shape input = structure({key_id_member(), optional("RotationPeriodInDays", integer().range(90, 2560))});
  return change_key(kms, "EnableKeyRotation", &input, [&kms](const Call& call, Key& key) -> Result<Json> {
    TRY_VOID(check_state(key, kms.now()));
    TRY_VOID(check_rotates(key));
    const auto& before = key.rotation;
    const int64_t days = int_of(call.input, "RotationPeriodInDays", before ? before->period_days : kPeriodDays);
    if (before && before->period_days == days) return Json();
    key.rotation = Rotation{days, kms.now() + days * kDayMs};
    return Json();
  });
}

Operation disable_rotation(Kms& kms) {
  static const Shape input = structure({key_id_member()});
  return change_key(kms, "DisableKeyRotation", &input, [&kms](const Call&, Key& key) -> Result<Json> {
    TRY_VOID(check_state(key, kms.now()));
    TRY_VOID(check_rotates(key));
    key.rotation.reset();
    return Json();
  });
}

Operation rotation_status(Kms& kms) {
  static const Shape input = structure({key_id_member()});
  // Of keys that are never rotated it is false (GetKeyRotationStatus's reference): Terraform asks of every key.
  auto handle = [](Call&, const Key& key) -> Result<Json> {
    Json out{{"KeyId", key.arn()}, {"KeyRotationEnabled", key.rotation.has_value()}};
    if (key.aws_managed()) out["KeyRotationEnabled"] = true;  // every year, which doesn't show
    if (!key.rotation) return out;
    out["NextRotationDate"] = epoch_seconds(key.rotation->next_ms);
    out["RotationPeriodInDays"] = key.rotation->period_days;
    return out;
  };
  return on_key(kms, {"GetKeyRotationStatus", &input, handle});
}

Operation rotate_on_demand(Kms& kms) {
  static const Shape input = structure({key_id_member()});
  return change_key(kms, "RotateKeyOnDemand", &input, [&kms](const Call&, Key& key) -> Result<Json> {
    TRY_VOID(check_state(key, kms.now()));
    TRY_VOID(check_rotates(key));
    if (key.on_demand >= kOnDemandMax)
      return AwsError(errors::limit_exceeded,
                      "The on-demand rotations limit has been reached for the given keyId. No more on-demand rotations "
                      "can be performed for this key: " +
                          key.arn());
    TRY(Material material, new_material(kms.context, key.spec, "ON_DEMAND"));
    key.materials.push_back(std::move(material));
    ++key.on_demand;
    return Json{{"KeyId", key.arn()}};
  });
}

Operation list_rotations(Kms& kms) {
  static const Shape input = structure(
      {key_id_member(), optional("Limit", integer().range(1, 1000)), optional("Marker", string().length(1, 1024)),
       optional("IncludeKeyMaterial", string().one_of({"ALL_KEY_MATERIAL", "ROTATIONS_ONLY"}))});
  auto handle = [](Call& call, const Key& key) -> Result<Json> {
    TRY_VOID(check_rotates(key));
    const bool all_of_it = text_of(call.input, "IncludeKeyMaterial") == "ALL_KEY_MATERIAL";
    Json all = Json::array();
    for (size_t i = all_of_it ? 0 : 1; i < key.materials.size(); ++i) {
      const Material& material = key.materials[i];
      Json entry{{"KeyId", key.arn()}, {"KeyMaterialId", material.id}};
      if (i > 0) entry["RotationDate"] = epoch_seconds(material.at_ms);
      if (i > 0) entry["RotationType"] = material.kind;
      entry["KeyMaterialState"] = i + 1 == key.materials.size() ? "CURRENT" : "NON_CURRENT";
      all.push_back(std::move(entry));
    }
    return Json{{"Rotations", std::move(all)}, {"Truncated", false}};  // 25 on demand and one a year: one page
  };
  return on_key(kms, {"ListKeyRotations", &input, handle});
}

}  // namespace

void rotate_if_due(Key& key, Material material, Millis now) {
  if (!key.rotation) return;
  const Millis due = key.rotation->next_ms, period = key.rotation->period_days * kDayMs;
  if (due > now) return;
  // However many periods have passed: one material is as good as several that nothing was encrypted with.
  const Millis last = due + (now - due) / period * period;
  material.at_ms = last;
  key.materials.push_back(std::move(material));
  key.rotation->next_ms = last + period;
}

Operations rotation_operations(Kms& kms) {
  return {enable_rotation(kms), disable_rotation(kms), rotation_status(kms), rotate_on_demand(kms),
          list_rotations(kms)};
}

}  // namespace millrace::kms
