// ReplicateKey, UpdatePrimaryRegion: keys of the same id and material in several regions.

#include <algorithm>

#include "emulator/base/arn.h"
#include "emulator/services/kms/grants.h"
#include "emulator/services/kms/kms.h"

namespace millrace::kms {

using namespace protocol;

namespace {

/// What is imported goes to no other region by itself: the replica waits for the same material.
void forget_imported(Key& replica) {
  if (replica.origin != "EXTERNAL") return;
  replica.import_offer.reset();
  replica.valid_to_ms.reset();
  replica.expiration_model.reset();
  for (Material& material : replica.materials) material.bytes.clear();
}

Operation replicate_key(Kms& kms) {
  static const Shape input =
      structure({key_id_member(), required("ReplicaRegion", string().length(1, 32).pattern("^([a-z]+-){2,3}\\d+$")),
                 optional("Policy", string().length(1, 131'072)), optional("BypassPolicyLockoutSafetyCheck", boolean()),
                 optional("Description", string().length(0, 8192)), optional("Tags", tag_list_shape())});
  auto handle = [&kms](Call& call, const Key& found) -> Result<Json> {
    const Json& in = call.input;
    if (!found.is_primary()) return AwsError(errors::unsupported, found.arn() + " is not a multi-region primary key.");
    TRY_VOID(check_state(found, kms.now()));
    TRY_VOID(check_policy(kms, found.account, in));
    TRY(Json tags, tags_of(in.value("Tags", Json::array())));
    const std::string region = text_of(in, "ReplicaRegion");
    return kms.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
      TRY(Key primary, find_key(txn, {found.account, found.region, kms.now()}, found.id));
      if (region == primary.region || read_key(txn, primary.account, region, primary.id))
        return AwsError(errors::already_exists,
                        "Unable to replicate key to region " + region + " because it already exists.");  // unverified
      Key replica = primary;
      replica.region = region;
      replica.policy = text_of(in, "Policy", default_policy(primary.account));
      replica.description = text_of(in, "Description");
      replica.tags = tags;
      replica.created_ms = kms.now();
      forget_imported(replica);
      primary.replicas.push_back(region);
      replica.replicas = primary.replicas;
      put_key(txn, replica);
      put_key(txn, primary);
      Json metadata = metadata_of(replica, kms.now());
      metadata["KeyState"] = "Creating";  // as its first answer says; it is there when it is looked at
      metadata["Enabled"] = false;
      metadata.erase("CurrentKeyMaterialId");
      Json shown = Json::array();
      for (const auto& [name, value] : tags.items()) shown.push_back({{"TagKey", name}, {"TagValue", value}});
      return Json{{"ReplicaKeyMetadata", metadata}, {"ReplicaPolicy", replica.policy}, {"ReplicaTags", shown}};
    });
  };
  return on_key(kms, {"ReplicateKey", &input, handle});
}

Operation update_primary_region(Kms& kms) {
  static const Shape input =
      structure({key_id_member(), required("PrimaryRegion", string().length(1, 32).pattern("^([a-z]+-){2,3}\\d+$"))});
  auto handle = [&kms](Call& call, const Key& found) -> Result<Json> {
    if (!found.is_primary()) return AwsError(errors::unsupported, found.arn() + " is not a multi-region primary key.");
    TRY_VOID(check_state(found, kms.now()));
    const std::string region = text_of(call.input, "PrimaryRegion");
    return kms.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
      TRY(Key old, find_key(txn, {found.account, found.region, kms.now()}, found.id));
      auto next = read_key(txn, old.account, region, old.id);
      if (!next)
        return AwsError(errors::not_found,
                        "Key '" + make_arn("kms", region, old.account, "key/" + old.id) + "' does not exist");
      std::vector<std::string> replicas{old.region};
      for (const std::string& one : old.replicas) {
        if (one != region) replicas.push_back(one);
      }
      for (const std::string& place : {old.region, region}) {
        auto key = read_key(txn, old.account, place, old.id);
        key->primary_region = region;
        key->replicas = replicas;
        put_key(txn, *key);
      }
      for (const std::string& one : replicas) {
        auto key = read_key(txn, old.account, one, old.id);
        if (!key) continue;
        key->primary_region = region;
        key->replicas = replicas;
        put_key(txn, *key);
      }
      return Json();
    });
  };
  return on_key(kms, {"UpdatePrimaryRegion", &input, handle});
}

}  // namespace

void forget_replica(storage::Txn& txn, const Key& replica) {
  if (!replica.multi_region() || replica.is_primary()) return;
  auto primary = read_key(txn, replica.account, *replica.primary_region, replica.id);
  if (!primary) return;
  std::erase(primary->replicas, replica.region);
  put_key(txn, *primary);
}

Operations multi_region_operations(Kms& kms) {
  return {replicate_key(kms), update_primary_region(kms)};
}

}  // namespace millrace::kms
