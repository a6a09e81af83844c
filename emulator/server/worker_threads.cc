#include "emulator/server/worker_threads.h"

namespace millrace::server {

namespace {
constexpr size_t kQueueMax = 4096;
}

WorkerThreads::WorkerThreads(size_t threads) {
  for (size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { run(); });
}

WorkerThreads::~WorkerThreads() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  not_empty_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

bool WorkerThreads::post(std::function<void()> work) {
  {
    std::lock_guard lock(mutex_);
    if (queue_.size() >= kQueueMax || stopping_) return false;
    queue_.push_back(std::move(work));
  }
  not_empty_.notify_one();
  return true;
}

void WorkerThreads::run() {
  for (;;) {
    std::function<void()> work;
    {
      std::unique_lock lock(mutex_);
      not_empty_.wait(lock, [&] { return !queue_.empty() || stopping_; });
      if (queue_.empty()) return;
      work = std::move(queue_.front());
      queue_.pop_front();
    }
    work();
  }
}

}  // namespace millrace::server
