#include "emulator/storage/store.h"

#include <fcntl.h>
#include <rocksdb/db.h>
#include <rocksdb/utilities/checkpoint.h>
#include <rocksdb/write_batch.h>
#include <unistd.h>

#include <filesystem>

#include <algorithm>

#include "emulator/base/store_fault.h"
#include "emulator/storage/files.h"
#include "emulator/storage/group_txn.h"
#include "emulator/storage/opening.h"
#include "emulator/storage/writer.h"

namespace millrace::storage {

namespace {

constexpr std::string_view kFormatKey("\0format", 7);
constexpr std::string_view kFormat = "3";
// Their folders are read as they are: what they stored in clear says so. What is encrypted since then they would misread.
constexpr std::string_view kFormatsBefore[] = {"1", "2"};
constexpr uint64_t kCopiedLogMax = 2u << 20;  // a checkpoint copies a log of writes up to that, and else flushes first

}  // namespace

std::string prefix_end(std::string_view prefix) {
  std::string end(prefix);
  while (!end.empty() && static_cast<unsigned char>(end.back()) == 0xff) end.pop_back();
  if (end.empty()) return std::string(64, '\xff');
  end.back() = static_cast<char>(static_cast<unsigned char>(end.back()) + 1);
  return end;
}

struct Store::Impl : Files {
  using Files::Files;
  /// Shared with what lanes have put off to the end of their turns.
  std::shared_ptr<Writer> writer = std::make_shared<Writer>(*this);

  /// What is read: the committed state or a snapshot's, opened or as it lies.
  struct View {
    const rocksdb::Snapshot* at = nullptr;
    bool as_stored = false;
  };

  std::optional<std::string> get(Family family, std::string_view key, const View& how) const {
    rocksdb::ReadOptions read;
    read.snapshot = how.at;
    rocksdb::PinnableSlice value;
    auto status = db->Get(read, handle(family), slice(key), &value);
    if (!status.ok() && !status.IsNotFound()) fail_read(status);
    if (!status.ok()) return std::nullopt;
    std::string_view seen = view(value);
    if (how.as_stored || !is_sealed(family, seen)) return std::string(seen);
    std::string buffer;
    if (!seals.open(family, key, seen, buffer)) return std::nullopt;
    return std::string(seen);
  }

  void scan(Family family, std::string_view from, std::string_view to, bool reverse, const Visit& visit,
            const View& how) const {
    rocksdb::ReadOptions read;
    read.snapshot = how.at;
    std::string buffer;
    auto visit_opened = [&](std::string_view key, std::string_view value) {
      return (!how.as_stored && !seals.open(family, key, value, buffer)) || visit(key, value);
    };
    rocksdb::Slice lower = slice(from), upper = slice(to);
    read.iterate_lower_bound = &lower;
    read.iterate_upper_bound = &upper;
    std::unique_ptr<rocksdb::Iterator> it(db->NewIterator(read, handle(family)));
    if (reverse) {
      for (it->SeekToLast(); it->Valid(); it->Prev()) {
        if (!visit_opened(view(it->key()), view(it->value()))) return;
      }
    } else {
      for (it->Seek(lower); it->Valid(); it->Next()) {
        if (!visit_opened(view(it->key()), view(it->value()))) return;
      }
    }
    if (!it->status().ok()) fail_read(it->status());
  }

