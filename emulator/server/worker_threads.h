#pragma once
// The pool for what may block: control planes, scans, bodies of objects.

#include "emulator/base/executor.h"

namespace millrace::server {

class WorkerThreads {
 public:
  explicit WorkerThreads(size_t threads) : executor_("a request's work", threads, kWaitingMax) {}
  ~WorkerThreads() { executor_.finish(); }
  /// Queues the work; false at the bound, when the caller answers 503 so that the client tries again.
  bool post(std::function<void()> work) { return executor_.post(std::move(work)); }

  /// Returns when all that was posted has run; nothing is taken any more. Idempotent.
  void finish() { executor_.finish(); }

 private:
  static constexpr size_t kWaitingMax = 4096;
  Executor executor_;
};

}  // namespace millrace::server
