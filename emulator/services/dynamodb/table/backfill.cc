// Filling a new index from the items there are: in chunks, each one change, so that writes go on in between.
// Where it stopped is stored with each chunk, so a killed server goes on there.

#include "emulator/base/attribute/item_codec.h"
#include "emulator/base/store_fault.h"
#include "emulator/services/dynamodb/table/lifecycle.h"
#include "emulator/storage/documents.h"

namespace millrace::dynamodb {

using tables::Index;
using tables::IndexStatus;
using tables::Table;
using tables::TablePtr;

namespace {

// A chunk holds up the writer for a millisecond or two.
constexpr size_t kChunkItems = 200;
// Index keys beyond these aren't indexed, as on AWS (writes of such items are refused once the index is
// there).
constexpr size_t kPartitionKeyBytesMax = 2048;
constexpr size_t kSortKeyBytesMax = 1024;

std::string cursor_key(uint64_t index_id) {
  std::string key = storage::document_key({"dynamodb", "backfill"});
  storage::append_u64(key, index_id);
  return key;
}

bool has_oversized_key(const Index& index, const AttributeMap& item) {
  auto too_big = [&](const std::vector<tables::KeyAttribute>& side, size_t max) {
    for (const auto& attribute : side) {
      const AttributeValue* value = item.find(attribute.name);
      if (value && size_bytes(*value) > max) return true;
    }
    return false;
  };
  return too_big(index.key.partition, kPartitionKeyBytesMax) || too_big(index.key.sort, kSortKeyBytesMax);
}

void add_entry(TableService& service, storage::Txn& txn, const Table& table, const Index& index,
               std::string_view stored) {
  auto item = decode_item(stored);
  if (!item) fail_damaged("an item of the table " + table.name);
  if (has_oversized_key(index, *item)) return;
  auto key = tables::index_key(table, index, *item);
  if (!key || txn.get(storage::Family::indexes, *key)) return;
  AttributeMap entry = tables::project(table, index, *item);
  txn.put(storage::Family::indexes, *key, encode_item(entry));
  service.tables.statistics.add(txn, index.id, 1, static_cast<int64_t>(size_bytes(entry)));
}

/// Adds the entries of the items after the cursor. True if there are more.
bool fill_chunk(TableService& service, storage::Txn& txn, const Table& table, const Index& index) {
  std::string prefix = tables::table_prefix(table);
  std::string from = txn.get(storage::Family::meta, cursor_key(index.id)).value_or(prefix);
  std::string last;
  size_t count = 0;
  bool more = false;
  std::vector<std::string> values;
  txn.scan(storage::Family::items, from, storage::prefix_end(prefix),
           [&](std::string_view key, std::string_view value) {
             if (count++ >= kChunkItems) {
               more = true;
               return false;
             }
             last = key;
             values.emplace_back(value);
             return true;
           });
  for (const std::string& value : values) add_entry(service, txn, table, index, value);
  if (more) txn.put(storage::Family::meta, cursor_key(index.id), last + std::string(1, '\0'));
  return more;
}

/// Marks the index ready; the table is put once more.
void finish(TableService& service, storage::Txn& txn, const Table& current, uint64_t index_id) {
  Table table = current;
  for (Index& index : table.indexes) {
    if (index.id != index_id) continue;
    index.status = IndexStatus::active;
    index.backfilling = false;
  }
  txn.erase(storage::Family::meta, cursor_key(index_id));
  service.tables.catalog.put(txn, std::move(table));
}

void fill(TableService& service, uint64_t table_id, uint64_t index_id) {
  if (service.background.stopping()) return;
  bool more = false;
  Result<void> done = service.context.store.transact([&](storage::Txn& txn) -> Result<void> {
    TablePtr table = service.tables.catalog.by_id(table_id);
    if (!table) return {};
    for (const Index& index : table->indexes) {
      if (index.id != index_id || index.status != IndexStatus::creating) continue;
      more = fill_chunk(service, txn, *table, index);
      if (!more) finish(service, txn, *table, index_id);
      return {};
    }
    return {};
  });
  if (done.has_error()) return;  // logged; the next start goes on
  if (more) service.background.post([&service, table_id, index_id] { fill(service, table_id, index_id); });
}

/// The table is ACTIVE again, the index says that it is being filled.
void begin(TableService& service, uint64_t table_id, uint64_t index_id) {
  Result<void> begun = service.context.store.transact([&](storage::Txn& txn) -> Result<void> {
    TablePtr current = service.tables.catalog.by_id(table_id);
    if (!current) return {};
    Table table = *current;
    if (table.status == tables::TableStatus::updating) table.status = tables::TableStatus::active;
    for (Index& index : table.indexes) {
      if (index.id == index_id) index.backfilling = true;
    }
    service.tables.catalog.put(txn, std::move(table));
    return {};
  });
  (void)begun;
}

}  // namespace

void start_backfill(TableService& service, uint64_t table_id, uint64_t index_id, Millis delay) {
  auto fill_job = [&service, table_id, index_id] { fill(service, table_id, index_id); };
  auto begin_job = [&service, table_id, index_id, delay, fill_job] {
    begin(service, table_id, index_id);
    if (delay)
      service.background.at(service.context.clock.now_ms() + kIndexBackfillMs, fill_job);
    else
      service.background.post(fill_job);
  };
  if (delay)
    service.background.at(service.context.clock.now_ms() + delay, begin_job);
  else
    service.background.post(begin_job);
}

}  // namespace millrace::dynamodb
