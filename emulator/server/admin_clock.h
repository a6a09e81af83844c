#pragma once

#include "emulator/base/clock.h"
#include "emulator/server/admin.h"

namespace millrace::server {

/// GET health, GET constant (the benchmark's ceiling), GET clock; POST clock/freeze, clock/resume,
/// clock/set?to=<ms since the epoch or ISO time>, clock/advance?by=<ms>. Each clock route answers
/// {"now_ms", "now", "frozen", "next_timer_ms"}.
/// `packages`: members that health shows besides.
void add_clock_routes(Admin& admin, EmulatorClock& clock, const Json& packages);

}  // namespace millrace::server
