#pragma once
// Secrets Manager: secrets, their versions, and their rotation by functions.

#include "emulator/services/room.h"

namespace millrace::secretsmanager {

Room make_room(const RoomContext& context, ports::Ports& ports);

}  // namespace millrace::secretsmanager
