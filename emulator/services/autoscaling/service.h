#pragma once
// Application Auto Scaling: scalable targets, their policies and scheduled actions.

#include "emulator/services/room.h"

namespace millrace::autoscaling {

Room make_room(const RoomContext& context, ports::Ports& ports);

}  // namespace millrace::autoscaling
