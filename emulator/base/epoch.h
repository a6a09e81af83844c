#pragma once
// Times that clients send as numbers.

#include <algorithm>
#include <cmath>

#include "emulator/base/clock.h"

namespace millrace {

/// Within the years 0 to 9999, whatever was sent: sums and differences of such times fit, and calendars know them.
inline double bounded_epoch_seconds(double seconds) {
  return std::isnan(seconds) ? 0 : std::clamp(seconds, -62'167'219'200.0, 253'402'300'799.0);
}

/// The milliseconds of epoch seconds, bounded like that; fractions of a millisecond are cut off.
inline Millis millis_of_epoch(double seconds) {
  return static_cast<Millis>(bounded_epoch_seconds(seconds) * 1000);
}

}  // namespace millrace
