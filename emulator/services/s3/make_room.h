#pragma once

#include "emulator/services/kept_entries.h"
#include "emulator/services/room.h"

namespace millrace::s3 {

millrace::Room make_room(const RoomContext& context, ports::Ports& ports);

KeptEntries kept_entries();

}  // namespace millrace::s3
