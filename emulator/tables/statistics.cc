#include "emulator/tables/statistics.h"

#include "emulator/storage/keys.h"

namespace millrace::tables {

namespace {

std::string statistics_prefix() {
  return storage::document_key({"dynamodb", "statistics"});
}

std::string statistics_key(uint64_t id) {
  std::string key = statistics_prefix();
  storage::append_u64(key, id);
  return key;
}

std::string encode(const Statistics& statistics) {
  std::string value;
  storage::append_u64(value, static_cast<uint64_t>(statistics.items));
  storage::append_u64(value, static_cast<uint64_t>(statistics.bytes));
  return value;
}

}  // namespace

TableStatistics::TableStatistics(storage::Store& store) {
  std::string prefix = statistics_prefix();
  store.scan(storage::Family::meta, prefix, storage::prefix_end(prefix),
             [&](std::string_view key, std::string_view value) {
               key.remove_prefix(prefix.size());
               auto id = storage::take_u64(key);
               auto items = storage::take_u64(value);
               auto bytes = storage::take_u64(value);
               MutexLock lock(mutex_);
               if (id && items && bytes)
                 entries_[*id].now = {static_cast<int64_t>(*items), static_cast<int64_t>(*bytes)};
               return true;
             });
}

void TableStatistics::add(storage::Txn& txn, uint64_t id, int64_t items, int64_t bytes) {
  bytes += items * 100;
  {
    MutexLock lock(mutex_);
    const Entry& entry = entries_[id];
    if (entry.unsaved_changes + 1 >= kPersistEvery) {
      // Without the other changes of this group, if any; they are caught up with by the next one.
      txn.put(storage::Family::meta, statistics_key(id), encode({entry.now.items + items, entry.now.bytes + bytes}));
    }
  }
  txn.after_commit([this, id, items, bytes] {
    MutexLock lock(mutex_);
    Entry& entry = entries_[id];
    entry.now.items += items;
    entry.now.bytes += bytes;
    if (++entry.unsaved_changes >= kPersistEvery) entry.unsaved_changes = 0;
  });
}

void TableStatistics::forget(storage::Txn& txn, uint64_t id) {
  txn.erase(storage::Family::meta, statistics_key(id));
  txn.after_commit([this, id] {
    MutexLock lock(mutex_);
    entries_.erase(id);
  });
}

Statistics TableStatistics::of(uint64_t id) const {
  MutexLock lock(mutex_);
  auto it = entries_.find(id);
  return it == entries_.end() ? Statistics{} : it->second.now;
}

void TableStatistics::persist(storage::Txn& txn) {
  MutexLock lock(mutex_);
  for (auto& [id, entry] : entries_) {
    if (!entry.unsaved_changes) continue;
    txn.put(storage::Family::meta, statistics_key(id), encode(entry.now));
    entry.unsaved_changes = 0;
  }
}

}  // namespace millrace::tables
