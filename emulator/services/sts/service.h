#pragma once
// STS: who am I, and sessions of roles.

#include "emulator/services/room.h"

namespace millrace::sts {

Room make_room(const RoomContext& context, ports::Ports& ports);

}  // namespace millrace::sts
