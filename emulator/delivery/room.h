#pragma once
// The deliveries as a room: nobody speaks to it, others find it in the ports.

#include "emulator/services/kept_entries.h"
#include "emulator/services/room.h"

namespace millrace::delivery {

/// Offers Deliveries.
Room make_room(const RoomContext& context, ports::Ports& ports);

/// Messages under way.
inline KeptEntries kept_entries() {
  return {.documents = {"delivery"}};
}

}  // namespace millrace::delivery
