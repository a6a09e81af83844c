#include "emulator/storage/store.h"

#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>
#include <rocksdb/utilities/checkpoint.h>
#include <rocksdb/write_batch.h>
#include <rocksdb/write_buffer_manager.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <filesystem>
#include <mutex>
#include <thread>

#include "emulator/base/log.h"
#include "emulator/storage/overlay.h"

namespace millrace::storage {

namespace {

constexpr const char* kFamilyNames[kFamilyCount] = {"default", "items",   "indexes", "streams",
                                                    "logs",    "objects", "chunks",  "queues"};
constexpr std::string_view kFormatKey("\0format", 7);
constexpr std::string_view kFormat = "1";
constexpr size_t kQueueMax = 8192;           // waiting changes; at the bound submit() waits, which slows the clients
constexpr size_t kGroupMax = 256;            // changes merged into one write, so that no one waits for a huge batch
constexpr size_t kUnflushedMax = 28u << 20;  // bytes of all families' memtables; beyond it the largest is flushed

rocksdb::Slice slice(std::string_view text) {
  return {text.data(), text.size()};
}
std::string_view view(const rocksdb::Slice& s) {
  return {s.data(), s.size()};
}

struct Change {
  std::function<bool(Txn&)> apply;
  std::function<void(Outcome)> done;
  bool alone = false;  // commit before the next change runs, so that caches updated after it are never stale
};

}  // namespace

std::string prefix_end(std::string_view prefix) {
  std::string end(prefix);
  while (!end.empty() && static_cast<unsigned char>(end.back()) == 0xff) end.pop_back();
  if (end.empty()) return std::string(64, '\xff');
  end.back() = static_cast<char>(static_cast<unsigned char>(end.back()) + 1);
  return end;
}

struct Store::Impl {
  StoreOptions options;
  std::unique_ptr<rocksdb::DB> db;
  std::vector<rocksdb::ColumnFamilyHandle*> families;

  std::mutex mutex;
  std::condition_variable not_empty;
  std::condition_variable not_full;
  std::deque<Change> queue;    // guarded by mutex
  bool stopping = false;       // guarded by mutex
  bool writer_sleeps = false;  // guarded by mutex
  std::thread writer;

  rocksdb::ColumnFamilyHandle* handle(Family family) const { return families[static_cast<size_t>(family)]; }

  std::optional<std::string> get(Family family, std::string_view key, const rocksdb::Snapshot* at) const {
    rocksdb::ReadOptions read;
    read.snapshot = at;
    rocksdb::PinnableSlice value;
    auto status = db->Get(read, handle(family), slice(key), &value);
    if (status.ok()) return std::string(value.data(), value.size());
    if (!status.IsNotFound()) log::error("the store can't be read: " + status.ToString());
    return std::nullopt;
  }

  void scan(Family family, std::string_view from, std::string_view to, bool reverse, const Visit& visit,
            const rocksdb::Snapshot* at) const {
    rocksdb::ReadOptions read;
    read.snapshot = at;
    rocksdb::Slice lower = slice(from), upper = slice(to);
    read.iterate_lower_bound = &lower;
    read.iterate_upper_bound = &upper;
    std::unique_ptr<rocksdb::Iterator> it(db->NewIterator(read, handle(family)));
    if (reverse) {
      for (it->SeekToLast(); it->Valid(); it->Prev()) {
        if (!visit(view(it->key()), view(it->value()))) return;
      }
    } else {
      for (it->Seek(lower); it->Valid(); it->Next()) {
        if (!visit(view(it->key()), view(it->value()))) return;
      }
    }
    if (!it->status().ok()) log::error("the store can't be read: " + it->status().ToString());
  }

  void enqueue(Change change) {
    std::unique_lock lock(mutex);
    not_full.wait(lock, [&] { return queue.size() < kQueueMax || stopping; });
    queue.push_back(std::move(change));
    if (writer_sleeps) not_empty.notify_one();
  }

  void run_writer();
  void commit_group(std::deque<Change>& changes);
};

namespace {

/// The transaction of one group; each change sees what the earlier ones of the group wrote.
class GroupTxn final : public Txn {
 public:
  GroupTxn(rocksdb::DB& db, const std::vector<rocksdb::ColumnFamilyHandle*>& families) : db_(db), families_(families) {}

  void begin_change() {
    batch_.SetSavePoint();
    overlay_.set_savepoint();
    callbacks_at_savepoint_ = callbacks_.size();
  }
  void keep_change() { batch_.PopSavePoint(); }
  void drop_change() {
    batch_.RollbackToSavePoint();
    overlay_.rollback();
    callbacks_.resize(callbacks_at_savepoint_);
  }
  rocksdb::WriteBatch& batch() { return batch_; }
  void run_callbacks() {
    for (auto& fn : callbacks_) fn();
  }

