#include "emulator/base/executor.h"

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

#include "emulator/base/guard.h"

namespace millrace {

struct Executor::State {
  explicit State(size_t threads) : pool(threads) {}
  boost::asio::thread_pool pool;
};

Executor::Executor(std::string name, size_t threads, size_t waiting_max)
    : name_(std::move(name)), waiting_max_(waiting_max), state_(std::make_unique<State>(threads)) {}

Executor::~Executor() {
  stop();
}

bool Executor::post(std::function<void()> task) {
  if (stopping_) return false;
  if (waiting_.fetch_add(1) >= waiting_max_ && waiting_max_ > 0) {
    --waiting_;
    return false;
  }
  boost::asio::post(state_->pool, [this, task = std::move(task)]() mutable {
    --waiting_;
    if (!dropping_) guarded(name_, task);
    // What the task holds goes under the same rule and before the next one runs.
    guarded(name_, [&] { task = nullptr; });
  });
  return true;
}

void Executor::stop() {
  dropping_ = true;
  stopping_ = true;
  state_->pool.stop();
  state_->pool.join();
}

void Executor::finish() {
  stopping_ = true;
  state_->pool.join();
}

}  // namespace millrace
