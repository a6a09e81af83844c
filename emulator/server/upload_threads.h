#pragma once
// The lane of bodies that are read while they arrive. A handler that reads one waits for its client, so it has a thread
// of its own and never one of those that answer everybody else. Threads are made when they are needed and end when
// they have had nothing to do for a while.

#include <condition_variable>
#include <deque>
#include <functional>

#include "emulator/base/mutex.h"

namespace millrace::server {

class UploadThreads {
 public:
  static constexpr size_t kThreadsMax = 256;   // each may hold 1 MiB of a body on its way
  static constexpr size_t kWaitingMax = 4096;  // uploads whose bodies aren't read yet

  ~UploadThreads();  // waits for those that run; their bodies are cut off by then
  /// Runs the work on a thread of the lane; false if too many wait.
  bool post(std::function<void()> work);

 private:
  void run();

  Mutex mutex_;
  std::condition_variable changed_;
  std::condition_variable ended_;
  std::deque<std::function<void()>> waiting_ GUARDED_BY(mutex_);
  size_t threads_ GUARDED_BY(mutex_) = 0;
  size_t idle_ GUARDED_BY(mutex_) = 0;
  bool stopping_ GUARDED_BY(mutex_) = false;
};

}  // namespace millrace::server
