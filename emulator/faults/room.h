#pragma once
// Running functions with the faults that tests ask for, as a room: nobody speaks to it.

#include "emulator/services/room.h"

namespace millrace::faults {

/// Offers Invoker in place of the one that it finds. The rules (ports::Faults) come from the server.
Room make_faulty_invoker(const RoomContext& context, ports::Ports& ports);

}  // namespace millrace::faults
