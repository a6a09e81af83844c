#pragma once
// API Gateway: the control planes of REST APIs (version 1), HTTP and WebSocket APIs (version 2), and the APIs that are
// deployed.

#include "emulator/services/kept_entries.h"
#include "emulator/services/room.h"

namespace millrace::apigateway {

Room make_room(const RoomContext& context, ports::Ports& ports);

inline KeptEntries kept_entries() {
  return {.service = "apigateway", .documents = {"apigateway", "apigateway-id", "apigateway-domain"}};
}

}  // namespace millrace::apigateway
