#pragma once
// SNS: topics, as destinations and as fan-out to queues, functions and servers.

#include "emulator/services/kept_entries.h"
#include "emulator/services/room.h"

namespace millrace::sns {

Room make_room(const RoomContext& context, ports::Ports& ports);

inline KeptEntries kept_entries() {
  return {.service = "sns", .documents = {"sns"}};
}

}  // namespace millrace::sns