  /// Empty if the folder's format is ours, which an empty folder gets; else a sentence.
  std::string check_format();
  std::unique_ptr<Reader> snapshot(bool as_stored);
};

namespace {

/// Reads of a snapshot, which it gives back at its end.
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
  impl->writer->start();
  return std::unique_ptr<Store>(new Store(std::move(impl)));
}

Store::Store(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Store::~Store() {
  impl_->writer->stop();
}

std::string Store::Impl::check_format() {
  auto format = get(Family::meta, kFormatKey, {});
  const bool is_known =
      !format || *format == kFormat ||
      std::find(std::begin(kFormatsBefore), std::end(kFormatsBefore), *format) != std::end(kFormatsBefore);
  if (!is_known) {
    return "The data folder " + options.folder + " has format " + *format + "; this millrace reads format " +
           std::string(kFormat) + ". Use the version that wrote it, or another --data-dir.";
  }
  if (format == kFormat) return "";
  rocksdb::WriteOptions how;
  how.sync = true;
  rocksdb::WriteBatch batch;
  batch.Put(handle(Family::meta), slice(kFormatKey), slice(kFormat));
  return write(how, batch) == Written::yes ? "" : "The data folder " + options.folder + " can't be written.";
}

std::optional<std::string> Store::get(Family family, std::string_view key) const {
  return impl_->get(family, key, {});
}

void Store::scan(Family family, std::string_view from, std::string_view to, const Visit& visit) const {
  impl_->scan(family, from, to, false, visit, {});
}

void Store::scan_reverse(Family family, std::string_view from, std::string_view to, const Visit& visit) const {
  impl_->scan(family, from, to, true, visit, {});
}

std::unique_ptr<Reader> Store::Impl::snapshot(bool as_stored) {
  return std::make_unique<SnapshotReader>(
      *db,
      [this, as_stored](Family f, std::string_view k, const rocksdb::Snapshot* s) {
        return get(f, k, {s, as_stored});
      },
      [this, as_stored](Family f, std::string_view from, std::string_view to, bool reverse, const Visit& visit,
                        const rocksdb::Snapshot* s) {
        scan(f, from, to, reverse, visit, {s, as_stored});
      });
}

std::unique_ptr<Reader> Store::snapshot() const {
  return impl_->snapshot(false);
}

std::unique_ptr<Reader> Store::snapshot_as_stored() const {
  return impl_->snapshot(true);
}

Seals& Store::seals() {
  return impl_->seals;
}

void Store::submit(std::function<bool(Txn&)> apply, std::function<void(Outcome)> done) {
  impl_->writer->queue({std::move(apply), std::move(done), Change::Kind::queued});
}

void Store::submit_short(std::function<bool(Txn&)> apply, std::function<void(Outcome)> done) {
  impl_->writer->queue_for_turn({std::move(apply), std::move(done), Change::Kind::brief});
}

Outcome Store::transact_blocking(std::function<bool(Txn&)> apply) {
  return impl_->writer->run_alone(std::move(apply));
}

AwsError Store::write_failed() {
  return {kStoreFault, "The data folder can't be read or written; see the server's log."};
}

bool Store::put_unreferenced(Family family, std::string_view key, std::string_view value) {
  const auto sealed = impl_->seals.sealed(family, key, value);
  if (sealed) value = *sealed;
  rocksdb::WriteBatch batch(key.size() + value.size() + 64);
  batch.Put(impl_->handle(family), slice(key), slice(value));
  return impl_->write(rocksdb::WriteOptions(), batch) == Written::yes;
}

void Store::erase_unreferenced(Family family, std::string_view from, std::string_view to) {
  rocksdb::WriteBatch batch;
  batch.DeleteRange(impl_->handle(family), slice(from), slice(to));
  impl_->write(rocksdb::WriteOptions(), batch);
}

std::string Store::checkpoint(const std::string& folder) {
  rocksdb::Checkpoint* made = nullptr;
  auto status = rocksdb::Checkpoint::Create(impl_->db.get(), &made);
  std::unique_ptr<rocksdb::Checkpoint> owned(made);
  if (status.ok()) status = owned->CreateCheckpoint(folder, kCopiedLogMax);
  return status.ok() ? "" : status.ToString();
}

std::string Store::sync_folder(const std::string& folder) {
  namespace fs = std::filesystem;
  std::error_code failed;
  std::vector<std::string> paths;
  for (const auto& entry : fs::directory_iterator(folder, failed)) paths.push_back(entry.path().string());
  paths.push_back(folder);  // last: it names the files
  for (const std::string& path : paths) {
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    const bool synced = file >= 0 && fsync(file) == 0;
    if (file >= 0) ::close(file);
    if (!synced) return "The store in " + folder + " can't be written to the disk.";
  }
  return failed ? "The store in " + folder + " can't be read: " + failed.message() + "." : "";
}

uint64_t Store::sequence() const {
  return impl_->db->GetLatestSequenceNumber();
}

}  // namespace millrace::storage
