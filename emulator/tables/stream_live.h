#pragma once
// One stream in memory with those who wait for its records. Private to the stream log.

#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "emulator/tables/stream_log.h"

namespace millrace::tables {

struct Subscriber {
  std::mutex mutex;
  std::function<void()> wake;  // guarded by mutex; empty once released
};

struct StreamLog::Live {
  std::mutex mutex;
  StreamPtr stream;                                      // guarded by mutex
  std::vector<std::shared_ptr<Subscriber>> subscribers;  // guarded by mutex

  StreamPtr current() {
    std::lock_guard lock(mutex);
    return stream;
  }
  void wake() {
    std::vector<std::shared_ptr<Subscriber>> waking;
    {
      std::lock_guard lock(mutex);
      waking = subscribers;
    }
    for (const auto& subscriber : waking) {
      std::lock_guard lock(subscriber->mutex);
      if (subscriber->wake) subscriber->wake();
    }
  }
};

}  // namespace millrace::tables
