#pragma once
// One thread for work that may block and that nobody waits for: async invocations, unpacking for an Invoke that must
// not block its connection's thread, removing old folders.

#include <functional>

#include "emulator/base/executor.h"

namespace millrace::lambda {

class Background {
 public:
  /// Runs `work` after what was posted before. Unbounded by itself: what posts is bounded (requests in flight, async
  /// events started, timers).
  void post(std::function<void()> work) { executor_.post(std::move(work)); }
  /// No more work is begun, what waits is dropped; returns when the running piece has ended. Idempotent.
  void stop() { executor_.stop(); }

 private:
  Executor executor_{"background work of the functions", 1};
};

}  // namespace millrace::lambda
