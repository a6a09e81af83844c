#pragma once
// Global tables (version 2019.11.21): replicas in other regions of this emulator. A write goes to all of them
// in its own change, so they are never behind; AWS's take about a second.

#include "emulator/services/dynamodb/table/table_service.h"

namespace millrace::dynamodb {

/// UpdateTable's ReplicaUpdates: adds, changes or removes one replica. Answers UpdateTable's
/// TableDescription.
Result<Json> update_replicas(TableService& service, const protocol::Call& call, const tables::TablePtr& table);
protocol::Shape replica_updates_shape();
protocol::Shape witness_updates_shape();

/// The table's replicas in the other regions.
std::vector<tables::TablePtr> group_of(TableService& service, const tables::Table& table);

/// Before an action's change: its index names, and the key that a replica of an encrypted table will need.
Result<void> prepare_replica(TableService& service, const tables::Table& table, const Json& input);
/// One action each; they return the table as it is then. `strong`: MultiRegionConsistency STRONG, with a
/// witness's region or none.
Result<tables::TablePtr> add_replica(TableService& service, uint64_t table_id, const Json& input, bool strong,
                                     const std::string& witness);
Result<tables::TablePtr> change_replica(TableService& service, uint64_t table_id, const Json& input);
Result<tables::TablePtr> remove_replica(TableService& service, uint64_t table_id, const std::string& region);
/// Whether UpdateTableReplicaAutoScaling has made the writes scale (replica_scaling.cc).
bool writes_scale(const tables::Table& table);
/// What UpdateTable and UpdateTableReplicaAutoScaling say of a region without a replica.
AwsError no_such_replica(const tables::Table& table, const std::string& region);
/// Whether DeleteTable may delete this member of a group.
Result<void> check_can_leave(const tables::Table& table);

/// The deleted table's replicas forget it. In the change that deletes it.
void leave_group(TableService& service, storage::Txn& txn, const tables::Table& table);
/// Goes on with copies that a stopped server left unfinished.
void resume_replicas(TableService& service);

}  // namespace millrace::dynamodb
