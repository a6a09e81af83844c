#pragma once
// The pool for what may block: control planes, scans, bodies of objects.

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace millrace::server {

class WorkerThreads {
 public:
  explicit WorkerThreads(size_t threads);
  ~WorkerThreads();
  /// Queues the work; false at the bound (4096 waiting), when the caller answers 503 so that the client tries again.
  bool post(std::function<void()> work);

 private:
  void run();
  std::mutex mutex_;
  std::condition_variable not_empty_;
  std::deque<std::function<void()>> queue_;  // guarded by mutex_
  bool stopping_ = false;                    // guarded by mutex_
  std::vector<std::thread> threads_;
};

}  // namespace millrace::server
