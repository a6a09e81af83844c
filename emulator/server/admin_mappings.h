#pragma once

#include "emulator/ports/mapping_engine.h"
#include "emulator/server/admin.h"

namespace millrace::server {

/// What event source mappings did with the records of their sources, and why a function was not called:
///   GET mappings[?of=<N>]   JSON: each mapping with its state, counts and the newest 100 things that became of its records
///   GET why?of=<N>          the same in words; 404 with a hint if no mapping is meant
/// N is a table, a queue, a function, or the ARN of one, or a mapping's UUID.
void add_mapping_routes(Admin& admin, ports::MappingEngine& mappings);

}  // namespace millrace::server
