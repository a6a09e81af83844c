#pragma once

#include <string>
#include <vector>

#include "emulator/ports/mapping_engine.h"
#include "emulator/services/admin_route.h"

namespace millrace::poller {

/// What event source mappings did with the records of their sources:
///   GET mappings[?of=<N>]   JSON: each mapping with its state, counts and the newest 100 things that became of its records
///   POST replay?of=<N>[&from=][&to=][&account=]   records of that stretch again to the one mapping that is meant; answers when
///                           it is through
/// N is a table, a queue, a function, or the ARN of one, or a mapping's UUID.
std::vector<AdminRoute> mapping_routes(ports::MappingEngine& mappings);

/// For `millrace why`: how each mapping that has to do with the name stands; empty: none has.
std::string mappings_in_words(const ports::MappingEngine& mappings, const std::string& name);

}  // namespace millrace::poller
