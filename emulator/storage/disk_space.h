#pragma once
// Whether there is room to write. RocksDB doesn't survive every "no space left" in its files, so writes stop while the
// disk still has what is in memory to take.

#include <rocksdb/env.h>

#include <atomic>
#include <chrono>
#include <string>

#include "emulator/base/mutex.h"

namespace millrace::storage {

class DiskSpace {
 public:
  /// What is kept free: what is in memory has to be flushed (28 MiB), and what that moves.
  static constexpr uint64_t kReserveBytes = 48u << 20;

  DiskSpace(rocksdb::Env& env, std::string folder) : env_(env), folder_(std::move(folder)) {}

  /// Empty if `bytes` more may be written; else a sentence. Erasing may use half of the reserve: it makes room.
  /// Asks the system after every 256 KiB or 100 ms, and each time while there is no room. Callable from any thread.
  std::string refusal(size_t bytes, bool erases_only);

 private:
  using Clock = std::chrono::steady_clock;
  rocksdb::Env& env_;
  const std::string folder_;
  std::atomic<uint64_t> since_look_ = UINT64_MAX / 2;  // bytes written; begins with a look
  std::atomic<Clock::rep> looked_at_ = 0;
  std::atomic<bool> refusing_ = false;
  Mutex mutex_;
  std::string sentence_ GUARDED_BY(mutex_);
};

}  // namespace millrace::storage
