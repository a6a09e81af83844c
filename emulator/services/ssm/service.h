#pragma once
// Systems Manager, of which the Parameter Store is built.

#include "emulator/services/kept_entries.h"
#include "emulator/services/room.h"

namespace millrace::ssm {

Room make_room(const RoomContext& context, ports::Ports& ports);

inline KeptEntries kept_entries() {
  return {.service = "ssm", .documents = {"ssm"}};
}

}  // namespace millrace::ssm
