#pragma once
// Counts what goes on after a request was answered (events that wait to run, notifications on their way), so that
// /_millrace/drain can wait for its end instead of asking again and again.

#include <cstdint>
#include <functional>
#include <map>

#include "emulator/base/mutex.h"

namespace millrace {

class WorkInProgress {
 public:
  using WaitId = uint64_t;

  /// `pieces` more are under way. Before the request that caused them is answered.
  void begin(uint64_t pieces = 1);
  /// One piece ended. Whoever waits is told on this thread.
  void end();

  uint64_t under_way() const;
  /// How many pieces ever began: unchanged between two looks means that nothing began in between.
  uint64_t begun() const;
  /// Calls `fn` once as soon as nothing is under way: at once, or on the thread of the last end(), where it may only
  /// set flags and post.
  WaitId when_none(std::function<void()> fn);
  void forget(WaitId id);

 private:
  mutable Mutex mutex_;
  uint64_t begun_ GUARDED_BY(mutex_) = 0;
  uint64_t ended_ GUARDED_BY(mutex_) = 0;
  WaitId last_wait_ GUARDED_BY(mutex_) = 0;
  std::map<WaitId, std::function<void()>> waiting_ GUARDED_BY(mutex_);  // bounded by the drains under way
};

}  // namespace millrace
