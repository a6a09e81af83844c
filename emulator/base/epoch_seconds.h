#pragma once
// Times as AWS's JSON protocols show them.

#include "emulator/base/clock.h"

namespace millrace {

/// Seconds since 1970 with their fraction.
constexpr double epoch_seconds(Millis at) {
  return static_cast<double>(at) / 1000.0;
}

}  // namespace millrace
