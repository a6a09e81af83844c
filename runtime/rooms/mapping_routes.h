#pragma once

#include <vector>

#include "emulator/ports/explainers.h"
#include "emulator/ports/mapping_engine.h"
#include "emulator/services/admin_route.h"

namespace millrace::poller {

/// What event source mappings did with the records of their sources, and why a function was not called:
///   GET mappings[?of=<N>]   JSON: each mapping with its state, counts and the newest 100 things that became of its records
///   GET why?of=<N>          the same in words; 404 with a hint if nothing is meant
/// N is a table, a queue, a function, or the ARN of one, or a mapping's UUID; for `why` also a pipe, a rule, a bus, a schedule, an alarm.
/// `others`: what rooms say of rules, schedules, alarms.
std::vector<AdminRoute> mapping_routes(ports::MappingEngine& mappings, const ports::Explainers& others);

}  // namespace millrace::poller
