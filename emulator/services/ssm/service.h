#pragma once
// Systems Manager, of which the Parameter Store is built.

#include "emulator/services/room.h"

namespace millrace::ssm {

Room make_room(const RoomContext& context, ports::Ports& ports);

}  // namespace millrace::ssm
