#pragma once
// KMS: keys, their policies and grants, and the cryptography under them.

#include "emulator/services/kept_entries.h"
#include "emulator/services/room.h"

namespace millrace::kms {

Room make_room(const RoomContext& context, ports::Ports& ports);

inline KeptEntries kept_entries() {
  return {.service = "kms", .documents = {"kms"}};
}

}  // namespace millrace::kms
