// ReplicateSecretToRegions, RemoveRegionsFromReplication, StopReplicationToReplica: a replica is the primary, seen from another
// region.

#include <algorithm>

#include "emulator/services/secretsmanager/manager.h"

namespace millrace::secretsmanager {

using namespace protocol;

namespace {

Shape regions_shape() {
  return list(structure({optional("Region", string().length(1, 128).pattern("^([a-z]+-)+\\d+$")),
                         optional("KmsKeyId", string().length(0, 2048))}))
      .length(1, -1);
}

void erase_replica(storage::Txn& txn, const Secret& primary, const std::string& region) {
  Secret replica = primary;
  replica.region = region;
  replica.replica_of = primary.region;
  erase_secret(txn, replica);
}

void drop_region(std::vector<Replica>& replicas, const std::string& region) {
  std::erase_if(replicas, [&](const Replica& replica) { return replica.region == region; });
}

Operation replicate(Manager& manager) {
  static const Shape input = structure({secret_id(), required("AddReplicaRegions", regions_shape()),
                                        optional("ForceOverwriteReplicaSecret", boolean())});
  return change_secret(manager, "ReplicateSecretToRegions", &input,
                       [&manager](const Call& call, storage::Txn& txn, Secret& secret) -> Result<Json> {
                         TRY_VOID(add_replicas(txn, secret, call.input["AddReplicaRegions"],
                                               bool_of(call.input, "ForceOverwriteReplicaSecret"), manager.now()));
                         return Json{{"ARN", secret.arn}, {"ReplicationStatus", replication_status(secret)}};
                       });
}

Operation remove_regions(Manager& manager) {
  static const Shape input =
      structure({secret_id(), required("RemoveReplicaRegions",
                                       list(string().length(1, 128).pattern("^([a-z]+-)+\\d+$")).length(1, -1))});
  return change_secret(manager, "RemoveRegionsFromReplication", &input,
                       [](const Call& call, storage::Txn& txn, Secret& secret) -> Result<Json> {
                         for (const Json& region : call.input["RemoveReplicaRegions"]) {
                           erase_replica(txn, secret, region.get<std::string>());
                           drop_region(secret.replicas, region.get<std::string>());
                         }
                         return Json{{"ARN", secret.arn}, {"ReplicationStatus", replication_status(secret)}};
                       });
}

/// The replica becomes a secret of its own: its versions are encrypted anew, under its own region's key.
Operation stop_replication(Manager& manager) {
  static const Shape input = structure({secret_id()});
  auto handle = [&manager](Call& call, const Secret& found) -> Result<Json> {
    if (!found.replica_of)  // unverified
      return bad_request("You can't stop replication of a secret that isn't a replica.");
    Secret own = found;
    own.replica_of.reset();
    own.replicas.clear();
    std::vector<Version> versions;
    for (const Version& version : list_versions(manager.context.store, found)) {
      if (!version.sealed) continue;
      TRY(Json value, opened_value(manager, found, version));
      TRY(auto given, value_of(value));
      TRY(Version sealed, sealed_version(manager, own, version.id, *given));
      sealed.created_ms = version.created_ms;
      versions.push_back(std::move(sealed));
    }
    return manager.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
      auto primary = read_secret(txn, {found.account, found.home()}, found.name, manager.now());
      if (primary) {
        drop_region(primary->replicas, call.caller.region);
        put_secret(txn, *primary);
      }
      put_secret(txn, own);
      for (const Version& version : versions) put_version(txn, own, version);
      return Json{{"ARN", own.arn}};
    });
  };
  return on_secret(manager, {"StopReplicationToReplica", &input, handle});
}

}  // namespace

Json replica_list(const Secret& secret) {
  Json out = Json::array();
  for (const Replica& replica : secret.replicas) {
    Json one{{"Region", replica.region}};
    if (replica.key_id) one["KmsKeyId"] = *replica.key_id;
    out.push_back(std::move(one));
  }
  return out;
}

Json replication_status(const Secret& secret) {
  Json out = Json::array();
  for (const Replica& replica : secret.replicas) {
    Json one{{"Region", replica.region},
             {"KmsKeyId", replica.key_id.value_or("alias/aws/secretsmanager")},
             {"Status", "InSync"},
             {"StatusMessage", "Replication succeeded"}};
    out.push_back(std::move(one));
  }
  return out;
}

Result<void> add_replicas(storage::Txn& txn, Secret& secret, const Json& regions, bool overwrite, Millis now) {
  if (regions.empty()) return {};
  for (const Json& wanted : regions) {
    const std::string region = text_of(wanted, "Region");
    if (region == secret.region || region.empty()) return bad_parameter("Invalid replica region.");
    const auto there = read_secret(txn, {secret.account, region}, secret.name, now);
    const bool ours = there && there->replica_of == secret.region;
    if (there && !ours && !overwrite)  // unverified: AWS answers, and shows the replica as Failed
      return AwsError(errors::exists,
                      "Replication failed: Secret name " + secret.name + " already exists in region " + region + ".");
    if (there && !ours) erase_secret(txn, *there);
    const auto key = optional_text(wanted, "KmsKeyId");
    Secret replica{.account = secret.account, .region = region, .name = secret.name, .replica_of = secret.region};
    if (key && !key->empty()) replica.kms_key_id = key;
    put_secret(txn, replica);
    drop_region(secret.replicas, region);
    secret.replicas.push_back({region, key});
  }
  return {};
}

Operations replica_operations(Manager& manager) {
  return {replicate(manager), remove_regions(manager), stop_replication(manager)};
}

}  // namespace millrace::secretsmanager
