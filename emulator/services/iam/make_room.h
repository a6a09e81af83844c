#pragma once

#include "emulator/services/room.h"

namespace millrace::iam {

millrace::Room make_room(const RoomContext& context, ports::Ports& ports);

}  // namespace millrace::iam
