#pragma once
// EventBridge Pipes: from a table's stream or a queue through a filter and an enrichment to a target.

#include <functional>
#include <memory>

#include "emulator/delivery/deliveries.h"
#include "emulator/ports/authority.h"
#include "emulator/ports/destination.h"
#include "emulator/ports/function_caller.h"
#include "emulator/ports/function_catalog.h"
#include "emulator/ports/invoker.h"
#include "emulator/ports/mapping_engine.h"
#include "emulator/protocol/service.h"
#include "emulator/services/service_context.h"

namespace millrace::pipes {

/// What the room needs before the poller is made; all outlive the service.
struct Ports {
  delivery::Deliveries& deliveries;
  ports::Destination& destination;
  ports::Authority& authority;
  ports::FunctionCatalog& catalog;  // the real functions
  ports::Invoker& invoker;
};

struct Room {
  std::shared_ptr<protocol::Service> service;  // "pipes"
  /// What the poller gets: the real functions, and the pipes.
  std::shared_ptr<ports::FunctionCatalog> catalog;
  std::shared_ptr<ports::Invoker> invoker;
  /// Puts every pipe into the poller; once, before the server listens.
  std::function<void(ports::MappingEngine& mappings, ports::FunctionCaller& functions)> start;
};

Room make_room(ServiceContext context, Ports ports);

}  // namespace millrace::pipes
