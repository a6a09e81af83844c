#pragma once

#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <unordered_map>

namespace millrace::iam {

/// Remembers what was made from the store under one generation of it. Bounded: at the limit all is forgotten
/// and made again. Thread-safe.
template <class Value>
class GenerationCache {
 public:
  explicit GenerationCache(size_t entries_max) : entries_max_(entries_max) {}

  std::optional<Value> get(const std::string& key, uint64_t generation) const {
    const std::shared_lock lock(mutex_);
    if (generation != generation_) return std::nullopt;
    const auto found = entries_.find(key);
    if (found == entries_.end()) return std::nullopt;
    return found->second;
  }

  void put(const std::string& key, uint64_t generation, Value value) {
    const std::unique_lock lock(mutex_);
    if (generation < generation_) return;
    if (generation > generation_ || entries_.size() >= entries_max_) entries_.clear();
    generation_ = generation;
    entries_.insert_or_assign(key, std::move(value));
  }

 private:
  const size_t entries_max_;
  mutable std::shared_mutex mutex_;
  uint64_t generation_ = 0;
  std::unordered_map<std::string, Value> entries_;
};

}  // namespace millrace::iam
