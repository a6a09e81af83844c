#pragma once
// Token buckets: how often something may be asked for. Thread-safe; time is the emulator's.

#include <algorithm>
#include <map>
#include <string>

#include "emulator/base/clock.h"
#include "emulator/base/mutex.h"

namespace millrace::apigateway {

class Throttle {
 public:
  /// Takes a token from the bucket of this name, which holds `burst` and gets `rate` a second. False: there is none.
  /// A bucket begins full, and takes over another rate or burst as soon as it is asked with it.
  bool take(const std::string& name, double rate, double burst, Millis now) {
    MutexLock lock(mutex_);
    if (buckets_.size() >= kBucketsMax && !buckets_.contains(name)) buckets_.clear();
    auto [found, is_new] = buckets_.try_emplace(name, Bucket{burst, now});
    Bucket& bucket = found->second;
    if (now > bucket.at_ms) {
      bucket.tokens += static_cast<double>(now - bucket.at_ms) * rate / 1000;
      bucket.at_ms = now;
    }
    bucket.tokens = std::min(bucket.tokens, burst);
    if (bucket.tokens < 1) return false;
    bucket.tokens -= 1;
    return true;
  }

 private:
  struct Bucket {
    double tokens;
    Millis at_ms;
  };
  static constexpr size_t kBucketsMax = 10'000;  // at the bound all begin anew
  Mutex mutex_;
  std::map<std::string, Bucket> buckets_ GUARDED_BY(mutex_);
};

// An account's limits in a region, where no quota says otherwise. Only with --throttle.
inline constexpr double kAccountRate = 10'000, kAccountBurst = 5'000;

}  // namespace millrace::apigateway
