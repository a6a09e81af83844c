#pragma once
// All work of the pollers runs on one executor, one task after the other, so none of their state needs a
// lock. The server's is a thread of its own; tests drive theirs by hand.

#include <functional>
#include <memory>

#include "emulator/base/mutex.h"

namespace millrace::poller {

class Executor {
 public:
  virtual ~Executor() = default;
  /// Runs `task` later, after those posted before. Callable from any thread. The queue has no bound of its
  /// own: each shard has at most one pumping task in it, each invocation one completion, each waker one flag.
  virtual void post(std::function<void()> task) = 0;
};

/// The way to the executor for callbacks that may come late (timers, invocations, wake-ups): after close()
/// their tasks are dropped. Callable from any thread.
class Gate {
 public:
  explicit Gate(Executor& executor) : executor_(&executor) {}
  void post(std::function<void()> task) {
    MutexLock lock(mutex_);
    if (executor_) executor_->post(std::move(task));
  }
  void close() {
    MutexLock lock(mutex_);
    executor_ = nullptr;
  }

 private:
  Mutex mutex_;
  Executor* executor_ GUARDED_BY(mutex_);
};

/// A thread that runs the tasks until it is destroyed; tasks then waiting are dropped.
class RuntimeThread final : public Executor {
 public:
  RuntimeThread();
  ~RuntimeThread() override;
  void post(std::function<void()> task) override;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace millrace::poller
