#pragma once
// KMS: keys, their policies and grants, and the cryptography under them.

#include "emulator/services/room.h"

namespace millrace::kms {

Room make_room(const RoomContext& context, ports::Ports& ports);

}  // namespace millrace::kms
