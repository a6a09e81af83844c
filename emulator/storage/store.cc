#include "emulator/storage/store.h"

#include <rocksdb/db.h>
#include <rocksdb/utilities/checkpoint.h>
#include <rocksdb/write_batch.h>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <thread>

#include "emulator/base/guard.h"
#include "emulator/base/log.h"
#include "emulator/base/mutex.h"
#include "emulator/base/store_fault.h"
#include "emulator/storage/disk_space.h"
#include "emulator/storage/group_txn.h"
#include "emulator/storage/opening.h"

namespace millrace::storage {

namespace {

constexpr std::string_view kFormatKey("\0format", 7);
constexpr std::string_view kFormat = "2";
// Its folders are read as they are: what it stored in clear says so. What is encrypted since then it would misread.
constexpr std::string_view kFormatBefore = "1";
const std::string kCantWrite = "the store can't be written: ";
constexpr size_t kQueueMax = 8192;  // waiting changes; at the bound submit() waits, which slows the clients
constexpr size_t kGroupMax = 256;   // changes merged into one write, so that no one waits for a huge batch

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
  Impl(const StoreOptions& with, OpenedDatabase opened)
      : options(with),
        db(std::move(opened.db)),
        families(std::move(opened.families)),
        space(*db->GetEnv(), with.folder) {}
  ~Impl() {
    // A log that couldn't be written may not be touched again (RocksDB asserts that); what it holds is in the memtables.
    if (!write_failed) db->FlushWAL(true);
    for (auto* family : families) db->DestroyColumnFamilyHandle(family);
    db->Close();
  }

  StoreOptions options;
  std::unique_ptr<rocksdb::DB> db;
  std::vector<rocksdb::ColumnFamilyHandle*> families;
  DiskSpace space;
  std::atomic<bool> write_failed = false;  // the last write to the files

  Mutex mutex;
  std::condition_variable not_empty;
  std::condition_variable not_full;
  std::deque<Change> queue GUARDED_BY(mutex);
  bool stopping GUARDED_BY(mutex) = false;
  bool writer_sleeps GUARDED_BY(mutex) = false;
  std::thread writer;

  rocksdb::ColumnFamilyHandle* handle(Family family) const { return families[static_cast<size_t>(family)]; }

  std::optional<std::string> get(Family family, std::string_view key, const rocksdb::Snapshot* at) const {
    rocksdb::ReadOptions read;
    read.snapshot = at;
    rocksdb::PinnableSlice value;
    auto status = db->Get(read, handle(family), slice(key), &value);
    if (status.ok()) return std::string(value.data(), value.size());
    if (!status.IsNotFound()) fail_read(status);
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
    if (!it->status().ok()) fail_read(it->status());
  }

  void enqueue(Change change) {
    MutexLock lock(mutex);
    while (!(queue.size() < kQueueMax || stopping)) lock.wait(not_full);
    queue.push_back(std::move(change));
    if (writer_sleeps) not_empty.notify_one();
  }

  /// Empty if the folder's format is ours, which an empty folder gets; else a sentence.
  std::string check_format();
  /// Writes to the files, if there is room; after a failure RocksDB is asked to begin anew first.
  bool write(const rocksdb::WriteOptions& how, rocksdb::WriteBatch& batch);
  void run_writer();
  void commit_group(std::deque<Change>& changes);
};

namespace {

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

}  // namespace

std::variant<std::unique_ptr<Store>, std::string> Store::open(const StoreOptions& options) {
  auto opened = open_database(options);
  if (auto* sentence = std::get_if<std::string>(&opened)) return std::move(*sentence);
  auto impl = std::make_unique<Impl>(options, std::move(std::get<OpenedDatabase>(opened)));
  // An empty folder gets the format's number; a change of one entry, as all others.
  try {
    if (std::string wrong = impl->check_format(); !wrong.empty()) return wrong;
  } catch (const StoreFault& fault) {
    return "The data folder " + options.folder + " can't be opened: " + fault.what();
  }
  impl->writer = std::thread([raw = impl.get()] { raw->run_writer(); });
  return std::unique_ptr<Store>(new Store(std::move(impl)));
}

Store::Store(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Store::~Store() {
  {
    MutexLock lock(impl_->mutex);
    impl_->stopping = true;
    impl_->not_empty.notify_one();
    impl_->not_full.notify_all();
  }
  impl_->writer.join();
}

std::string Store::Impl::check_format() {
  auto format = get(Family::meta, kFormatKey, nullptr);
  if (format && *format != kFormat && *format != kFormatBefore) {
    return "The data folder " + options.folder + " has format " + *format + "; this millrace reads format " +
           std::string(kFormat) + ". Use the version that wrote it, or another --data-dir.";
  }
  if (format == kFormat) return "";
  rocksdb::WriteOptions how;
  how.sync = true;
  rocksdb::WriteBatch batch;
  batch.Put(handle(Family::meta), slice(kFormatKey), slice(kFormat));
  return write(how, batch) ? "" : "The data folder " + options.folder + " can't be written.";
}

bool Store::Impl::write(const rocksdb::WriteOptions& how, rocksdb::WriteBatch& batch) {
  if (!space.refusal(batch.GetDataSize(), !batch.HasPut()).empty()) return false;
  // RocksDB recovers from a full disk by itself, within five seconds of there being space; until then it is busy with it.
  if (write_failed && !db->Resume().ok()) return false;
  auto status = db->Write(how, &batch);
  if (!status.ok()) report_trouble(kCantWrite + status.ToString());
  if (write_failed.exchange(!status.ok()) && status.ok()) resolve_troubles(kCantWrite);
  return status.ok();
}

void Store::Impl::run_writer() {
  std::deque<Change> group;
  for (;;) {
    {
      MutexLock lock(mutex);
      while (queue.empty() && !stopping) {
        writer_sleeps = true;
        lock.wait(not_empty);
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
    bool ended = false;
    try {
      keep = change.apply(txn);
      ended = true;
    } catch (const StoreFault&) {  // reported where it was thrown
    } catch (const std::exception& error) {
      report_failed_task("a change (a bug; it is rolled back)", error.what());
    } catch (...) {
      report_failed_task("a change (a bug; it is rolled back)", "an unknown exception");
    }
    ended &= !txn.poisoned();
    keep &= ended;
    if (keep)
      txn.keep_change();
    else
      txn.drop_change();
    outcomes.push_back(keep ? Outcome::committed : ended ? Outcome::rolled_back : Outcome::failed);
  }
  rocksdb::WriteOptions how;
  how.sync = options.durability == Durability::sync;
  if (txn.batch().Count() == 0 || write(how, txn.batch())) {
    txn.run_callbacks();
  } else {
    for (Outcome& outcome : outcomes) {
      if (outcome == Outcome::committed) outcome = Outcome::failed;
    }
  }
  for (size_t i = 0; i < changes.size(); ++i) {
    if (changes[i].done) guarded("the answer to a change", [&] { changes[i].done(outcomes[i]); });
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
  return {kStoreFault, "The data folder can't be read or written; see the server's log."};
}

bool Store::put_unreferenced(Family family, std::string_view key, std::string_view value) {
  rocksdb::WriteBatch batch(key.size() + value.size() + 64);
  batch.Put(impl_->handle(family), slice(key), slice(value));
  return impl_->write(rocksdb::WriteOptions(), batch);
}

void Store::erase_unreferenced(Family family, std::string_view from, std::string_view to) {
  rocksdb::WriteBatch batch;
  batch.DeleteRange(impl_->handle(family), slice(from), slice(to));
  impl_->write(rocksdb::WriteOptions(), batch);
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
