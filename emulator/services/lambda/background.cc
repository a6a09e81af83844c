#include "emulator/services/lambda/background.h"

#include "emulator/base/guard.h"

namespace millrace::lambda {

Background::Background() : thread_([this] { run(); }) {}

Background::~Background() {
  stop();
}

void Background::stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    waiting_.clear();
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Background::post(std::function<void()> work) {
  {
    std::lock_guard lock(mutex_);
    if (stopping_) return;
    waiting_.push_back(std::move(work));
  }
  changed_.notify_one();
}

void Background::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    if (stopping_) return;
    auto work = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    guarded("background work of the functions", work);
    work = nullptr;
    lock.lock();
  }
}

}  // namespace millrace::lambda
