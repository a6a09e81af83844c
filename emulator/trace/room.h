#pragma once

#include "emulator/ports/ports.h"
#include "emulator/services/room.h"

namespace millrace::trace {

/// `GET /_millrace/trace`. Made after the rooms that it asks: streams, mappings.
Room make_room(const RoomContext& context, ports::Ports& ports);

}  // namespace millrace::trace
