#pragma once
// EventBridge: buses, rules, targets, archives and replays.

#include "emulator/services/kept_entries.h"
#include "emulator/services/room.h"

namespace millrace::eventbridge {

/// Needs Deliveries and Metrics. Buses are destinations.
Room make_room(const RoomContext& context, ports::Ports& ports);

KeptEntries kept_entries();

}  // namespace millrace::eventbridge
