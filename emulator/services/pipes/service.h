#pragma once
// EventBridge Pipes: from a table's stream or a queue through a filter and an enrichment to a target.

#include "emulator/services/kept_entries.h"
#include "emulator/services/room.h"

namespace millrace::pipes {

/// Needs Deliveries and Invoker, and of later rooms MappingEngine, FunctionCatalog and FunctionCaller. Offers the Invoker and
/// the MappedFunctions that the poller calls: the real functions, and the pipes.
Room make_room(const RoomContext& context, ports::Ports& ports);

inline KeptEntries kept_entries() {
  return {.service = "pipes", .documents = {"pipes"}};
}

}  // namespace millrace::pipes
