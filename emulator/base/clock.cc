#include "emulator/base/clock.h"

#include "emulator/base/mutex.h"
#include "emulator/base/system_time.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <ctime>
#include <map>
#include <thread>

#include "emulator/base/guard.h"

namespace millrace {

Millis system_time_ms() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

namespace {

constexpr Millis kLookAgainMs = 10'000;

Millis system_now_ms() {
  return system_time_ms();
}

/// Timers in order of time, then of creation. Not thread-safe: its owner locks.
class TimerQueue {
 public:
  TimerId add(Millis at, std::function<void()> fn) {
    TimerId id = ++last_id_;
    by_time_.emplace(std::pair(at, id), std::move(fn));
    times_.emplace(id, at);
    return id;
  }
  bool cancel(TimerId id) {
    auto it = times_.find(id);
    if (it == times_.end()) return false;
    by_time_.erase({it->second, id});
    times_.erase(it);
    return true;
  }
  Millis next() const { return by_time_.empty() ? -1 : by_time_.begin()->first.first; }
  std::function<void()> pop_due(Millis now) {
    if (by_time_.empty() || by_time_.begin()->first.first > now) return nullptr;
    auto node = by_time_.extract(by_time_.begin());
    times_.erase(node.key().second);
    return std::move(node.mapped());
  }

 private:
  TimerId last_id_ = 0;
  std::map<std::pair<Millis, TimerId>, std::function<void()>> by_time_;
  std::map<TimerId, Millis> times_;
};

}  // namespace

struct EmulatorClock::State {
  mutable Mutex mutex;
  std::condition_variable changed;
  TimerQueue timers GUARDED_BY(mutex);
  Millis offset GUARDED_BY(mutex) = 0;      // emulated minus system time, while it runs
  Millis frozen_at GUARDED_BY(mutex) = -1;  // the time shown while frozen, else -1
  bool stopping GUARDED_BY(mutex) = false;
  std::thread thread;

  Millis now() const REQUIRES(mutex) { return frozen_at >= 0 ? frozen_at : system_now_ms() + offset; }

