// The work behind restores: items are copied, taken back to a point of time, and indexed. Nobody can use the
// table meanwhile, so the copies go beside the writer thread.

#include "emulator/base/attribute/item_codec.h"
#include "emulator/base/store_fault.h"
#include "emulator/services/dynamodb/table/backup_store.h"
#include "emulator/services/dynamodb/table/lifecycle.h"
#include "emulator/services/dynamodb/table/restore.h"
#include "emulator/tables/item_history.h"
#include "emulator/tables/item_write.h"

namespace millrace::dynamodb {

using tables::Table;
using tables::TablePtr;

namespace {

// Smaller tables are filled before the answer.
constexpr int64_t kFillAtOnceItems = 20'000;
constexpr Millis kDayMs = 24 * 3600 * 1000;
constexpr Millis kHistoryMs = 35 * kDayMs;

Filling filling_of(const Table& table) {
  const Json* filling = find(table.settings, "Filling");
  if (!filling) return {};
  return {static_cast<uint64_t>(int_of(*filling, "SourceId")), static_cast<uint64_t>(int_of(*filling, "HistoryId")),
          int_of(*filling, "AtMs")};
}

void fill(TableService& service, uint64_t table_id) {
  TablePtr table = service.tables.catalog.by_id(table_id);
  if (!table || !is_filling(*table)) return;
  Filling filling = filling_of(*table);
  storage::Store& store = service.context.store;
  std::shared_ptr<storage::Reader> snapshot = store.snapshot();
  copy_items(store, *snapshot, filling.source_id, table->id);
  if (filling.history_id) {
    // Newest first: what an item was before its change replaces what it became.
    std::string prefix = tables::table_prefix(*table);
    tables::each_change_back(*snapshot, filling.history_id, filling.at_ms, [&](const tables::PastChange& change) {
      std::string key = prefix + std::string(change.item_key);
      if (change.old_item.empty())
        store.erase_unreferenced(storage::Family::items, key, key + std::string(1, '\0'));
      else
        store.put_unreferenced(storage::Family::items, key, change.old_item);
    });
  }
  finish_filling(service, table_id);
}

}  // namespace

bool is_filling(const Table& table) {
  return find(table.settings, "Filling") != nullptr;
}

Result<TablePtr> add_restored(TableService& service, Table table, const Filling& filling, int64_t expected_items) {
  table.settings["Filling"] = {
      {"SourceId", filling.source_id}, {"HistoryId", filling.history_id}, {"AtMs", filling.at_ms}};
  TRY(TablePtr added, add_table(service, std::move(table)));
  if (expected_items <= kFillAtOnceItems)
    fill(service, added->id);
  else
    service.background.post([&service, id = added->id] { fill(service, id); });
  return added;
}

void finish_filling(TableService& service, uint64_t table_id) {
  TablePtr table = service.tables.catalog.by_id(table_id);
  if (!table) return;
  storage::Store& store = service.context.store;
  std::map<uint64_t, tables::Statistics> sizes;
  std::string prefix = tables::table_prefix(*table);
  store.scan(storage::Family::items, prefix, storage::prefix_end(prefix),
             [&](std::string_view, std::string_view value) {
               auto item = decode_item(value);
               if (!item) fail_damaged("an item of the table " + table->name);
               auto count = [&](uint64_t id, const AttributeMap& entry) {
                 ++sizes[id].items;
                 sizes[id].bytes += static_cast<int64_t>(size_bytes(entry));
               };
               count(table->id, *item);
               for (const auto& index : table->indexes) {
                 auto key = tables::index_key(*table, index, *item);
                 if (!key) continue;
                 AttributeMap entry = tables::project(*table, index, *item);
                 store.put_unreferenced(storage::Family::indexes, *key, encode_item(entry));
                 count(index.id, entry);
               }
               return true;
             });
  Result<void> finished = store.transact([&](storage::Txn& txn) -> Result<void> {
    TablePtr current = service.tables.catalog.by_id(table_id);
    if (!current) return {};
    Table full = *current;
    full.settings.erase("Filling");
    if (full.settings.contains("RestoreSummary")) full.settings["RestoreSummary"]["RestoreInProgress"] = false;
    full.status = tables::TableStatus::active;
    for (auto& index : full.indexes) index.status = tables::IndexStatus::active;
    for (const auto& [id, size] : sizes) service.tables.statistics.add(txn, id, size.items, size.bytes);
    service.tables.catalog.put(txn, std::move(full));
    return {};
  });
  (void)finished;  // stays CREATING; the next start tries again
}

void resume_filling(TableService& service) {
  for (const TablePtr& table : service.tables.catalog.all()) {
    // An import begins again by its own document (transfer.h).
    if (is_filling(*table) && filling_of(*table).source_id)
      service.background.post([&service, id = table->id] { fill(service, id); });
  }
}

void start_history_upkeep(TableService& service) {
  service.background.post([&service] {
    Millis horizon = service.context.clock.now_ms() - kHistoryMs;
    for (const TablePtr& table : service.tables.catalog.all()) {
      if (table->history_id) tables::trim_history(service.context.store, table->history_id, horizon);
    }
    resume_backups(service);
    service.background.at(service.context.clock.now_ms() + kDayMs, [&service] { start_history_upkeep(service); });
  });
}

}  // namespace millrace::dynamodb
