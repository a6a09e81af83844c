#include "emulator/base/work_in_progress.h"

#include <utility>

namespace millrace {

void WorkInProgress::begin(uint64_t pieces) {
  MutexLock lock(mutex_);
  begun_ += pieces;
}

void WorkInProgress::end() {
  std::map<WaitId, std::function<void()>> told;
  {
    MutexLock lock(mutex_);
    if (++ended_ == begun_) told.swap(waiting_);
  }
  for (auto& [id, fn] : told) fn();
}

uint64_t WorkInProgress::under_way() const {
  MutexLock lock(mutex_);
  return begun_ - ended_;
}

uint64_t WorkInProgress::begun() const {
  MutexLock lock(mutex_);
  return begun_;
}

WorkInProgress::WaitId WorkInProgress::when_none(std::function<void()> fn) {
  {
    MutexLock lock(mutex_);
    if (begun_ != ended_) {
      waiting_.emplace(++last_wait_, std::move(fn));
      return last_wait_;
    }
  }
  fn();
  return 0;
}

void WorkInProgress::forget(WaitId id) {
  MutexLock lock(mutex_);
  waiting_.erase(id);
}

}  // namespace millrace
