#pragma once
// Threads that run tasks: Asio's thread pool under one exception policy (guard.h). One thread makes it a strand: tasks
// run one after the other, in the order in which they were posted.

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

namespace millrace {

class Executor {
 public:
  /// `name` says in the log whose task failed ("a background task of the tables"). At most `waiting_max` tasks wait;
  /// 0: as many as are posted, where what posts is bounded.
  Executor(std::string name, size_t threads, size_t waiting_max = 0);
  ~Executor();  // as stop()

  /// Queues the task; false at the bound and after stop() or finish(), when it is dropped.
  bool post(std::function<void()> task);
  /// Drops what waits; returns when what runs has ended. Idempotent.
  void stop();
  /// Returns when all that was posted has run. Idempotent.
  void finish();
  /// True once stop() or finish() was called: long tasks should end.
  bool stopping() const { return stopping_; }

 private:
  struct State;
  std::string name_;
  size_t waiting_max_;
  std::atomic<size_t> waiting_ = 0;
  std::atomic<bool> stopping_ = false;
  std::atomic<bool> dropping_ = false;
  std::unique_ptr<State> state_;
};

}  // namespace millrace
