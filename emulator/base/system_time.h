#pragma once
// The machine's own time, for what isn't the emulator's: what other programs of this machine date.

#include "emulator/base/clock.h"

namespace millrace {

/// Milliseconds since the epoch, whatever the emulator's clock shows.
Millis system_time_ms();

}  // namespace millrace
