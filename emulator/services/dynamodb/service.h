#pragma once
// DynamoDB: tables, items, indexes, transactions, PartiQL. Operations are listed in service.cc.

#include <memory>

#include "emulator/ports/faults.h"
#include "emulator/ports/keys.h"
#include "emulator/ports/objects.h"
#include "emulator/protocol/identity.h"
#include "emulator/services/kept_entries.h"
#include "emulator/services/room.h"
#include "emulator/tables/tables.h"

namespace millrace::dynamodb {

class Meter;

/// Makes the tables, which the room of their streams shares.
Room make_room(const RoomContext& context, ports::Ports& ports);

/// What a service alone does without.
struct Collaborators {
  protocol::Identity* identity = nullptr;
  std::shared_ptr<Meter> meter = {};      // without one nothing is counted
  ports::Faults* faults = nullptr;        // that tests ask for
  WorkInProgress** background = nullptr;  // gets what the service does in the background
};

/// The service alone. Without `objects` exports and imports are refused.
std::shared_ptr<protocol::Service> make_service(ServiceContext context, tables::Tables& tables, ports::Objects* objects,
                                                std::shared_ptr<ports::Keys> keys, Collaborators others = {});

KeptEntries kept_entries();

}  // namespace millrace::dynamodb
