#include "emulator/storage/writer.h"

#include <future>
#include <optional>
#include <stdexcept>

#include "emulator/base/guard.h"
#include "emulator/base/store_fault.h"
#include "emulator/base/turn.h"

namespace millrace::storage {

namespace {

constexpr size_t kQueueMax = 8192;  // waiting changes; at the bound submit() waits, which slows the clients
constexpr size_t kGroupMax = 256;   // changes merged into one write, so that no one waits for a huge batch
constexpr int kTurnGroupsMax = 4;   // that a lane commits before it looks after its connections again

/// The writer to whose changes this thread will see when its turn ends. A number, since addresses are used again.
thread_local uint64_t due_at_turn_end = 0;

}  // namespace

void Writer::start() {
  thread_ = std::thread([this] { run_thread(); });
}

void Writer::stop() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
    not_empty_.notify_one();
    not_full_.notify_all();
  }
  thread_.join();
}

void Writer::wake_thread() {
  if (thread_sleeps_) not_empty_.notify_one();
}

void Writer::push(Change change, MutexLock& lock) {
  while (queue_.size() >= kQueueMax && !stopping_) {
    not_empty_.notify_one();  // lanes that wait here don't come to the end of their turns
    lock.wait(not_full_);
  }
  queue_.push_back(std::move(change));
}

void Writer::take_role() {
  writing_ = true;
  writer_ = std::this_thread::get_id();
}

void Writer::give_role_back() {
  writer_ = std::thread::id();
  writing_ = false;
  if (held_back_ || !queue_.empty() || stopping_) wake_thread();
}

std::unique_ptr<Writer::Group> Writer::next_group(bool brief_only) {
  if (queue_.empty() || (brief_only && queue_.front().kind != Change::Kind::brief)) return nullptr;
  const bool was_full = queue_.size() >= kQueueMax;
  auto group = std::make_unique<Group>(files_);
  while (!queue_.empty() && group->changes.size() < kGroupMax) {
    const Change::Kind kind = queue_.front().kind;
    if (brief_only && kind != Change::Kind::brief) break;
    group->changes.push_back(std::move(queue_.front()));
    queue_.pop_front();
    if (kind == Change::Kind::alone) break;
  }
  if (was_full) not_full_.notify_all();
  return group;
}

void Writer::run_thread() {
  MutexLock lock(mutex_);
  for (;;) {
    while (writing_ || (queue_.empty() && !held_back_ && !stopping_)) {
      thread_sleeps_ = true;
      lock.wait(not_empty_);
      thread_sleeps_ = false;
    }
    if (queue_.empty() && !held_back_) return;
    take_role();
    while (auto group = held_back_ ? std::move(held_back_) : next_group(false)) {
      lock.unlock();
      if (group->outcomes.empty()) run(*group);
      commit(*group, true);
      complete(*group);
      group.reset();
      lock.lock();
    }
    give_role_back();
  }
}

/// On a lane, at the end of its turn: commits what the turn has queued, and answers once the role is given back.
void Writer::end_turn() {
  std::vector<std::unique_ptr<Group>> committed;
  {
    MutexLock lock(mutex_);
    if (!role_is_free()) return;  // who has it takes what is in the queue_
    take_role();
    for (int i = 0; i < kTurnGroupsMax; ++i) {
      auto group = next_group(true);
      if (!group) break;
      lock.unlock();
      run(*group);
      const bool written = commit(*group, false);
      lock.lock();
      if (!written) {
        held_back_ = std::move(group);
        break;
      }
      committed.push_back(std::move(group));
    }
    give_role_back();
  }
  for (auto& group : committed) complete(*group);
}

void Writer::run(Group& group) {
  GroupTxn& txn = group.txn;
  group.outcomes.reserve(group.changes.size());
  for (Change& change : group.changes) {
    txn.begin_change();
    bool keep = false;
    bool ended = false;
    try {
      trace::Scope scope(std::move(change.cause));
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
    group.outcomes.push_back(keep ? Outcome::committed : ended ? Outcome::rolled_back : Outcome::failed);
  }
}

bool Writer::commit(Group& group, bool may_wait) {
  rocksdb::WriteOptions how;
  how.sync = syncs();
  how.no_slowdown = !may_wait;
  const Written written = group.txn.batch().Count() == 0 ? Written::yes : files_.write(how, group.txn.batch());
  if (written == Written::would_wait) return false;
  if (written == Written::yes) {
    group.txn.run_callbacks();
    return true;
  }
  for (Outcome& outcome : group.outcomes) {
    if (outcome == Outcome::committed) outcome = Outcome::failed;
  }
  return true;
}

void Writer::complete(Group& group) {
  for (size_t i = 0; i < group.changes.size(); ++i) {
    if (group.changes[i].done) guarded("the answer to a change", [&] { group.changes[i].done(group.outcomes[i]); });
  }
}

void Writer::queue(Change change) {
  MutexLock lock(mutex_);
  push(std::move(change), lock);
  if (!writing_) wake_thread();
}

void Writer::queue_for_turn(Change change) {
  // A disk's fdatasync isn't waited for by a lane, which has others to look after.
  bool by_turn = !syncs();
  if (by_turn && due_at_turn_end != id_) {
    by_turn = at_turn_end([weak = weak_from_this()] {
      due_at_turn_end = 0;
      if (auto self = weak.lock()) self->end_turn();
    });
    if (by_turn) due_at_turn_end = id_;
  }
  MutexLock lock(mutex_);
  push(std::move(change), lock);
  if (!by_turn && !writing_) wake_thread();
}

Outcome Writer::run_alone(std::function<bool(Txn&)> apply) {
  if (std::this_thread::get_id() == writer_.load())
    throw std::logic_error("Store::transact was called from a change; it would wait for itself");
  std::optional<Outcome> outcome;
  bool waited_for = false;
  std::promise<void> completed;
  auto done = [&](Outcome came) {
    outcome = came;
    if (waited_for) completed.set_value();
  };
  MutexLock lock(mutex_);
  push({std::move(apply), done, Change::Kind::alone}, lock);
  if (syncs() || !role_is_free()) {
    waited_for = true;
    if (!writing_) wake_thread();
    lock.unlock();
    completed.get_future().get();
    return *outcome;
  }
  take_role();
  while (!outcome) {
    auto group = next_group(false);
    lock.unlock();
    run(*group);
    commit(*group, true);
    complete(*group);
    group.reset();
    lock.lock();
  }
  give_role_back();
  return *outcome;
}

}  // namespace millrace::storage
