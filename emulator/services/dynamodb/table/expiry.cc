#include "emulator/services/dynamodb/table/expiry.h"

#include "emulator/base/attribute/item_codec.h"
#include "emulator/base/log.h"
#include "emulator/base/store_fault.h"
#include "emulator/storage/documents.h"
#include "emulator/tables/item_write.h"

namespace millrace::dynamodb {

using tables::Table;
using tables::TablePtr;

namespace {

constexpr size_t kChunkItems = 100;
// AWS leaves items alone whose expiry is more than five years past: probably a mistake.
constexpr int64_t kOldestS = int64_t{5} * 365 * 24 * 3600;

std::string cursor_key(uint64_t table_id) {
  std::string key = storage::document_key({"dynamodb", "expiry_backfill"});
  storage::append_u64(key, table_id);
  return key;
}

struct Entry {
  std::string key;
  int64_t second = 0;
  std::string item_key;
};

Entry read_entry(const Table& table, std::string_view key) {
  Entry entry;
  entry.key = key;
  key.remove_prefix(tables::expiry_prefix(table).size());
  entry.second = static_cast<int64_t>(storage::take_u64(key).value_or(0));
  entry.item_key = tables::table_prefix(table) + std::string(key);
  return entry;
}

std::string second_key(const Table& table, int64_t second) {
  std::string key = tables::expiry_prefix(table);
  storage::append_u64(key, static_cast<uint64_t>(std::max<int64_t>(second, 0)));
  return key;
}

std::vector<Entry> due_entries(storage::Txn& txn, const Table& table, int64_t now_s) {
  std::vector<Entry> due;
  txn.scan(storage::Family::indexes, second_key(table, now_s - kOldestS), second_key(table, now_s),
           [&](std::string_view key, std::string_view) {
             due.push_back(read_entry(table, key));
             return due.size() < kChunkItems;
           });
  return due;
}

void expire(TableService& service, storage::Txn& txn, const Table& table, const Entry& entry) {
  auto stored = txn.get(storage::Family::items, entry.item_key);
  auto item = stored ? decode_item(*stored) : std::nullopt;
  if (stored && !item) fail_damaged("an item of the table " + table.name);
  if (!item || tables::expiry_of(table, *item) != entry.second) {
    txn.erase(storage::Family::indexes, entry.key);
    return;
  }
  tables::ItemWrite write;
  write.key = entry.item_key;
  write.old_item = &*item;
  write.old_bytes = *stored;
  write.by_ttl = true;
  tables::write_item(txn, service.tables, table, write);
  TableMeter* meter = service.meter ? service.meter->of(table) : nullptr;
  if (meter) meter->happened("TimeToLiveDeletedItemCount", service.context.clock.now_ms());
}

/// Deletes what is due, a chunk per change, and sets the timer for what comes next.
void sweep(TableService& service, uint64_t table_id) {
  if (service.background.stopping()) return;
  service.expiries.began(table_id);
  int64_t now_s = service.context.clock.now_s();
  bool more = false;
  std::optional<int64_t> next;
  Result<void> swept = service.context.store.transact([&](storage::Txn& txn) -> Result<void> {
    TablePtr table = service.tables.catalog.by_id(table_id);
    if (!table || table->ttl_attribute.empty() || table->status == tables::TableStatus::deleting) return {};
    std::vector<Entry> due = due_entries(txn, *table, now_s);
    for (const Entry& entry : due) expire(service, txn, *table, entry);
    more = due.size() >= kChunkItems;
    std::string prefix = tables::expiry_prefix(*table);
    txn.scan(storage::Family::indexes, second_key(*table, now_s), storage::prefix_end(prefix),
             [&](std::string_view key, std::string_view) {
               next = read_entry(*table, key).second;
               return false;
             });
    return {};
  });
  if (swept.has_error()) return;  // logged; the next write or start tries again
  if (more)
    service.background.post([&service, table_id] { sweep(service, table_id); });
  else if (next)
    schedule_expiry(service, table_id, *next);
}

/// Adds the expiry entries of the items after the cursor. True if there are more.
bool fill_chunk(storage::Txn& txn, const Table& table) {
  std::string prefix = tables::table_prefix(table);
  std::string from = txn.get(storage::Family::meta, cursor_key(table.id)).value_or(prefix);
  std::string next;
  std::vector<std::string> entries;
  size_t count = 0;
  txn.scan(storage::Family::items, from, storage::prefix_end(prefix),
           [&](std::string_view key, std::string_view value) {
             if (count++ >= kChunkItems) {
               next = key;
               return false;
             }
             auto item = decode_item(value);
             if (!item) fail_damaged("an item of the table " + table.name);
             if (auto expiry = tables::expiry_of(table, *item))
               entries.push_back(tables::expiry_key(table, *expiry, key));
             return true;
           });
  for (const std::string& entry : entries) txn.put(storage::Family::indexes, entry, "");
  if (next.empty())
    txn.erase(storage::Family::meta, cursor_key(table.id));
  else
    txn.put(storage::Family::meta, cursor_key(table.id), next);
  return !next.empty();
}

void fill(TableService& service, uint64_t table_id) {
  if (service.background.stopping()) return;
  bool more = false;
  Result<void> filled = service.context.store.transact([&](storage::Txn& txn) -> Result<void> {
    TablePtr table = service.tables.catalog.by_id(table_id);
    if (table && !table->ttl_attribute.empty()) more = fill_chunk(txn, *table);
    return {};
  });
  if (filled.has_error()) return;
  if (more)
    service.background.post([&service, table_id] { fill(service, table_id); });
  else
    sweep(service, table_id);
}

}  // namespace

bool ExpirySchedule::is_earlier(uint64_t table_id, int64_t second) {
  MutexLock lock(mutex_);
  auto [it, is_new] = next_.try_emplace(table_id, second);
  if (!is_new && it->second <= second) return false;
  it->second = second;
  return true;
}

void ExpirySchedule::began(uint64_t table_id) {
  MutexLock lock(mutex_);
  next_.erase(table_id);
}

void schedule_expiry(TableService& service, uint64_t table_id, int64_t second) {
  if (second > (int64_t{1} << 50) / 1000 || !service.expiries.is_earlier(table_id, second))
    return;  // beyond 37,000 years: never
  service.background.at((second + 1) * 1000, [&service, table_id] { sweep(service, table_id); });
}

void forget_expiries(storage::Txn& txn, const Table& table) {
  std::string prefix = tables::expiry_prefix(table);
  txn.erase_range(storage::Family::indexes, prefix, storage::prefix_end(prefix));
  txn.put(storage::Family::meta, cursor_key(table.id),
          tables::table_prefix(table));  // a stop before the backfill's end is seen at the start
}

void start_expiry_backfill(TableService& service, uint64_t table_id) {
  service.background.post([&service, table_id] { fill(service, table_id); });
}

void resume_expiry(TableService& service) {
  for (const TablePtr& table : service.tables.catalog.all()) {
    if (table->ttl_attribute.empty()) continue;
    bool unfinished = service.context.store.get(storage::Family::meta, cursor_key(table->id)).has_value();
    uint64_t id = table->id;
    service.background.post([&service, id, unfinished] { unfinished ? fill(service, id) : sweep(service, id); });
  }
}

}  // namespace millrace::dynamodb
