#pragma once
// KMS, as far as Terraform and SDKs read of the keys that AWS manages.

#include "emulator/services/room.h"

namespace millrace::kms {

Room make_room(const RoomContext& context, ports::Ports& ports);

}  // namespace millrace::kms
