#include "emulator/services/dynamodb/table/lifecycle.h"

#include "emulator/base/arn.h"
#include "emulator/services/dynamodb/table/backup_store.h"
#include "emulator/services/dynamodb/table/replicas.h"
#include "emulator/services/dynamodb/table/restore.h"
#include "emulator/services/dynamodb/table/table_rules.h"
#include "emulator/services/dynamodb/table/unused_attributes.h"
#include "emulator/tables/item_history.h"

namespace millrace::dynamodb {

using tables::IndexStatus;
using tables::Table;
using tables::TablePtr;
using tables::TableStatus;

namespace {

/// `2024-01-31T09:05:07.123`
std::string stream_label(Millis at) {
  std::string label = iso_millis(at);
  label.pop_back();  // the Z
  return label;
}

}  // namespace

void open_stream(TableService& service, storage::Txn& txn, Table& table) {
  Millis now = service.context.clock.now_ms();
  std::string label = stream_label(now);
  // A new label for every stream, also if the last one was opened in this very millisecond.
  while (service.tables.streams.find(table.arn + "/stream/" + label)) label = stream_label(++now);
  table.stream.enabled = true;
  table.stream.id = service.tables.catalog.next_id(txn);
  table.stream.label = label;
  table.stream.arn = table.arn + "/stream/" + label;
  service.tables.streams.open(txn, table);
}

Result<TablePtr> add_table(TableService& service, Table table) {
  auto& catalog = service.tables.catalog;
  bool delayed = service.context.aws_delays && !is_filling(table);  // what fills it settles it, too
  bool waits = delayed || is_filling(table);
  table.created_ms = service.context.clock.now_ms();
  if (table.billing == tables::BillingMode::pay_per_request) table.pay_per_request_since_ms = table.created_ms;
  table.arn = make_arn("dynamodb", table.region, table.account, "table/" + table.name);
  table.uuid = service.context.random.uuid();
  table.status = waits ? TableStatus::creating : TableStatus::active;
  for (auto& index : table.indexes) index.status = waits ? IndexStatus::creating : IndexStatus::active;
  TablePtr added;
  TRY_VOID(service.context.store.transact([&](storage::Txn& txn) -> Result<void> {
    if (TablePtr taken = catalog.find(table.account, table.region, table.name)) {
      if (taken->status == TableStatus::creating) TRY_VOID(check_not_busy(*taken));
      return AwsError(errors::resource_in_use, "Table already exists: " + table.name);
    }
    if (catalog.list(table.account, table.region, {}, kTablesMax).size() >= kTablesMax)
      return AwsError(errors::limit_exceeded, "Subscriber limit exceeded: There is a limit of " +
                                                  std::to_string(kTablesMax) + " tables per region");
    table.id = catalog.next_id(txn);
    for (auto& index : table.indexes) index.id = catalog.next_id(txn);
    if (table.stream.enabled) open_stream(service, txn, table);
    added = std::make_shared<const Table>(table);
    catalog.put(txn, table);
    return {};
  }));
  if (delayed) schedule_settling(service, added->id, kCreateMs);
  return added;
}

void put_updated(TableService& service, storage::Txn& txn, Table table) {
  table.status = service.context.aws_delays ? TableStatus::updating : TableStatus::active;
  service.tables.catalog.put(txn, std::move(table));
}

void schedule_settling(TableService& service, uint64_t table_id, Millis delay) {
  service.background.at(service.context.clock.now_ms() + delay, [&service, table_id] { settle(service, table_id); });
}

void erase_table(TableService& service, storage::Txn& txn, const Table& table) {
  std::string prefix = tables::table_prefix(table);
  if (table.history_id) {
    keep_as_system_backup(service, txn, table);
    tables::erase_history(txn, table.history_id);
  } else {
    txn.erase_range(storage::Family::items, prefix, storage::prefix_end(prefix));
  }
  txn.erase_range(storage::Family::indexes, prefix, storage::prefix_end(prefix));
  service.tables.statistics.forget(txn, table.id);
  for (const auto& index : table.indexes) service.tables.statistics.forget(txn, index.id);
  if (table.stream.enabled) service.tables.streams.close(txn, table.stream.id);
  leave_group(service, txn, table);
  service.tables.catalog.remove(txn, table);
}

void settle(TableService& service, uint64_t table_id) {
  Result<void> settled = service.context.store.transact([&](storage::Txn& txn) -> Result<void> {
    TablePtr current = service.tables.catalog.by_id(table_id);
    if (!current) return {};
    if (current->status == TableStatus::deleting) {
      erase_table(service, txn, *current);
      return {};
    }
    Table table = *current;
    bool was_creating = table.status == TableStatus::creating;
    table.status = TableStatus::active;
    for (auto& index : table.indexes) {
      // A new table's indexes become active with it; one that is being added waits for its backfill.
      if (index.status == IndexStatus::updating || (was_creating && index.status == IndexStatus::creating))
        index.status = IndexStatus::active;
    }
    service.tables.catalog.put(txn, std::move(table));
    return {};
  });
  (void)settled;  // the disk's refusal is logged; the next start tries again
}

void finish_index_deletion(TableService& service, uint64_t table_id, uint64_t index_id) {
  Result<void> finished = service.context.store.transact([&](storage::Txn& txn) -> Result<void> {
    TablePtr current = service.tables.catalog.by_id(table_id);
    if (!current) return {};
    Table table = *current;
    for (const auto& index : current->indexes) {
      if (index.id != index_id) continue;
      std::string prefix = tables::index_prefix(table, index);
      txn.erase_range(storage::Family::indexes, prefix, storage::prefix_end(prefix));
      service.tables.statistics.forget(txn, index_id);
    }
    std::erase_if(table.indexes, [&](const auto& index) { return index.id == index_id; });
    drop_unused_attributes(table);
    if (table.status == TableStatus::updating) table.status = TableStatus::active;
    service.tables.catalog.put(txn, std::move(table));
    return {};
  });
  (void)finished;
}

void resume_tables(TableService& service) {
  for (const TablePtr& table : service.tables.catalog.all()) {
    if (is_filling(*table)) continue;
    if (table->status != TableStatus::active)
      service.background.post([&service, id = table->id] { settle(service, id); });
    for (const auto& index : table->indexes) {
      if (index.status == IndexStatus::deleting)
        service.background.post(
            [&service, id = table->id, index_id = index.id] { finish_index_deletion(service, id, index_id); });
      if (index.status == IndexStatus::creating && table->status != TableStatus::creating)
        start_backfill(service, table->id, index.id, 0);
    }
  }
}

}  // namespace millrace::dynamodb
