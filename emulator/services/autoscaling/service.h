#pragma once
// Application Auto Scaling: scalable targets, their policies and scheduled actions.

#include "emulator/services/kept_entries.h"
#include "emulator/services/room.h"

namespace millrace::autoscaling {

Room make_room(const RoomContext& context, ports::Ports& ports);

inline KeptEntries kept_entries() {
  return {.service = "autoscaling", .documents = {"autoscaling"}};
}

}  // namespace millrace::autoscaling
