#pragma once
// Secrets Manager: secrets, their versions, and their rotation by functions.

#include "emulator/services/kept_entries.h"
#include "emulator/services/room.h"

namespace millrace::secretsmanager {

Room make_room(const RoomContext& context, ports::Ports& ports);

inline KeptEntries kept_entries() {
  return {.service = "secretsmanager", .documents = {"secretsmanager"}};
}

}  // namespace millrace::secretsmanager
