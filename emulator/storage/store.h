#pragma once
// The store: RocksDB behind one writer.
//
// Every change is a function that the writer runs with a Txn: it reads what it needs, decides, and puts or erases. So a
// conditional write, its index entries and its stream record are one atomic step without any lock, transactions are
// serialisable, and the order in which the functions run is the order of the streams. The writer merges all functions
// that wait into one RocksDB write (group commit), then completes them in order. Readers never wait for it: they read
// the last committed state, or a snapshot of it.
//
// The writer is a role, which one thread at a time has: who finds it free when it has a change to make takes it, commits
// its own and what has queued up, and gives it back, so that a write wakes no other thread. A thread of the store's own
// takes it for whoever may not wait (submit), for long changes, while RocksDB holds writes back, and for all of them with
// Durability::sync. In the rooms' comments "the writer thread" is the one that has the role.

#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "emulator/base/result.h"

namespace millrace::storage {

/// Where entries live: one RocksDB column family each. Numbered as stored: never renumber. The keys' grammars
/// are in KEYS.md.
enum class Family : uint8_t {
  meta = 0,     // control planes: JSON documents by service, account, region, kind, name
  items = 1,    // DynamoDB items by table id, partition key, sort key
  indexes = 2,  // secondary index entries
  streams = 3,  // stream records by stream id, shard, sequence number
  logs = 4,     // log events by stream, time
  objects = 5,  // S3: keys, versions, uploads
  chunks = 6,   // S3: bodies, in pieces
  queues = 7,   // SQS messages
};
inline constexpr size_t kFamilyCount = 8;

/// How far an acknowledged write is safe: from the death of the process, or from power loss as well. `none` waits for the
/// disk nowhere: after a loss of power the folder may not be a store any more.
enum class Durability { wal, sync, none };

/// What can be read from: the store itself, a snapshot, or a running transaction (which sees its own writes).
class Reader {
 public:
  virtual ~Reader() = default;
  virtual std::optional<std::string> get(Family family, std::string_view key) const = 0;
  /// Entries with from <= key < to in byte order, or in reverse order; `visit` returns false to stop.
  using Visit = std::function<bool(std::string_view key, std::string_view value)>;
  virtual void scan(Family family, std::string_view from, std::string_view to, const Visit& visit) const = 0;
  virtual void scan_reverse(Family family, std::string_view from, std::string_view to, const Visit& visit) const = 0;
};

/// The first key after all keys that begin with `prefix` (for scan's `to`).
std::string prefix_end(std::string_view prefix);

/// One change in the making; lives only while its function runs.
class Txn : public Reader {
 public:
  virtual void put(Family family, std::string_view key, std::string_view value) = 0;
  virtual void erase(Family family, std::string_view key) = 0;
  /// Erases from <= key < to, whatever their number, at the cost of one entry.
  virtual void erase_range(Family family, std::string_view from, std::string_view to) = 0;
  /// Runs after the commit, on the writer thread, before the change is acknowledged; dropped if it fails. For
  /// updating caches and waking readers: must be short and must not call the store's write functions.
  virtual void after_commit(std::function<void()> fn) = 0;
};

/// What happened to a submitted change.
enum class Outcome { committed, rolled_back, failed /* the disk refused; nothing was written */ };

class Seals;

struct StoreOptions {
  std::string folder;
  Durability durability = Durability::wal;
  /// Blocks read and writes not yet flushed, together: when many writes wait, fewer blocks are kept.
  size_t memory_bytes = 40u << 20;
};

class Store final : public Reader {
 public:
  /// Opens or creates the store. The error is a sentence for a person: in use, unknown format, not writable.
  static std::variant<std::unique_ptr<Store>, std::string> open(const StoreOptions& options);
  ~Store() override;  // commits what waits, flushes, closes

  std::optional<std::string> get(Family family, std::string_view key) const override;
  void scan(Family family, std::string_view from, std::string_view to, const Visit& visit) const override;
  void scan_reverse(Family family, std::string_view from, std::string_view to, const Visit& visit) const override;

  /// A consistent view of this moment. Keep it short: it holds back compaction.
  std::unique_ptr<Reader> snapshot() const;
  /// The same with values as they lie: what is sealed (seals.h) stays so. For copies into other stores.
  std::unique_ptr<Reader> snapshot_as_stored() const;
  /// Which entries lie encrypted, and under which keys.
  Seals& seals();

  /// Queues a change. `apply` runs on the writer thread and returns whether to keep what it did; `done` runs
  /// there too, after the commit, and must only post. A bounded queue (8192): at the bound the caller waits.
  void submit(std::function<bool(Txn&)> apply, std::function<void(Outcome)> done);
  /// The same for a change as short as the write of an item. A thread that takes turns (base/turn.h) commits those of its
  /// turn by itself, in one group, when the turn ends; `done` may then run beside the changes that follow.
  void submit_short(std::function<bool(Txn&)> apply, std::function<void(Outcome)> done);

  /// Runs `change(txn)`, a Result<T>, as the writer and waits for its commit. An error rolls it back.
  /// It sees everything committed before, and nothing runs beside it. Never call it from a change.
  template <class Change>
  auto transact(Change&& change) -> std::invoke_result_t<Change, Txn&> {
    using R = std::invoke_result_t<Change, Txn&>;
    std::optional<R> result;
    Outcome outcome = transact_blocking([&](Txn& txn) {
      result.emplace(change(txn));
      return !result->has_error();
    });
    if (outcome == Outcome::failed) return write_failed();
    return std::move(*result);
  }

  /// Writes an entry that nothing refers to yet (a piece of an object's body), beside the writer thread.
  /// False if the disk refused.
  bool put_unreferenced(Family family, std::string_view key, std::string_view value);
  /// Removes entries that nothing refers to any more, beside the writer thread.
  void erase_unreferenced(Family family, std::string_view from, std::string_view to);

  /// Writes a copy of the whole store (hard links where possible) to `folder`, which must not exist. Empty on
  /// success, else a sentence.
  std::string checkpoint(const std::string& folder);

  /// Number of the last committed change group; grows with each commit.
  uint64_t sequence() const;

  /// Waits until the files of a closed store have reached the disk, for those that were written with Durability::none.
  /// Empty, or a sentence.
  static std::string sync_folder(const std::string& folder);

 private:
  struct Impl;
  explicit Store(std::unique_ptr<Impl> impl);
  Outcome transact_blocking(std::function<bool(Txn&)> apply);
  static AwsError write_failed();
  std::unique_ptr<Impl> impl_;
};

}  // namespace millrace::storage
