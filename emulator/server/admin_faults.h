#pragma once
// Faults that tests ask for (emulator/faults).

#include "emulator/base/clock.h"
#include "emulator/faults/fault_rules.h"
#include "emulator/server/admin.h"

namespace millrace::server {

/// GET faults[?account=], POST faults (a rule), DELETE faults[?id=][&account=]. The arguments outlive the routes.
void add_fault_routes(Admin& admin, faults::FaultRules& rules, const Clock& clock);

}  // namespace millrace::server
