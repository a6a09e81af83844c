#pragma once
// The open files of a store, and the writes to them.

#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include <atomic>
#include <memory>
#include <vector>

#include "emulator/storage/disk_space.h"
#include "emulator/storage/opening.h"
#include "emulator/storage/seals.h"
#include "emulator/storage/store.h"

namespace millrace::storage {

/// What became of a write.
enum class Written {
  yes,
  failed,      // the disk refused it; said in the log
  would_wait,  // RocksDB holds writes back, and the caller didn't want to wait: nothing has happened
};

struct Files {
  Files(const StoreOptions& with, OpenedDatabase opened);
  ~Files();  // flushes, closes
  Files(const Files&) = delete;

  rocksdb::ColumnFamilyHandle* handle(Family family) const { return families[static_cast<size_t>(family)]; }
  /// Writes, if there is room on the disk; after a failure RocksDB is asked to begin anew first.
  Written write(const rocksdb::WriteOptions& how, rocksdb::WriteBatch& batch);

  StoreOptions options;
  std::unique_ptr<rocksdb::DB> db;
  std::vector<rocksdb::ColumnFamilyHandle*> families;
  DiskSpace space;
  Seals seals;
  std::atomic<bool> write_failed = false;  // the last write
};

}  // namespace millrace::storage
