#pragma once

#include "emulator/services/room.h"

namespace millrace::s3 {

millrace::Room make_room(const RoomContext& context, ports::Ports& ports);

}  // namespace millrace::s3
