#pragma once
// EventBridge Scheduler.

#include "emulator/services/room.h"

namespace millrace::scheduler {

/// Needs Deliveries, Metrics and Authority.
Room make_room(const RoomContext& context, ports::Ports& ports);

}  // namespace millrace::scheduler
