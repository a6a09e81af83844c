#pragma once
// The one list of rooms.

#include <vector>

#include "emulator/services/findings.h"
#include "emulator/services/kept_entries.h"
#include "emulator/services/room.h"

namespace millrace {

/// In the order of making: a room comes after those whose ports it needs.
std::vector<MakeRoom> all_rooms();
/// What all of them keep in the store.
std::vector<KeptEntries> all_kept_entries();
/// What `millrace check` runs: of rooms whose stored things say something of each other.
std::vector<RoomCheck> all_checks();

}  // namespace millrace
