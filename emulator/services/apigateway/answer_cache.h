#pragma once
// What Lambda authorizers answered, for as long as they say. Thread-safe.

#include <list>
#include <optional>
#include <string>

#include "emulator/base/clock.h"
#include "emulator/base/json.h"
#include "emulator/base/mutex.h"

namespace millrace::apigateway {

class AnswerCache {
 public:
  /// Keys begin with `api id/stage/authorizer id`.
  std::optional<Json> find(const std::string& key, Millis now) const {
    MutexLock lock(mutex_);
    for (const Kept& one : kept_) {
      if (one.key == key && one.until_ms > now) return one.answer;
    }
    return std::nullopt;
  }
  void keep(const std::string& key, Millis until_ms, Json answer) {
    MutexLock lock(mutex_);
    kept_.remove_if([&](const Kept& one) { return one.key == key; });
    kept_.push_front({key, until_ms, std::move(answer)});
    if (kept_.size() > kKeptMax) kept_.pop_back();
  }
  void forget(const std::string& prefix) {
    MutexLock lock(mutex_);
    kept_.remove_if([&](const Kept& one) { return one.key.starts_with(prefix); });
  }

 private:
  struct Kept {
    std::string key;
    Millis until_ms;
    Json answer;
  };
  static constexpr size_t kKeptMax = 1024;  // at the bound the oldest goes
  mutable Mutex mutex_;
  std::list<Kept> kept_ GUARDED_BY(mutex_);
};

}  // namespace millrace::apigateway
