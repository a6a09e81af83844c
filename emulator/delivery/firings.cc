#include "emulator/delivery/firings.h"

#include "emulator/base/mutex.h"

namespace millrace::delivery {

struct Firings::State : std::enable_shared_from_this<State> {
  State(Timers& t, std::function<void(const std::string&)> f) : timers(t), fire(std::move(f)) {}

  Timers& timers;
  const std::function<void(const std::string& key)> fire;
  Mutex mutex;
  std::map<std::string, Millis> due GUARDED_BY(mutex);
  std::set<std::pair<Millis, std::string>> by_time GUARDED_BY(mutex);
  TimerId timer GUARDED_BY(mutex) = 0;
  Millis timer_at GUARDED_BY(mutex) = 0;
  bool stopped GUARDED_BY(mutex) = false;

  void arm() REQUIRES(mutex) {
    if (stopped || by_time.empty()) return;
    const Millis first = by_time.begin()->first;
    if (timer != 0 && timer_at <= first) return;  // it looks again when it runs
    if (timer != 0) timers.cancel(timer);
    timer_at = first;
    timer = timers.at(first, [weak = weak_from_this(), first] {
      if (auto self = weak.lock()) self->run(first);
    });
  }

  void run(Millis now) {
    std::set<std::string> keys;
    {
      MutexLock lock(mutex);
      if (stopped) return;
      timer = 0;
      while (!by_time.empty() && by_time.begin()->first <= now) {
        keys.insert(by_time.begin()->second);
        due.erase(by_time.begin()->second);
        by_time.erase(by_time.begin());
      }
      arm();
    }
    for (const std::string& key : keys) fire(key);
  }
};

Firings::Firings(Timers& timers, std::function<void(const std::string& key)> fire)
    : state_(std::make_shared<State>(timers, std::move(fire))) {}

Firings::~Firings() {
  stop();
}

void Firings::set(const std::string& key, Millis due) {
  MutexLock lock(state_->mutex);
  if (auto it = state_->due.find(key); it != state_->due.end()) state_->by_time.erase({it->second, key});
  state_->due[key] = due;
  state_->by_time.insert({due, key});
  state_->arm();
}

void Firings::remove(const std::string& key) {
  MutexLock lock(state_->mutex);
  auto it = state_->due.find(key);
  if (it == state_->due.end()) return;
  state_->by_time.erase({it->second, key});
  state_->due.erase(it);
}

std::optional<Millis> Firings::next(const std::string& key) const {
  MutexLock lock(state_->mutex);
  auto it = state_->due.find(key);
  return it == state_->due.end() ? std::nullopt : std::optional(it->second);
}

void Firings::stop() {
  MutexLock lock(state_->mutex);
  state_->stopped = true;
  if (state_->timer != 0) state_->timers.cancel(state_->timer);
  state_->timer = 0;
}

}  // namespace millrace::delivery
