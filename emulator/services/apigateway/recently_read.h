#pragma once
// What was read from the store and never changes: the last so many. Thread-safe.

#include <list>
#include <memory>
#include <string>
#include <utility>

#include "emulator/base/mutex.h"

namespace millrace::apigateway {

template <class Value>
class RecentlyRead {
 public:
  /// At `at_most` the one that was asked for longest ago goes.
  explicit RecentlyRead(size_t at_most) : at_most_(at_most) {}

  /// What `read` gives, the first time; nullptr isn't kept.
  template <class Read>
  std::shared_ptr<const Value> get(const std::string& key, Read read) {
    if (auto kept = find(key)) return kept;
    std::shared_ptr<const Value> value = read();
    if (!value) return nullptr;
    MutexLock lock(mutex_);
    kept_.emplace_front(key, value);
    if (kept_.size() > at_most_) kept_.pop_back();
    return value;
  }

 private:
  std::shared_ptr<const Value> find(const std::string& key) {
    MutexLock lock(mutex_);
    for (auto it = kept_.begin(); it != kept_.end(); ++it) {
      if (it->first != key) continue;
      kept_.splice(kept_.begin(), kept_, it);
      return it->second;
    }
    return nullptr;
  }

  const size_t at_most_;
  Mutex mutex_;
  std::list<std::pair<std::string, std::shared_ptr<const Value>>> kept_ GUARDED_BY(mutex_);
};

}  // namespace millrace::apigateway
