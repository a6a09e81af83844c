#include "emulator/services/dynamodb/table/replicas.h"

#include <algorithm>

#include "emulator/base/arn.h"
#include "emulator/services/dynamodb/table/lifecycle.h"
#include "emulator/services/dynamodb/table/table_rules.h"
#include "emulator/tables/item_write.h"

namespace millrace::dynamodb {

using namespace protocol;
using tables::Replica;
using tables::Table;
using tables::TablePtr;
using tables::TableStatus;

namespace {

constexpr size_t kChunkItems = 100;

void apply_overrides(const TableService& service, Table& peer, const Json& input);
void note_overrides(const TableService& service, Table& table, const std::string& region, const Json& input);

/// The new replica: the same definition in another region.
Table peer_of(TableService& service, storage::Txn& txn, const Table& table, const std::string& region,
              const Json& input) {
  Table peer = table;
  peer.region = region;
  peer.arn = make_arn("dynamodb", region, table.account, "table/" + table.name);
  peer.uuid = service.context.random.uuid();
  peer.id = service.tables.catalog.next_id(txn);
  peer.created_ms = service.context.clock.now_ms();
  peer.history_id = 0;
  peer.deletion_protection = false;
  for (auto& index : peer.indexes) index.id = service.tables.catalog.next_id(txn);
  for (const char* own :
       {"Tags", "ContinuousBackups", "ResourcePolicy", "StreamResourcePolicy", "RestoreSummary", "ContributorInsights",
        "KinesisDestinations", "SourceOf", "ReplicaOverrides", "ChangedAt", "EncryptionChanges", "TableClassChanges"})
    peer.settings.erase(own);
  if (peer.settings.contains("SSEDescription"))  // each region has keys of its own
    peer.settings["SSEDescription"]["KMSMasterKeyArn"] = encryption_key_arn(*service.keys, "", peer.account, region);
  apply_overrides(service, peer, input);
  open_stream(service, txn, peer);
  return peer;
}

/// Copies the items after the key `from`. Returns where to go on; empty at the end.
std::string copy_chunk(TableService& service, storage::Txn& txn, const Table& table, const Table& peer,
                       const std::string& from) {
  std::vector<std::pair<std::string, std::string>> items;
  std::string next, prefix = tables::table_prefix(table);
  txn.scan(storage::Family::items, from.empty() ? prefix : from, storage::prefix_end(prefix),
           [&](std::string_view key, std::string_view value) {
             if (items.size() >= kChunkItems) {
               next = key;
               return false;
             }
             items.emplace_back(key, value);
             return true;
           });
  for (const auto& [key, value] : items) tables::copy_to_replica(txn, service.tables, peer, key, value);
  return next;
}

/// Everybody in the group sees the region's replica in this state.
void set_status(TableService& service, storage::Txn& txn, const Table& peer, TableStatus status) {
  for (const TablePtr& other : group_of(service, peer)) {
    Table changed = *other;
    for (Replica& replica : changed.replicas) {
      if (replica.region == peer.region) replica.status = status;
    }
    service.tables.catalog.put(txn, std::move(changed));
  }
}

void copy(TableService& service, uint64_t table_id, uint64_t peer_id, const std::string& from) {
  if (service.background.stopping()) return;
  std::string next;
  Result<void> copied = service.context.store.transact([&](storage::Txn& txn) -> Result<void> {
    TablePtr table = service.tables.catalog.by_id(table_id), peer = service.tables.catalog.by_id(peer_id);
    if (!table || !peer) return {};
    next = copy_chunk(service, txn, *table, *peer, from);
    if (next.empty()) set_status(service, txn, *peer, TableStatus::active);
    return {};
  });
  if (copied.has_error() || next.empty()) return;
  service.background.post([&service, table_id, peer_id, next] { copy(service, table_id, peer_id, next); });
}

/// A member that others were made from stays until they are gone. `SourceOf` in its settings lists them.
Result<void> check_not_source(const Table& table) {
  const Json* sourced = find(table.settings, "SourceOf");
  for (const Json& region : sourced ? *sourced : Json::array()) {
    for (const Replica& replica : table.replicas) {
      if (region == replica.region)
        return validation_error(
            "Replica cannot be deleted because it has acted as a source region for new replica(s) being "
            "added to the "
            "table in the last 24 hours.");
    }
  }
  return {};
}

/// What is special of the replica in that region, as the others show it.
void note_overrides(const TableService& service, Table& table, const std::string& region, const Json& input) {
  for (const char* member : {"ProvisionedThroughputOverride", "OnDemandThroughputOverride"}) {
    if (const Json* value = find(input, member)) table.settings["ReplicaOverrides"][region][member] = *value;
  }
  std::string table_class = text_of(input, "TableClassOverride");
  if (!table_class.empty())
    table.settings["ReplicaOverrides"][region]["ReplicaTableClassSummary"] = {{"TableClass", table_class}};
  if (auto key = optional_text(input, "KMSMasterKeyId"))
    table.settings["ReplicaOverrides"][region]["KMSMasterKeyId"] =
        encryption_key_arn(*service.keys, *key, table.account, region);
  const Json* indexes = find(input, "GlobalSecondaryIndexes");
  for (const Json& index : indexes ? *indexes : Json::array()) {
    Json& own = table.settings["ReplicaOverrides"][region]["GlobalSecondaryIndexes"][text_of(index, "IndexName")];
    for (const char* member : {"ProvisionedThroughputOverride", "OnDemandThroughputOverride"}) {
      if (const Json* value = find(index, member)) own[member] = *value;
    }
  }
}

/// The same in the replica itself.
void apply_overrides(const TableService& service, Table& peer, const Json& input) {
  std::string table_class = text_of(input, "TableClassOverride");
  if (!table_class.empty()) peer.settings["TableClassSummary"] = {{"TableClass", table_class}};
  if (const Json* override = find(input, "ProvisionedThroughputOverride"))
    peer.throughput.read_units = int_of(*override, "ReadCapacityUnits", peer.throughput.read_units);
  if (const Json* override = find(input, "OnDemandThroughputOverride"))
    peer.on_demand.max_read_units = int_of(*override, "MaxReadRequestUnits", peer.on_demand.max_read_units);
  if (auto key = optional_text(input, "KMSMasterKeyId"))
    peer.settings["SSEDescription"] = {
        {"Status", "ENABLED"},
        {"SSEType", "KMS"},
        {"KMSMasterKeyArn", encryption_key_arn(*service.keys, *key, peer.account, peer.region)}};
  const Json* indexes = find(input, "GlobalSecondaryIndexes");
  for (const Json& element : indexes ? *indexes : Json::array()) {
    for (auto& index : peer.indexes) {
      if (index.name != text_of(element, "IndexName")) continue;
      if (const Json* override = find(element, "ProvisionedThroughputOverride"))
        index.throughput.read_units = int_of(*override, "ReadCapacityUnits", index.throughput.read_units);
      if (const Json* override = find(element, "OnDemandThroughputOverride"))
        index.on_demand.max_read_units = int_of(*override, "MaxReadRequestUnits", index.on_demand.max_read_units);
    }
  }
}

void forget_member(Table& table, const std::string& region) {
  std::erase_if(table.replicas, [&](const Replica& replica) { return replica.region == region; });
  if (table.settings.contains("ReplicaOverrides")) table.settings["ReplicaOverrides"].erase(region);
  if (!table.replicas.empty()) return;
  for (const char* member :
       {"GlobalTableVersion", "MultiRegionConsistency", "GlobalTableWitnesses", "SourceOf", "ReplicaOverrides"})
    table.settings.erase(member);
}

}  // namespace

std::vector<TablePtr> group_of(TableService& service, const Table& table) {
  std::vector<TablePtr> group;
  for (const Replica& replica : table.replicas) {
    if (auto peer = service.tables.catalog.find(table.account, replica.region, table.name)) group.push_back(peer);
  }
  return group;
}

Result<void> prepare_replica(TableService& service, const Table& table, const Json& input) {
  const Json* indexes = find(input, "GlobalSecondaryIndexes");
  for (const Json& index : indexes ? *indexes : Json::array()) {
    std::string name = text_of(index, "IndexName");
    if (!table.index(name))
      return AwsError(errors::resource_not_found,
                      "Requested resource not found: Index " + name + " for table " + table.name);
  }
  auto key = optional_text(input, "KMSMasterKeyId");
  if (!key && !find(table.settings, "SSEDescription")) return {};
  Json specification{{"Enabled", true}, {"KMSMasterKeyId", key.value_or("")}};
  const std::string region = text_of(input, "RegionName");
  if (TablePtr peer = service.tables.catalog.find(table.account, region, table.name); peer && key)
    return change_encryption_key(service, &specification, *peer, nullptr);
  return use_encryption_key(service, &specification, table.account, region, nullptr);
}

Result<TablePtr> add_replica(TableService& service, uint64_t table_id, const Json& input, bool strong,
                             const std::string& witness) {
  std::string region = text_of(input, "RegionName");
  uint64_t peer_id = 0;
  TablePtr added;
  TRY_VOID(service.context.store.transact([&](storage::Txn& txn) -> Result<void> {
    TablePtr current = service.tables.catalog.by_id(table_id);
    if (!current) return AwsError(errors::resource_not_found, "Requested resource not found");
    TRY_VOID(check_not_busy(*current));
    if (service.tables.catalog.find(current->account, region, current->name))
      return validation_error("Failed to create a the new replica of table with name: \u2018" + current->name +
                              "\u2019 because one or more replicas already existed as tables.");
    Table table = *current;
    if (!table.stream.enabled) {  // replicas need it, and get it
      table.stream.view_type = tables::ViewType::new_and_old_images;
      open_stream(service, txn, table);
    }
    auto others = group_of(service, table);
    table.settings["GlobalTableVersion"] = "2019.11.21";
    if (strong) table.settings["MultiRegionConsistency"] = "STRONG";
    if (!witness.empty())
      table.settings["GlobalTableWitnesses"] = Json::array({{{"RegionName", witness}, {"WitnessStatus", "ACTIVE"}}});
    Table peer = peer_of(service, txn, table, region, input);
    peer.replicas.push_back({table.region, TableStatus::active});
    table.replicas.push_back({region, TableStatus::creating});
    table.settings["SourceOf"].push_back(region);
    note_overrides(service, table, region, input);
    for (const TablePtr& other : others) {
      Table changed = *other;
      changed.replicas.push_back({region, TableStatus::creating});
      note_overrides(service, changed, region, input);
      service.tables.catalog.put(txn, std::move(changed));
    }
    peer_id = peer.id;
    added = std::make_shared<const Table>(table);
    service.tables.catalog.put(txn, std::move(peer));
    service.tables.catalog.put(txn, std::move(table));
    return {};
  }));
  copy(service, table_id, peer_id, "");
  return added;
}

Result<TablePtr> change_replica(TableService& service, uint64_t table_id, const Json& input) {
  if (input.size() < 2)
    return validation_error("There are no actions specified in the Replica Update Action of the request.");
  std::string region = text_of(input, "RegionName");
  TablePtr after;
  TRY_VOID(service.context.store.transact([&](storage::Txn& txn) -> Result<void> {
    TablePtr current = service.tables.catalog.by_id(table_id);
    if (!current) return AwsError(errors::resource_not_found, "Requested resource not found");
    auto members = group_of(service, *current);
    members.push_back(current);
    for (const TablePtr& member : members) {
      Table changed = *member;
      if (member->region == region)
        apply_overrides(service, changed, input);
      else
        note_overrides(service, changed, region, input);
      if (member->id == table_id) after = std::make_shared<const Table>(changed);
      service.tables.catalog.put(txn, std::move(changed));
    }
    return {};
  }));
  return after;
}

Result<TablePtr> remove_replica(TableService& service, uint64_t table_id, const std::string& region) {
  TablePtr after;
  TRY_VOID(service.context.store.transact([&](storage::Txn& txn) -> Result<void> {
    TablePtr current = service.tables.catalog.by_id(table_id);
    if (!current) return AwsError(errors::resource_not_found, "Requested resource not found");
    TablePtr peer = service.tables.catalog.find(current->account, region, current->name);
    if (peer) {
      if (peer->deletion_protection)
        return validation_error("Cannot delete table " + peer->name + " in region " + region +
                                " because it has deletion protection enabled. Disable deletion protection first.");
      TRY_VOID(check_not_source(*peer));
      erase_table(service, txn, *peer);  // the others forget it (leave_group)
    }
    Table table = *current;
    forget_member(table, region);
    after = std::make_shared<const Table>(std::move(table));
    return {};
  }));
  return after;
}

Result<void> check_can_leave(const Table& table) {
  if (text_of(table.settings, "MultiRegionConsistency") == "STRONG")
    return validation_error(
        "Deletion of only one table replica is not supported for global tables with MultiRegionConsistency "
        "set to "
        "STRONG.");
  return check_not_source(table);
}

void leave_group(TableService& service, storage::Txn& txn, const Table& table) {
  for (const TablePtr& other : group_of(service, table)) {
    Table changed = *other;
    forget_member(changed, table.region);
    service.tables.catalog.put(txn, std::move(changed));
  }
}

void resume_replicas(TableService& service) {
  for (const TablePtr& table : service.tables.catalog.all()) {
    for (const Replica& replica : table->replicas) {
      if (replica.status != TableStatus::creating) continue;
      TablePtr peer = service.tables.catalog.find(table->account, replica.region, table->name);
      if (peer)
        service.background.post([&service, id = table->id, peer_id = peer->id] { copy(service, id, peer_id, ""); });
    }
  }
}

}  // namespace millrace::dynamodb
