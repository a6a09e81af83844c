#pragma once
// One thread for what tables do in the background and what may wait for the writer: state changes that are
// due, backfills, expiry, trimming. Timers only post here.

#include <functional>
#include <memory>

#include "emulator/base/clock.h"
#include "emulator/base/work_in_progress.h"

namespace millrace::tables {

class Background {
 public:
  explicit Background(Timers& timers);
  ~Background();  // drops what hasn't begun, ends what runs

  /// Runs the job after those before it. Long jobs do a part and post the rest, so that others get their
  /// turn. The queue holds one entry per table and kind of work, so it is as bounded as the tables are.
  void post(std::function<void()> job);
  /// The same once the clock shows `at` or later.
  void at(Millis at, std::function<void()> job);
  /// True while the destructor waits: a long job should end.
  bool stopping() const;
  /// Jobs that were posted, or whose time has come, and haven't ended.
  WorkInProgress& work();

 private:
  struct State;
  static void post(const std::shared_ptr<State>& state, std::function<void()> job);
  Timers& timers_;
  std::shared_ptr<State> state_;  // timers that come too late find it gone
};

}  // namespace millrace::tables
