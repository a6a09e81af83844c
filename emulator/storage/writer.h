#pragma once
// The writer: a role that one thread at a time has. It runs the changes one after the other, commits those that wait
// together, and completes them in order.

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "emulator/base/mutex.h"
#include "emulator/base/trace.h"
#include "emulator/storage/files.h"
#include "emulator/storage/group_txn.h"
#include "emulator/storage/store.h"

namespace millrace::storage {

struct Change {
  enum class Kind {
    alone,   // commit before the next change runs, so that caches updated after it are never stale
    queued,  // the store's thread runs it
    brief,   // a lane may run it
  };
  std::function<bool(Txn&)> apply;
  std::function<void(Outcome)> done;
  Kind kind = Kind::queued;
  trace::Cause cause = trace::current_cause();  // what is done in it comes from what its caller was at work on
};

class Writer : public std::enable_shared_from_this<Writer> {
 public:
  explicit Writer(Files& files) : files_(files) {}
  /// The store's own thread begins.
  void start();
  /// Commits what waits and ends the thread; nothing is queued any more.
  void stop();

  /// The change waits for the store's thread. At the bound of 8192 that wait, the caller does as well.
  void queue(Change change);
  /// The calling thread commits it when its turn ends, or, where it takes no turns, the store's thread.
  void queue_for_turn(Change change);
  /// Returns when the change was completed. Takes the role where it is free: the caller would wait for it anyway.
  Outcome run_alone(std::function<bool(Txn&)> apply);

 private:
  /// What is committed by one write.
  struct Group {
    explicit Group(Files& files) : txn(*files.db, files.families, files.seals) {}
    std::vector<Change> changes;
    std::vector<Outcome> outcomes;
    GroupTxn txn;
  };

  bool syncs() const { return files_.options.durability == Durability::sync; }
  bool role_is_free() const REQUIRES(mutex_) { return !writing_ && !held_back_; }
  void push(Change change, MutexLock& lock) REQUIRES(mutex_);
  void wake_thread() REQUIRES(mutex_);
  void take_role() REQUIRES(mutex_);
  void give_role_back() REQUIRES(mutex_);
  /// The next changes that are committed together; null if there are none, or none of those that are wanted.
  std::unique_ptr<Group> next_group(bool brief_only) REQUIRES(mutex_);
  void run_thread();
  void end_turn();
  void run(Group& group);
  /// False if the group's write would have had to wait, which the caller doesn't want: nothing has happened then.
  bool commit(Group& group, bool may_wait);
  static void complete(Group& group);

  static inline std::atomic<uint64_t> made_ = 0;
  const uint64_t id_ = ++made_;
  Files& files_;
  Mutex mutex_;
  std::condition_variable not_empty_;
  std::condition_variable not_full_;
  std::deque<Change> queue_ GUARDED_BY(mutex_);
  std::unique_ptr<Group> held_back_ GUARDED_BY(mutex_);  // ran on a lane; RocksDB wanted its write to wait
  bool writing_ GUARDED_BY(mutex_) = false;              // somebody has the role
  bool stopping_ GUARDED_BY(mutex_) = false;
  bool thread_sleeps_ GUARDED_BY(mutex_) = false;
  std::atomic<std::thread::id> writer_;  // who has the role
  std::thread thread_;                   // the store's own
};

}  // namespace millrace::storage
