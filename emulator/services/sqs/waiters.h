#pragma once
// Who waits for messages: long polls and mappings. Woken when a message arrives or becomes visible again; nobody
// polls.

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <utility>

#include "emulator/base/clock.h"
#include "emulator/base/mutex.h"

namespace millrace::sqs {

class Waiters {
 public:
  Waiters(Clock& clock, Timers& timers) : clock_(clock), timers_(timers) {}

  using Subscription = std::shared_ptr<void>;  // ends when released
  /// `wake` is called on the timers' thread.
  Subscription subscribe(uint64_t queue_id, std::function<void()> wake);
  /// A message is visible now, or will be at `at`: wakes the queue's subscribers then.
  void notify(uint64_t queue_id, Millis at);
  /// The server ends: wakes everybody, and from now on nobody is to wait.
  void close();
  bool closed() const { return closed_; }

 private:
  void wake(uint64_t queue_id);

  std::atomic<bool> closed_ = false;
  Clock& clock_;
  Timers& timers_;
  Mutex mutex_;
  uint64_t last_id_ GUARDED_BY(mutex_) = 0;
  std::set<std::pair<uint64_t, Millis>> timed_ GUARDED_BY(mutex_);  // queues and times with a timer
  std::map<uint64_t, std::map<uint64_t, std::function<void()>>> by_queue_ GUARDED_BY(mutex_);
};

}  // namespace millrace::sqs
