#include "emulator/server/upload_threads.h"

#include <chrono>
#include <system_error>
#include <thread>

#include "emulator/base/guard.h"

namespace millrace::server {

namespace {
constexpr auto kIdleMax = std::chrono::seconds(10);
}

UploadThreads::~UploadThreads() {
  MutexLock lock(mutex_);
  stopping_ = true;
  changed_.notify_all();
  while (threads_ > 0) lock.wait(ended_);
}

bool UploadThreads::post(std::function<void()> work) {
  MutexLock lock(mutex_);
  if (stopping_ || waiting_.size() >= kWaitingMax) return false;
  waiting_.push_back(std::move(work));
  if (idle_ >= waiting_.size() || threads_ >= kThreadsMax) {
    changed_.notify_one();
    return true;
  }
  ++threads_;
  try {
    std::thread([this] { run(); }).detach();
  } catch (const std::system_error& error) {  // the system has no more threads: those there are get to it
    --threads_;
    report_failed_task("a thread for an upload", error.what());
    if (threads_ == 0) {
      waiting_.pop_back();
      return false;
    }
  }
  return true;
}

void UploadThreads::run() {
  MutexLock lock(mutex_);
  for (;;) {
    if (waiting_.empty()) {
      if (stopping_) break;
      ++idle_;
      bool woken = lock.wait_for(changed_, kIdleMax);
      --idle_;
      if (!woken && waiting_.empty()) break;
      continue;
    }
    auto work = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    guarded("an upload", work);
    work = nullptr;
    lock.lock();
  }
  --threads_;
  ended_.notify_all();
}

}  // namespace millrace::server
