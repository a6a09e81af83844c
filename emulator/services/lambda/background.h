#pragma once
// One thread for work that may block and that nobody waits for: async invocations, unpacking for an Invoke that must
// not block its connection's thread, removing old folders.

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace millrace::lambda {

class Background {
 public:
  Background();
  ~Background();  // what waits is dropped; what runs ends

  /// Runs `work` after what was posted before. Unbounded by itself: what posts is bounded (requests in flight, async
  /// events started, timers).
  void post(std::function<void()> work);
  /// No more work is begun; returns when the running piece has ended. Idempotent.
  void stop();

 private:
  void run();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> waiting_;  // guarded by mutex_
  bool stopping_ = false;                      // guarded by mutex_
  std::thread thread_;
};

}  // namespace millrace::lambda
