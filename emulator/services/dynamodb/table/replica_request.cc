// UpdateTable's ReplicaUpdates: what may be asked for, in AWS's words. What is done then: replicas.cc.

#include <algorithm>
#include <set>

#include "emulator/services/dynamodb/table/description.h"
#include "emulator/services/dynamodb/table/replicas.h"
#include "emulator/services/dynamodb/table/table_shapes.h"

namespace millrace::dynamodb {

using namespace protocol;
using tables::Table;
using tables::TablePtr;

namespace {

// In the order in which AWS lists them.
const std::vector<std::string> kRegions = {
    "ap-south-2",     "ap-south-1",     "eu-south-1",     "eu-south-2",     "me-central-1",   "il-central-1",
    "ca-central-1",   "ap-east-2",      "mx-central-1",   "eu-central-1",   "eu-central-2",   "us-west-1",
    "us-west-2",      "af-south-1",     "eu-north-1",     "eu-west-3",      "eu-west-2",      "eu-west-1",
    "ap-northeast-3", "ap-northeast-2", "me-south-1",     "ap-northeast-1", "sa-east-1",      "ap-east-1",
    "ca-west-1",      "ap-southeast-1", "ap-southeast-2", "ap-southeast-3", "ap-southeast-4", "us-east-1",
    "ap-southeast-5", "us-east-2",      "ap-southeast-7", "ap-southeast-6"};
constexpr size_t kStrongMembers = 2;  // beside the table itself: replicas, or a replica and a witness

bool is_member(const Table& table, const std::string& region) {
  return std::any_of(table.replicas.begin(), table.replicas.end(),
                     [&](const auto& replica) { return replica.region == region; });
}

bool is_strong(const Table& table) {
  return text_of(table.settings, "MultiRegionConsistency") == "STRONG";
}

Result<void> check_region(const std::string& region) {
  if (std::find(kRegions.begin(), kRegions.end(), region) != kRegions.end()) return {};
  std::string known;
  for (const std::string& name : kRegions) known += (known.empty() ? "" : ", ") + name;
  return validation_error("Region " + region +
                          " is not supported. The latest version of global tables are only supported in the "
                          "following regions: [" +
                          known + "]");
}

}  // namespace

AwsError no_such_replica(const Table& table, const std::string& region) {
  // The words for a table without any replica are those that Terraform's provider knows from AWS: it deletes
  // replicas with the table that are gone already.
  if (table.replicas.empty())
    return validation_error(
        "Replica specified in the Replica Update or Replica Delete action of the request was not found.");
  return validation_error(
      "Update global table operation failed because one or more replicas were not part of the global table. "
      "Please "
      "retry the request without these replicas: [" +
      region + "].");
}

namespace {

/// The request's actions by kind.
struct Actions {
  std::vector<const Json*> creates, updates, deletes;
  std::string witness;  // the region of a new one
  bool strong = false;
};

Result<Actions> read_actions(const Json& input) {
  Actions actions;
  actions.strong = text_of(input, "MultiRegionConsistency") == "STRONG";
  for (const Json& element : *find(input, "ReplicaUpdates")) {
    size_t found = 0;
    for (auto& [member, list] : {std::pair{"Create", &actions.creates}, std::pair{"Update", &actions.updates},
                                 std::pair{"Delete", &actions.deletes}}) {
      const Json* action = find(element, member);
      if (!action) continue;
      ++found;
      list->push_back(action);
    }
    if (!found) return validation_error("One or more parameter values were invalid");
  }
  const Json* witnesses = find(input, "GlobalTableWitnessUpdates");
  for (const Json& element : witnesses ? *witnesses : Json::array()) {
    if (const Json* create = find(element, "Create")) actions.witness = text_of(*create, "RegionName");
  }
  return actions;
}

Result<void> check_actions(const Actions& actions, const Table& table) {
  size_t kinds = !actions.creates.empty() + !actions.updates.empty() + !actions.deletes.empty();
  if (kinds > 1)
    return validation_error("Update table operation with more than one type of replica actions not allowed.");
  bool strong = actions.strong || is_strong(table);
  if (!strong && (actions.creates.size() > 1 || actions.deletes.size() > 1))
    return validation_error("Update table operation with more than one create or delete replica actions not allowed");
  if (!actions.witness.empty() && !actions.strong)
    return validation_error(
        "MultiRegionConsistency must be set as STRONG when GlobalTableWitnessUpdates parameter is present.");
  if (actions.strong && !table.replicas.empty())
    return validation_error("MultiRegionConsistency parameter is unsupported on existing global table");
  if (actions.strong && actions.creates.empty())
    return validation_error(
        "Only Replica Create actions are supported when MultiRegionConsistency parameter is provided.");
  if (actions.strong && actions.creates.size() + !actions.witness.empty() != kStrongMembers)
    return validation_error(
        "Unsupported replica count specified for a global table with strong "
        "MultiRegionConsistency");  // unverified: how AWS's text goes on
  if (!actions.strong && is_strong(table) && !actions.creates.empty())
    return validation_error("Cannot add replicas to a global table with strong MultiRegionConsistency");
  if (is_strong(table) && !actions.deletes.empty() && actions.deletes.size() < table.replicas.size())
    return validation_error(
        "Deletion of only one table replica is not supported for global tables with MultiRegionConsistency "
        "set to "
        "STRONG.");
  return {};
}

Result<void> check_regions(const Actions& actions, const Table& table) {
  for (const auto* list : {&actions.creates, &actions.updates, &actions.deletes}) {
    std::set<std::string> seen;
    for (const Json* action : *list) {
      std::string region = text_of(*action, "RegionName");
      TRY_VOID(check_region(region));
      if (region == table.region && list != &actions.updates)  // unverified: how AWS's text goes on
        return validation_error(
            "Cannot add or delete the local region through ReplicaUpdates. Use CreateTable or DeleteTable as "
            "required.");
      if (!seen.insert(region).second) return validation_error("Cannot target multiple regions with the same action");
      if (list != &actions.creates && !is_member(table, region)) return no_such_replica(table, region);
    }
  }
  return {};
}

Result<void> check_capacity(const Table& table) {
  if (table.billing == tables::BillingMode::pay_per_request || writes_scale(table)) return {};
  return validation_error("Table write capacity should either be Pay-Per-Request or AutoScaled.");
}

Shape replica_members(const char* action) {
  std::vector<Member> members{required("RegionName", string())};
  if (std::string_view(action) != "DeleteReplicationGroupMemberAction") {
    members.push_back(optional("KMSMasterKeyId", string()));
    members.push_back(
        optional("ProvisionedThroughputOverride", structure({optional("ReadCapacityUnits", long_shape().at_least(1))})
                                                      .named(model_name("ProvisionedThroughputOverride"))));
    members.push_back(optional(
        "OnDemandThroughputOverride",
        structure({optional("MaxReadRequestUnits", long_shape())}).named(model_name("OnDemandThroughputOverride"))));
    members.push_back(optional("TableClassOverride", string().one_of({"STANDARD", "STANDARD_INFREQUENT_ACCESS"})));
    members.push_back(optional(
        "GlobalSecondaryIndexes",
        list(
            structure({required("IndexName", index_name_shape()),
                       optional("ProvisionedThroughputOverride",
                                structure({optional("ReadCapacityUnits", long_shape().at_least(1))})
                                    .named(model_name("ProvisionedThroughputOverride"))),
                       optional("OnDemandThroughputOverride", structure({optional("MaxReadRequestUnits", long_shape())})
                                                                  .named(model_name("OnDemandThroughputOverride")))})
                .named(model_name("ReplicaGlobalSecondaryIndex")))
            .length(1, -1)));
  }
  return structure(std::move(members)).named(model_name(action));
}

}  // namespace

Shape replica_updates_shape() {
  return list(structure({optional("Create", replica_members("CreateReplicationGroupMemberAction")),
                         optional("Update", replica_members("UpdateReplicationGroupMemberAction")),
                         optional("Delete", replica_members("DeleteReplicationGroupMemberAction"))})
                  .named(model_name("ReplicationGroupUpdate")))
      .length(1, -1);
}

Shape witness_updates_shape() {
  auto member = [](const char* action) {
    return structure({required("RegionName", string())}).named(model_name(action));
  };
  return list(structure({optional("Create", member("CreateGlobalTableWitnessGroupMemberAction")),
                         optional("Delete", member("DeleteGlobalTableWitnessGroupMemberAction"))})
                  .named(model_name("GlobalTableWitnessGroupUpdate")))
      .length(1, 1);
}

Result<Json> update_replicas(TableService& service, const Call& call, const TablePtr& table) {
  TRY(Actions actions, read_actions(call.input));
  TRY_VOID(check_actions(actions, *table));
  TRY_VOID(check_regions(actions, *table));
  for (const auto* list : {&actions.creates, &actions.updates}) {
    for (const Json* action : *list) TRY_VOID(prepare_replica(service, *table, *action));
  }
  TablePtr after = table;
  for (const Json* create : actions.creates) {
    TRY_VOID(check_capacity(*table));
    TRY(after, add_replica(service, after->id, *create, actions.strong, actions.witness));
  }
  for (const Json* update : actions.updates) {
    TRY(after, change_replica(service, after->id, *update));
  }
  for (const Json* erase : actions.deletes) {
    TRY(after, remove_replica(service, after->id, text_of(*erase, "RegionName")));
  }
  Json description = describe(*after, service.tables.statistics);
  description["TableStatus"] = "UPDATING";
  return Json{{"TableDescription", std::move(description)}};
}

}  // namespace millrace::dynamodb
