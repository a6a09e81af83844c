#pragma once
// What the changes of one group commit write through: RocksDB's batch and the overlay in which later changes see it.

#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include "emulator/base/guard.h"
#include "emulator/storage/overlay.h"
#include "emulator/storage/rocks_options.h"
#include "emulator/storage/seals.h"

namespace millrace::storage {

/// Reports the failed read, once, however many read the same block, and throws StoreFault; the status names the file.
[[noreturn]] void fail_read(const rocksdb::Status& status);

/// The transaction of one group; each change sees what the earlier ones of the group wrote.
class GroupTxn final : public Txn {
 public:
  GroupTxn(rocksdb::DB& db, const std::vector<rocksdb::ColumnFamilyHandle*>& families, const Seals& seals)
      : db_(db), families_(families), seals_(seals) {}

  void begin_change() {
    batch_.SetSavePoint();
    overlay_.set_savepoint();
    poisoned_ = false;
    callbacks_at_savepoint_ = callbacks_.size();
  }
  void keep_change() { batch_.PopSavePoint(); }
  void drop_change() {
    batch_.RollbackToSavePoint();
    overlay_.rollback();
    callbacks_.resize(callbacks_at_savepoint_);
  }
  rocksdb::WriteBatch& batch() { return batch_; }
  /// A read of the change failed: whatever it made of that isn't kept.
  bool poisoned() const { return poisoned_; }
  void run_callbacks() {
    for (auto& fn : callbacks_) guarded("what follows a commit", fn);
  }

  std::optional<std::string> get(Family family, std::string_view key) const override {
    if (const Overlay::Entry* entry = overlay_.find(family, key)) return *entry;
    rocksdb::PinnableSlice value;
    auto status = db_.Get(rocksdb::ReadOptions(), handle(family), slice(key), &value);
    if (status.ok()) return opened(family, key, view(value));
    if (!status.IsNotFound()) fail(status);
    return std::nullopt;
  }

  void scan(Family family, std::string_view from, std::string_view to, const Visit& visit) const override {
    scan_merged(family, from, to, false, visit);
  }
  void scan_reverse(Family family, std::string_view from, std::string_view to, const Visit& visit) const override {
    scan_merged(family, from, to, true, visit);
  }

  void put(Family family, std::string_view key, std::string_view value) override {
    overlay_.put(family, key, value);  // opened: what it holds isn't stored
    const auto sealed = seals_.sealed(family, key, value);
    batch_.Put(handle(family), slice(key), slice(sealed ? std::string_view(*sealed) : value));
  }
  void erase(Family family, std::string_view key) override {
    overlay_.erase(family, key);
    batch_.Delete(handle(family), slice(key));
  }
  void erase_range(Family family, std::string_view from, std::string_view to) override {
    overlay_.erase_range(family, from, to);
    batch_.DeleteRange(handle(family), slice(from), slice(to));
  }
  void after_commit(std::function<void()> fn) override { callbacks_.push_back(std::move(fn)); }

 private:
  rocksdb::ColumnFamilyHandle* handle(Family family) const { return families_[static_cast<size_t>(family)]; }

  [[noreturn]] void fail(const rocksdb::Status& status) const {
    poisoned_ = true;
    fail_read(status);
  }

  /// A value as it is read. What can't be opened poisons the change as any read that fails.
  std::optional<std::string> opened(Family family, std::string_view key, std::string_view value) const;

  /// Walks the store and the overlay side by side; where both have a key, the overlay's word counts.
  void scan_merged(Family family, std::string_view from, std::string_view to, bool reverse, const Visit& visit) const;

  rocksdb::DB& db_;
  const std::vector<rocksdb::ColumnFamilyHandle*>& families_;
  const Seals& seals_;
  rocksdb::WriteBatch batch_;
  Overlay overlay_;
  std::vector<std::function<void()>> callbacks_;
  size_t callbacks_at_savepoint_ = 0;
  mutable bool poisoned_ = false;
};

}  // namespace millrace::storage
