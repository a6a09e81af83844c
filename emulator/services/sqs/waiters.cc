#include "emulator/services/sqs/waiters.h"

#include <vector>

namespace millrace::sqs {

Waiters::Subscription Waiters::subscribe(uint64_t queue_id, std::function<void()> wake) {
  MutexLock lock(mutex_);
  uint64_t id = ++last_id_;
  by_queue_[queue_id][id] = std::move(wake);
  return {reinterpret_cast<void*>(1), [this, queue_id, id](void*) {
            MutexLock lock(mutex_);
            auto queue = by_queue_.find(queue_id);
            if (queue == by_queue_.end()) return;
            queue->second.erase(id);
            if (queue->second.empty()) by_queue_.erase(queue);
          }};
}

void Waiters::notify(uint64_t queue_id, Millis at) {
  // Far times are rounded up by a thousandth and share a timer, so that millions of messages in flight don't have one
  // each.
  Millis step = (at - clock_.now_ms()) / 1000;
  if (step > 1) at = (at + step - 1) / step * step;
  {
    MutexLock lock(mutex_);
    if (!by_queue_.contains(queue_id) || !timed_.emplace(queue_id, at).second) return;
  }
  timers_.at(at, [this, queue_id, at] {
    {
      MutexLock lock(mutex_);
      timed_.erase({queue_id, at});
    }
    wake(queue_id);
  });
}

void Waiters::close() {
  closed_ = true;
  std::vector<uint64_t> queues;
  {
    MutexLock lock(mutex_);
    for (const auto& [id, waiting] : by_queue_) queues.push_back(id);
  }
  for (uint64_t id : queues) wake(id);
}

void Waiters::wake(uint64_t queue_id) {
  std::vector<std::function<void()>> woken;
  {
    MutexLock lock(mutex_);
    auto queue = by_queue_.find(queue_id);
    if (queue == by_queue_.end()) return;
    for (const auto& [id, fn] : queue->second) woken.push_back(fn);
  }
  for (const auto& fn : woken) fn();
}

}  // namespace millrace::sqs
