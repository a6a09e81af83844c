#pragma once

#include <vector>

#include "emulator/ports/explainers.h"
#include "emulator/ports/mapping_engine.h"
#include "emulator/services/admin_route.h"

namespace millrace::poller {

/// What event source mappings did with the records of their sources, and why a function was not called:
///   GET mappings[?of=<N>]   JSON: each mapping with its state, counts and the newest 100 things that became of its records
///   GET why?of=<N>          the same in words; 404 with a hint if nothing is meant
///   POST replay?of=<N>[&from=][&to=][&account=]   records of that stretch again to the one mapping that is meant; answers when
///                           it is through
/// N is a table, a queue, a function, or the ARN of one, or a mapping's UUID; for `why` also a pipe, a rule, a bus, a schedule,
/// an alarm. `others`: what rooms say of those.
std::vector<AdminRoute> mapping_routes(ports::MappingEngine& mappings, const ports::Explainers& others);

}  // namespace millrace::poller