  std::optional<std::string> get(Family family, std::string_view key) const override {
    if (const Overlay::Entry* entry = overlay_.find(family, key)) return *entry;
    rocksdb::PinnableSlice value;
    auto status = db_.Get(rocksdb::ReadOptions(), handle(family), slice(key), &value);
    if (status.ok()) return std::string(value.data(), value.size());
    return std::nullopt;
  }

  void scan(Family family, std::string_view from, std::string_view to, const Visit& visit) const override {
    scan_merged(family, from, to, false, visit);
  }
  void scan_reverse(Family family, std::string_view from, std::string_view to, const Visit& visit) const override {
    scan_merged(family, from, to, true, visit);
  }

  void put(Family family, std::string_view key, std::string_view value) override {
    overlay_.put(family, key, value);
    batch_.Put(handle(family), slice(key), slice(value));
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

  /// Walks the store and the overlay side by side; where both have a key, the overlay's word counts.
  void scan_merged(Family family, std::string_view from, std::string_view to, bool reverse, const Visit& visit) const;

  rocksdb::DB& db_;
  const std::vector<rocksdb::ColumnFamilyHandle*>& families_;
  rocksdb::WriteBatch batch_;
  Overlay overlay_;
  std::vector<std::function<void()>> callbacks_;
  size_t callbacks_at_savepoint_ = 0;
};

void GroupTxn::scan_merged(Family family, std::string_view from, std::string_view to, bool reverse,
                           const Visit& visit) const {
  rocksdb::ReadOptions read;
  rocksdb::Slice lower = slice(from), upper = slice(to);
  read.iterate_lower_bound = &lower;
  read.iterate_upper_bound = &upper;
  std::unique_ptr<rocksdb::Iterator> stored(db_.NewIterator(read, handle(family)));
  if (reverse)
    stored->SeekToLast();
  else
    stored->Seek(lower);

  const Overlay::Entries& entries = overlay_.entries(family);
  std::vector<const Overlay::Entries::value_type*> pending;
  for (auto it = entries.lower_bound(from); it != entries.end() && it->first < to; ++it) pending.push_back(&*it);
  if (reverse) std::reverse(pending.begin(), pending.end());

  auto next_stored = [&] { reverse ? stored->Prev() : stored->Next(); };
  size_t at = 0;
  while (stored->Valid() || at < pending.size()) {
    int order = -1;  // < 0: the stored entry comes first; 0: the same key; > 0: the pending one
    if (!stored->Valid())
      order = 1;
    else if (at < pending.size())
      order = view(stored->key()).compare(pending[at]->first) * (reverse ? -1 : 1);
    if (order < 0) {
      if (!overlay_.in_erased_range(family, view(stored->key())) && !visit(view(stored->key()), view(stored->value())))
        return;
      next_stored();
      continue;
    }
    const auto& [key, entry] = *pending[at++];
    if (order == 0) next_stored();
    if (entry && !visit(key, *entry)) return;
  }
}

class SnapshotReader final : public Reader {
 public:
  using Get = std::function<std::optional<std::string>(Family, std::string_view, const rocksdb::Snapshot*)>;
  using Scan =
      std::function<void(Family, std::string_view, std::string_view, bool, const Visit&, const rocksdb::Snapshot*)>;
  SnapshotReader(rocksdb::DB& db, Get get, Scan scan)
      : db_(db), snapshot_(db.GetSnapshot()), get_(std::move(get)), scan_(std::move(scan)) {}
  ~SnapshotReader() override { db_.ReleaseSnapshot(snapshot_); }

  std::optional<std::string> get(Family family, std::string_view key) const override {
    return get_(family, key, snapshot_);
  }
  void scan(Family family, std::string_view from, std::string_view to, const Visit& visit) const override {
    scan_(family, from, to, false, visit, snapshot_);
  }
  void scan_reverse(Family family, std::string_view from, std::string_view to, const Visit& visit) const override {
    scan_(family, from, to, true, visit, snapshot_);
  }

