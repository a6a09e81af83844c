#pragma once
// CloudWatch: metrics, alarms, dashboards.

#include "emulator/services/kept_entries.h"
#include "emulator/services/room.h"

namespace millrace::cloudwatch {

/// Needs Deliveries. Offers Metrics.
Room make_room(const RoomContext& context, ports::Ports& ports);
/// Between the room that runs functions and those that call them: offers an Invoker that counts what the other one does.
Room make_metered_invoker(const RoomContext& context, ports::Ports& ports);

KeptEntries kept_entries();

}  // namespace millrace::cloudwatch
