#include "emulator/services/dynamodb/table/replicas.h"

#include <algorithm>

#include "emulator/base/arn.h"
#include "emulator/services/dynamodb/table/description.h"
#include "emulator/services/dynamodb/table/lifecycle.h"
#include "emulator/services/dynamodb/table/table_shapes.h"
#include "emulator/tables/item_write.h"

namespace millrace::dynamodb {

using namespace protocol;
using tables::Replica;
using tables::Table;
using tables::TablePtr;
using tables::TableStatus;

namespace {

constexpr size_t kChunkItems = 100;

/// The table and all its replicas.
std::vector<TablePtr> group_of(TableService& service, const Table& table) {
  std::vector<TablePtr> group;
  for (const Replica& replica : table.replicas) {
    if (auto peer = service.tables.catalog.find(table.account, replica.region, table.name))
      group.push_back(peer);
  }
  return group;
}

bool is_region(const std::string& name) {
  auto letters = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
  return name.size() >= 9 && std::all_of(name.begin(), name.end(), letters) &&
         name.find('-') != std::string::npos;
}

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
  for (const char* own : {"Tags", "ContinuousBackups", "ResourcePolicy", "StreamResourcePolicy",
                          "RestoreSummary", "ContributorInsights", "KinesisDestinations"})
    peer.settings.erase(own);
  std::string table_class = text_of(input, "TableClassOverride");
  if (!table_class.empty()) peer.settings["TableClassSummary"] = {{"TableClass", table_class}};
  if (const Json* override = find(input, "ProvisionedThroughputOverride"))
    peer.throughput.read_units = int_of(*override, "ReadCapacityUnits", peer.throughput.read_units);
  peer.stream.view_type = tables::ViewType::new_and_old_images;
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

struct Added {
  uint64_t peer_id = 0;
  TablePtr table;
};

Result<Added> add_replica(TableService& service, uint64_t table_id, const std::string& region,
                          const Json& input) {
  Added added;
  TRY_VOID(service.context.store.transact([&](storage::Txn& txn) -> Result<void> {
    TablePtr current = service.tables.catalog.by_id(table_id);
    if (!current) return AwsError(errors::resource_not_found, "Requested resource not found");
    TRY_VOID(check_not_busy(*current));
    if (service.tables.catalog.find(current->account, region, current->name))  // unverified wording
      return validation_error("Failed to create a the new replica of table with name: '" + current->name +
                              "' because one or more replicas already existed as tables.");
    Table table = *current;
    if (!table.stream.enabled) {  // replicas need it, and get it
      table.stream.view_type = tables::ViewType::new_and_old_images;
      open_stream(service, txn, table);
    }
    auto others = group_of(service, table);
    table.settings["GlobalTableVersion"] = "2019.11.21";
    Table peer = peer_of(service, txn, table, region, input);
    peer.replicas.push_back({table.region, TableStatus::active});
    table.replicas.push_back({region, TableStatus::creating});
    for (const TablePtr& other : others) {
      Table changed = *other;
      changed.replicas.push_back({region, TableStatus::creating});
      service.tables.catalog.put(txn, std::move(changed));
    }
    added.peer_id = peer.id;
    added.table = std::make_shared<const Table>(table);
    service.tables.catalog.put(txn, std::move(peer));
    service.tables.catalog.put(txn, std::move(table));
    return {};
  }));
  return added;
}

Result<TablePtr> remove_replica(TableService& service, uint64_t table_id, const std::string& region) {
  TablePtr after;
  TRY_VOID(service.context.store.transact([&](storage::Txn& txn) -> Result<void> {
    TablePtr current = service.tables.catalog.by_id(table_id);
    TablePtr peer = current ? service.tables.catalog.find(current->account, region, current->name) : nullptr;
    bool in_group = current && std::any_of(current->replicas.begin(), current->replicas.end(),
                                           [&](const Replica& r) { return r.region == region; });
    if (!peer || !in_group)  // unverified wording
      return validation_error(
          "Replica specified in the Replica Update or Replica Delete action of the request was not found.");
    erase_table(service, txn, *peer);
    Table table = *current;
    std::erase_if(table.replicas, [&](const Replica& replica) { return replica.region == region; });
    after = std::make_shared<const Table>(std::move(table));
    return {};
  }));
  return after;
}

}  // namespace

Shape replica_updates_shape() {
  auto member = [](bool whole) {
    std::vector<Member> members{required("RegionName", string())};
    if (whole) {
      members.push_back(optional("KMSMasterKeyId", string()));
      members.push_back(optional("ProvisionedThroughputOverride",
                                 structure({optional("ReadCapacityUnits", integer().at_least(1))})));
      members.push_back(
          optional("TableClassOverride", string().one_of({"STANDARD", "STANDARD_INFREQUENT_ACCESS"})));
    }
    return structure(std::move(members));
  };
  return list(structure({optional("Create", member(true)), optional("Update", member(true)),
                         optional("Delete", member(false))}))
      .length(1, -1);
}

Result<Json> update_replicas(TableService& service, const Call& call, const TablePtr& table) {
  const Json& updates = *find(call.input, "ReplicaUpdates");
  // unverified wording
  if (updates.size() != 1) return invalid_values("Only one ReplicaUpdate is allowed in a request");
  const Json* create = find(updates[0], "Create");
  const Json* erase = find(updates[0], "Delete");
  static const ErrorKind not_implemented{"NotImplemented", 501, errors::kCoral};
  if (!create && !erase)
    return AwsError(not_implemented, "UpdateTable with ReplicaUpdates.Update is not implemented.");
  std::string region = text_of(create ? *create : *erase, "RegionName");
  if (!is_region(region)) return validation_error("Unsupported region: " + region);  // unverified wording
  TablePtr after;
  if (create) {
    if (region == table->region)
      return validation_error(
          "Cannot add, delete, or update the local region through ReplicaUpdates. Use CreateTable, "
          "DeleteTable, or UpdateTable as required.");
    TRY(Added added, add_replica(service, table->id, region, *create));
    after = added.table;
    copy(service, table->id, added.peer_id, "");
  } else {
    TRY(after, remove_replica(service, table->id, region));
  }
  Json description = describe(*after, service.tables.statistics);
  description["TableStatus"] = "UPDATING";
  return Json{{"TableDescription", std::move(description)}};
}

void leave_group(TableService& service, storage::Txn& txn, const Table& table) {
  for (const TablePtr& other : group_of(service, table)) {
    Table changed = *other;
    std::erase_if(changed.replicas, [&](const Replica& replica) { return replica.region == table.region; });
    if (changed.replicas.empty()) changed.settings.erase("GlobalTableVersion");
    service.tables.catalog.put(txn, std::move(changed));
  }
}

void resume_replicas(TableService& service) {
  for (const TablePtr& table : service.tables.catalog.all()) {
    for (const Replica& replica : table->replicas) {
      if (replica.status != TableStatus::creating) continue;
      TablePtr peer = service.tables.catalog.find(table->account, replica.region, table->name);
      if (peer)
        service.background.post(
            [&service, id = table->id, peer_id = peer->id] { copy(service, id, peer_id, ""); });
    }
  }
}

}  // namespace millrace::dynamodb