  void run() {
    MutexLock lock(mutex);
    while (!stopping) {
      if (auto fn = timers.pop_due(now())) {
        lock.unlock();
        guarded("a timer", fn);
        lock.lock();
        continue;
      }
      Millis next = timers.next();
      if (next < 0 || frozen_at >= 0) {
        lock.wait(changed);
      } else {
        // In steps: the system's clock may be set, or jump while the machine sleeps, without waking us.
        lock.wait_for(changed, std::chrono::milliseconds(std::min(next - now(), kLookAgainMs)));
      }
    }
  }
};

EmulatorClock::EmulatorClock() : state_(std::make_unique<State>()) {
  state_->thread = std::thread([state = state_.get()] { state->run(); });
}

EmulatorClock::~EmulatorClock() {
  {
    MutexLock lock(state_->mutex);
    state_->stopping = true;
  }
  state_->changed.notify_all();
  state_->thread.join();
}

Millis EmulatorClock::now_ms() const {
  MutexLock lock(state_->mutex);
  return state_->now();
}

TimerId EmulatorClock::at(Millis at, std::function<void()> fn) {
  MutexLock lock(state_->mutex);
  TimerId id = state_->timers.add(at, std::move(fn));
  state_->changed.notify_all();
  return id;
}

bool EmulatorClock::cancel(TimerId id) {
  MutexLock lock(state_->mutex);
  return state_->timers.cancel(id);
}

void EmulatorClock::freeze() {
  MutexLock lock(state_->mutex);
  if (state_->frozen_at < 0) state_->frozen_at = state_->now();
  state_->changed.notify_all();
}

void EmulatorClock::resume() {
  MutexLock lock(state_->mutex);
  if (state_->frozen_at >= 0) {
    state_->offset = state_->frozen_at - system_now_ms();
    state_->frozen_at = -1;
  }
  state_->changed.notify_all();
}

void EmulatorClock::set(Millis now) {
  MutexLock lock(state_->mutex);
  if (state_->frozen_at >= 0)
    state_->frozen_at = now;
  else
    state_->offset = now - system_now_ms();
  state_->changed.notify_all();
}

void EmulatorClock::advance(Millis by) {
  MutexLock lock(state_->mutex);
  if (state_->frozen_at >= 0)
    state_->frozen_at += by;
  else
    state_->offset += by;
  state_->changed.notify_all();
}

bool EmulatorClock::frozen() const {
  MutexLock lock(state_->mutex);
  return state_->frozen_at >= 0;
}

Millis EmulatorClock::next_timer_ms() const {
  MutexLock lock(state_->mutex);
  return state_->timers.next();
}

struct ManualClock::State {
  mutable Mutex mutex;
  TimerQueue timers GUARDED_BY(mutex);
  Millis now GUARDED_BY(mutex);
};

ManualClock::ManualClock(Millis start) : state_(std::make_unique<State>()) {
  MutexLock lock(state_->mutex);
  state_->now = start;
}
ManualClock::~ManualClock() = default;

Millis ManualClock::now_ms() const {
  MutexLock lock(state_->mutex);
  return state_->now;
}

TimerId ManualClock::at(Millis at, std::function<void()> fn) {
  MutexLock lock(state_->mutex);
  return state_->timers.add(at, std::move(fn));
}

bool ManualClock::cancel(TimerId id) {
  MutexLock lock(state_->mutex);
  return state_->timers.cancel(id);
}

void ManualClock::advance(Millis by) {
  MutexLock lock(state_->mutex);
  Millis target = state_->now + by;
  for (;;) {
    Millis next = state_->timers.next();
    if (next < 0 || next > target) break;
    state_->now = std::max(state_->now, next);
    auto fn = state_->timers.pop_due(state_->now);
    lock.unlock();
    fn();
    lock.lock();
  }
  state_->now = target;
}

CalendarTime calendar(Millis t) {
  std::time_t seconds = t / 1000;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  return {parts.tm_year + 1900, parts.tm_mon + 1,          parts.tm_mday, parts.tm_hour, parts.tm_min,
          parts.tm_sec,         static_cast<int>(t % 1000)};
}

std::string iso_seconds(Millis t) {
  CalendarTime c = calendar(t);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", c.year, c.month, c.day, c.hour, c.minute, c.second);
}

std::string iso_millis(Millis t) {
  CalendarTime c = calendar(t);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", c.year, c.month, c.day, c.hour, c.minute, c.second,
                     c.millisecond);
}

std::string http_date(Millis t) {
  std::time_t seconds = t / 1000;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[40];
  std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts);
  return text;
}

Millis parse_iso(const std::string& text) {
  std::tm parts{};
  const char* rest = strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &parts);
  if (!rest) {
    parts = {};
    rest = strptime(text.c_str(), "%Y-%m-%d", &parts);
    if (!rest || *rest) return -1;
  }
  Millis millis = static_cast<Millis>(timegm(&parts)) * 1000;
  if (*rest == '.') {
    int scale = 100;
    for (++rest; *rest >= '0' && *rest <= '9'; ++rest, scale /= 10) millis += (*rest - '0') * scale;
  }
  if (*rest == '+' || *rest == '-') {
    int hours = 0, minutes = 0;
    if (std::sscanf(rest + 1, "%2d:%2d", &hours, &minutes) < 1) return -1;
    Millis offset = (hours * 60 + minutes) * 60'000;
    return *rest == '+' ? millis - offset : millis + offset;
  }
  return *rest == 0 || (*rest == 'Z' && rest[1] == 0) ? millis : -1;
}

Millis parse_http_date(const std::string& text) {
  std::tm parts{};
  const char* rest = strptime(text.c_str(), "%a, %d %b %Y %H:%M:%S", &parts);
  return rest ? static_cast<Millis>(timegm(&parts)) * 1000 : -1;
}

}  // namespace millrace
