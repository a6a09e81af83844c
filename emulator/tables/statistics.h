#pragma once
// How many items a table or an index holds and how large they are, without a scan: ItemCount, TableSizeBytes,
// IndexSizeBytes. Kept in memory, and written with the change that makes a multiple of kPersistEvery, by the
// timer and at a clean end; a kill loses at most what came after (AWS brings these figures up to date about
// every six hours).

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "emulator/base/mutex.h"
#include "emulator/storage/store.h"

namespace millrace::tables {

struct Statistics {
  int64_t items = 0;
  int64_t bytes = 0;  // by the item-size rules, plus 100 per item
};

class TableStatistics {
 public:
  explicit TableStatistics(storage::Store& store);

  /// Counts a change of a table or index, by its id, when the change commits. `bytes` by the item-size rules.
  void add(storage::Txn& txn, uint64_t id, int64_t items, int64_t bytes);
  void forget(storage::Txn& txn, uint64_t id);
  Statistics of(uint64_t id) const;
  /// Writes what is not yet written.
  void persist(storage::Txn& txn);

 private:
  struct Entry {
    Statistics now;
    uint32_t unsaved_changes = 0;
  };
  static constexpr uint32_t kPersistEvery = 128;

  mutable Mutex mutex_;
  std::unordered_map<uint64_t, Entry> entries_ GUARDED_BY(mutex_);
};

}  // namespace millrace::tables