 private:
  rocksdb::DB& db_;
  const rocksdb::Snapshot* snapshot_;
  Get get_;
  Scan scan_;
};

rocksdb::Options database_options(const StoreOptions& options) {
  rocksdb::Options out;
  out.create_if_missing = true;
  out.create_missing_column_families = true;
  out.max_background_jobs = 2;
  out.max_open_files = 512;
  out.keep_log_file_num = 2;
  out.max_total_wal_size = 128u << 20;
  out.info_log_level = rocksdb::WARN_LEVEL;
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = rocksdb::NewLRUCache(options.memory_bytes);
  out.write_buffer_manager = std::make_shared<rocksdb::WriteBufferManager>(kUnflushedMax, table.block_cache);
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  table.cache_index_and_filter_blocks = true;
  // In partitions: a read brings a few KiB of filter and index into the small cache, not the megabytes of a whole file's.
  table.index_type = rocksdb::BlockBasedTableOptions::kTwoLevelIndexSearch;
  table.partition_filters = true;
  table.pin_top_level_index_and_filter = true;
  out.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  out.write_buffer_size = 16u << 20;
  out.compression = rocksdb::kLZ4Compression;
  return out;
}

rocksdb::ColumnFamilyOptions family_options(const rocksdb::Options& base, Family family) {
  rocksdb::ColumnFamilyOptions out(base);
  if (family == Family::chunks) {
    // Bodies go to blob files once: compaction moves their keys, not their bytes.
    out.enable_blob_files = true;
    out.min_blob_size = 16u << 10;
    out.enable_blob_garbage_collection = true;
    out.compression = rocksdb::kNoCompression;
    out.blob_compression_type = rocksdb::kNoCompression;
    // A body is written once and not read back at once: small memtables keep an upload of any size within a few
    // pieces of memory.
    out.write_buffer_size = 4u << 20;
    // Tables hold keys only, so many at level 0 cost little, and compactions that move old bodies along stay rare.
    out.level0_file_num_compaction_trigger = 16;
  }
  return out;
}

std::string open_sentence(const std::string& folder, const rocksdb::Status& status) {
  std::string reason = status.ToString();
  if (reason.find("lock") != std::string::npos || reason.find("Resource temporarily unavailable") != std::string::npos)
    return "The data folder " + folder + " is in use by another millrace. Stop that one or choose another --data-dir.";
  return "The data folder " + folder + " can't be opened: " + reason;
}

}  // namespace

std::variant<std::unique_ptr<Store>, std::string> Store::open(const StoreOptions& options) {
  std::error_code ignored;
  std::filesystem::create_directories(options.folder, ignored);
  auto impl = std::make_unique<Impl>();
  impl->options = options;
  rocksdb::Options db_options = database_options(options);
  std::vector<rocksdb::ColumnFamilyDescriptor> descriptors;
  for (size_t i = 0; i < kFamilyCount; ++i)
    descriptors.emplace_back(kFamilyNames[i], family_options(db_options, static_cast<Family>(i)));

  rocksdb::DB* db = nullptr;
  auto status = rocksdb::DB::Open(db_options, options.folder, descriptors, &impl->families, &db);
  if (!status.ok()) return open_sentence(options.folder, status);
  impl->db.reset(db);

  auto format = impl->get(Family::meta, kFormatKey, nullptr);
  if (!format) {
    rocksdb::WriteOptions write;
    write.sync = true;
    status = db->Put(write, impl->handle(Family::meta), slice(kFormatKey), slice(kFormat));
    if (!status.ok()) return open_sentence(options.folder, status);
  } else if (*format != kFormat) {
    for (auto* handle : impl->families) db->DestroyColumnFamilyHandle(handle);
    return "The data folder " + options.folder + " has format " + *format + "; this millrace reads format " +
           std::string(kFormat) + ". Use the version that wrote it, or another --data-dir.";
  }
  impl->writer = std::thread([raw = impl.get()] { raw->run_writer(); });
  return std::unique_ptr<Store>(new Store(std::move(impl)));
}

Store::Store(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Store::~Store() {
  {
    std::lock_guard lock(impl_->mutex);
    impl_->stopping = true;
    impl_->not_empty.notify_one();
    impl_->not_full.notify_all();
  }
  impl_->writer.join();
  impl_->db->FlushWAL(true);
  for (auto* handle : impl_->families) impl_->db->DestroyColumnFamilyHandle(handle);
  impl_->db->Close();
}

void Store::Impl::run_writer() {
  std::deque<Change> group;
  for (;;) {
    {
      std::unique_lock lock(mutex);
      while (queue.empty() && !stopping) {
        writer_sleeps = true;
        not_empty.wait(lock);
        writer_sleeps = false;
      }
      if (queue.empty()) return;
      bool was_full = queue.size() >= kQueueMax;
      while (!queue.empty() && group.size() < kGroupMax) {
        bool alone = queue.front().alone;
        group.push_back(std::move(queue.front()));
        queue.pop_front();
        if (alone) break;
      }
      if (was_full) not_full.notify_all();
    }
    commit_group(group);
    group.clear();
  }
}

void Store::Impl::commit_group(std::deque<Change>& changes) {
  GroupTxn txn(*db, families);
  std::vector<Outcome> outcomes;
  outcomes.reserve(changes.size());
  for (Change& change : changes) {
    txn.begin_change();
    bool keep = false;
    try {
      keep = change.apply(txn);
    } catch (const std::exception& error) {
      log::error(std::string("a change threw, which is a bug; it is rolled back: ") + error.what());
    }
    if (keep)
      txn.keep_change();
    else
      txn.drop_change();
    outcomes.push_back(keep ? Outcome::committed : Outcome::rolled_back);
  }
  rocksdb::WriteOptions write;
  write.sync = options.durability == Durability::sync;
  auto status = txn.batch().Count() ? db->Write(write, &txn.batch()) : rocksdb::Status::OK();
  if (status.ok()) {
    txn.run_callbacks();
  } else {
    log::error("the store can't be written: " + status.ToString());
    for (Outcome& outcome : outcomes) {
      if (outcome == Outcome::committed) outcome = Outcome::failed;
    }
  }
  for (size_t i = 0; i < changes.size(); ++i) {
    if (changes[i].done) changes[i].done(outcomes[i]);
  }
}

std::optional<std::string> Store::get(Family family, std::string_view key) const {
  return impl_->get(family, key, nullptr);
}

void Store::scan(Family family, std::string_view from, std::string_view to, const Visit& visit) const {
  impl_->scan(family, from, to, false, visit, nullptr);
}

void Store::scan_reverse(Family family, std::string_view from, std::string_view to, const Visit& visit) const {
  impl_->scan(family, from, to, true, visit, nullptr);
}

std::unique_ptr<Reader> Store::snapshot() const {
  Impl* impl = impl_.get();
  return std::make_unique<SnapshotReader>(
      *impl->db, [impl](Family f, std::string_view k, const rocksdb::Snapshot* s) { return impl->get(f, k, s); },
      [impl](Family f, std::string_view from, std::string_view to, bool reverse, const Visit& visit,
             const rocksdb::Snapshot* s) { impl->scan(f, from, to, reverse, visit, s); });
}

void Store::submit(std::function<bool(Txn&)> apply, std::function<void(Outcome)> done) {
  impl_->enqueue({std::move(apply), std::move(done), false});
}

Outcome Store::transact_blocking(std::function<bool(Txn&)> apply) {
  if (std::this_thread::get_id() == impl_->writer.get_id())
    throw std::logic_error("Store::transact was called from a change; it would wait for itself");
  std::promise<Outcome> promise;
  auto future = promise.get_future();
  impl_->enqueue({std::move(apply), [&](Outcome outcome) { promise.set_value(outcome); }, true});
  return future.get();
}

AwsError Store::write_failed() {
  static const ErrorKind kind{"InternalFailure", 501, "", "message", Fault::server};
  return {kind, "The data folder can't be written; see the server's log."};
}

bool Store::put_unreferenced(Family family, std::string_view key, std::string_view value) {
  auto status = impl_->db->Put(rocksdb::WriteOptions(), impl_->handle(family), slice(key), slice(value));
  if (!status.ok()) log::error("the store can't be written: " + status.ToString());
  return status.ok();
}

void Store::erase_unreferenced(Family family, std::string_view from, std::string_view to) {
  impl_->db->DeleteRange(rocksdb::WriteOptions(), impl_->handle(family), slice(from), slice(to));
}

uint64_t Store::approximate_bytes(Family family, std::string_view from, std::string_view to) const {
  rocksdb::Range range(slice(from), slice(to));
  uint64_t size = 0;
  rocksdb::SizeApproximationOptions options;
  options.include_memtables = true;
  impl_->db->GetApproximateSizes(options, impl_->handle(family), &range, 1, &size);
  return size;
}

std::string Store::checkpoint(const std::string& folder) {
  rocksdb::Checkpoint* made = nullptr;
  auto status = rocksdb::Checkpoint::Create(impl_->db.get(), &made);
  std::unique_ptr<rocksdb::Checkpoint> owned(made);
  if (status.ok()) status = owned->CreateCheckpoint(folder);
  return status.ok() ? "" : status.ToString();
}

uint64_t Store::sequence() const {
  return impl_->db->GetLatestSequenceNumber();
}

}  // namespace millrace::storage
