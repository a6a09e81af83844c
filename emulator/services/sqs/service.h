#pragma once
// SQS: standard and FIFO queues, as destinations and as sources of mappings. Speaks both of its protocols, JSON and query.

#include "emulator/services/kept_entries.h"
#include "emulator/services/room.h"

namespace millrace::sqs {

Room make_room(const RoomContext& context, ports::Ports& ports);

KeptEntries kept_entries();

}  // namespace millrace::sqs
