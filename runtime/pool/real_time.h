#pragma once
// Real time, which functions run by: their deadlines, durations and idle limits go on when the emulator's
// clock is frozen or moved, because handlers look at clocks of their own. Everything else in the pool asks
// the Clock.

#include <chrono>

#include "emulator/base/clock.h"

namespace millrace::pool {

using RealTime = std::chrono::steady_clock::time_point;

inline RealTime real_now() {
  return std::chrono::steady_clock::now();
}

inline double ms_since(RealTime then) {
  return std::chrono::duration<double, std::milli>(real_now() - then).count();
}

/// What time.time() shows inside a handler, in milliseconds: the deadline that it is given must fit.
inline Millis handlers_now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

}  // namespace millrace::pool
