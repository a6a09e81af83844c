#pragma once

#include "emulator/server/admin.h"
#include "runtime/ports/mapping_engine.h"

namespace millrace::server {

/// POST drain?timeout=<seconds, 0 to 3600, default 60>: answers {"drained": true} when every record committed before
/// the call has been through every mapping, retry and destination; 408 with {"drained": false} if the time is over
/// first. The timeout runs in real time, so that a frozen clock can't make the call hang.
void add_drain_route(Admin& admin, ports::MappingEngine& engine);

}  // namespace millrace::server
