#pragma once
// EventBridge Scheduler.

#include "emulator/services/kept_entries.h"
#include "emulator/services/room.h"

namespace millrace::scheduler {

/// Needs Deliveries, Metrics and Authority.
Room make_room(const RoomContext& context, ports::Ports& ports);

inline KeptEntries kept_entries() {
  return {.service = "scheduler", .documents = {"scheduler"}};
}

}  // namespace millrace::scheduler
