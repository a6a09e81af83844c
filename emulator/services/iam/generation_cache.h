#pragma once

#include <optional>
#include <string>
#include <unordered_map>

#include "emulator/base/mutex.h"

namespace millrace::iam {

/// Remembers what was made from the store under one generation of it. Bounded: at the limit all is forgotten
/// and made again. Thread-safe.
template <class Value>
class GenerationCache {
 public:
  explicit GenerationCache(size_t entries_max) : entries_max_(entries_max) {}

  std::optional<Value> get(const std::string& key, uint64_t generation) const {
    ReaderLock lock(mutex_);
    if (generation != generation_) return std::nullopt;
    const auto found = entries_.find(key);
    if (found == entries_.end()) return std::nullopt;
    return found->second;
  }

  void put(const std::string& key, uint64_t generation, Value value) {
    WriterLock lock(mutex_);
    if (generation < generation_) return;
    if (generation > generation_ || entries_.size() >= entries_max_) entries_.clear();
    generation_ = generation;
    entries_.insert_or_assign(key, std::move(value));
  }

 private:
  const size_t entries_max_;
  mutable SharedMutex mutex_;
  uint64_t generation_ GUARDED_BY(mutex_) = 0;
  std::unordered_map<std::string, Value> entries_ GUARDED_BY(mutex_);
};

}  // namespace millrace::iam
