#pragma once
// Global tables (version 2019.11.21): replicas in other regions of this emulator. A write goes to all of them
// in its own change, so they are never behind; AWS's take about a second.

#include "emulator/services/dynamodb/table/table_service.h"

namespace millrace::dynamodb {

/// UpdateTable's ReplicaUpdates: adds, changes or removes one replica. Answers UpdateTable's
/// TableDescription.
Result<Json> update_replicas(TableService& service, const protocol::Call& call,
                             const tables::TablePtr& table);
protocol::Shape replica_updates_shape();

/// The deleted table's replicas forget it. In the change that deletes it.
void leave_group(TableService& service, storage::Txn& txn, const tables::Table& table);
/// Goes on with copies that a stopped server left unfinished.
void resume_replicas(TableService& service);

}  // namespace millrace::dynamodb
