#include "emulator/tables/background.h"

#include <condition_variable>
#include <deque>
#include <mutex>

#include "emulator/base/log.h"

namespace millrace::tables {

struct Background::State {
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<std::function<void()>> jobs;  // guarded by mutex
  bool stopping = false;                   // guarded by mutex

  void post(std::function<void()> job) {
    std::lock_guard lock(mutex);
    if (stopping) return;
    jobs.push_back(std::move(job));
    changed.notify_one();
  }

  void run() {
    for (;;) {
      std::function<void()> job;
      {
        std::unique_lock lock(mutex);
        changed.wait(lock, [&] { return stopping || !jobs.empty(); });
        if (stopping) return;
        job = std::move(jobs.front());
        jobs.pop_front();
      }
      try {
        job();
      } catch (const std::exception& error) {
        log::error(std::string("a background job of the tables threw, which is a bug: ") + error.what());
      }
    }
  }
};

Background::Background(Timers& timers) : timers_(timers), state_(std::make_shared<State>()) {
  thread_ = std::thread([state = state_.get()] { state->run(); });
}

Background::~Background() {
  {
    std::lock_guard lock(state_->mutex);
    state_->stopping = true;
    state_->changed.notify_all();
  }
  thread_.join();
}

void Background::post(std::function<void()> job) {
  state_->post(std::move(job));
}

void Background::at(Millis at, std::function<void()> job) {
  timers_.at(at, [weak = std::weak_ptr(state_), job = std::move(job)]() mutable {
    if (auto state = weak.lock()) state->post(std::move(job));
  });
}

bool Background::stopping() const {
  std::lock_guard lock(state_->mutex);
  return state_->stopping;
}

}  // namespace millrace::tables
