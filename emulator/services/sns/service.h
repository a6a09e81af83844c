#pragma once
// SNS: standard topics, as destinations and as fan-out to queues and functions.

#include "emulator/services/room.h"

namespace millrace::sns {

Room make_room(const RoomContext& context, ports::Ports& ports);

}  // namespace millrace::sns
