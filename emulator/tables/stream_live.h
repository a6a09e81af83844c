#pragma once
// One stream in memory with those who wait for its records. Private to the stream log.

#include <functional>
#include <memory>
#include <vector>

#include "emulator/base/mutex.h"
#include "emulator/tables/stream_log.h"

namespace millrace::tables {

struct Subscriber {
  Mutex mutex;
  std::function<void()> wake GUARDED_BY(mutex);  // empty once released
};

struct StreamLog::Live {
  Mutex mutex;
  StreamPtr stream GUARDED_BY(mutex);
  std::vector<std::shared_ptr<Subscriber>> subscribers GUARDED_BY(mutex);

  StreamPtr current() {
    MutexLock lock(mutex);
    return stream;
  }
  void wake() {
    std::vector<std::shared_ptr<Subscriber>> waking;
    {
      MutexLock lock(mutex);
      waking = subscribers;
    }
    for (const auto& subscriber : waking) {
      MutexLock lock(subscriber->mutex);
      if (subscriber->wake) subscriber->wake();
    }
  }
};

}  // namespace millrace::tables
