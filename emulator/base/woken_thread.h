#pragma once
// A thread for what happens after requests were answered (deliveries, retention, lifecycle rules). It waits until it
// is woken, by a commit or by a timer.

#include <condition_variable>
#include <functional>
#include <thread>

#include "emulator/base/mutex.h"
#include "emulator/base/work_in_progress.h"

namespace millrace {

class WokenThread {
 public:
  /// `work` runs after each wake(); it must return soon after `stopping()` is true.
  explicit WokenThread(std::function<void()> work);
  ~WokenThread();
  void wake();
  /// From a wake() until the work that it wanted has ended.
  WorkInProgress& in_progress() { return in_progress_; }
  bool stopping() const;
  /// Waits until the work under way has ended; nothing runs afterwards. Idempotent.
  void stop();

 private:
  void run();

  std::function<void()> work_;
  WorkInProgress in_progress_;
  mutable Mutex mutex_;
  std::condition_variable woken_;
  bool wanted_ GUARDED_BY(mutex_) = false;
  bool stopping_ GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace millrace
