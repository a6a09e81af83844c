#include "emulator/base/woken_thread.h"

#include "emulator/base/guard.h"

namespace millrace {

WokenThread::WokenThread(std::function<void()> work) : work_(std::move(work)), thread_([this] { run(); }) {}

WokenThread::~WokenThread() {
  stop();
}

void WokenThread::stop() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
  }
  woken_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void WokenThread::wake() {
  {
    MutexLock lock(mutex_);
    if (!wanted_) in_progress_.begin();
    wanted_ = true;
  }
  woken_.notify_all();
}

bool WokenThread::stopping() const {
  MutexLock lock(mutex_);
  return stopping_;
}

void WokenThread::run() {
  for (;;) {
    {
      MutexLock lock(mutex_);
      while (!wanted_ && !stopping_) lock.wait(woken_);
      if (stopping_) return;
      wanted_ = false;
    }
    guarded("background work", work_);
    in_progress_.end();
  }
}

}  // namespace millrace
