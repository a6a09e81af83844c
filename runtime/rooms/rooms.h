#pragma once
// What runs functions, as rooms: the pool of execution environments, and the engine of event source mappings.

#include "emulator/services/room.h"

namespace millrace::pool {

/// Starts the worker's parent process. Offers Invoker and Environments.
Room make_room(const RoomContext& context, ports::Ports& ports);

}  // namespace millrace::pool

namespace millrace::poller {

/// Offers MappingEngine. What it calls it finds in MappedFunctions.
Room make_room(const RoomContext& context, ports::Ports& ports);

}  // namespace millrace::poller
