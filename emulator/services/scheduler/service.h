#pragma once
// EventBridge Scheduler.

#include <functional>
#include <memory>

#include "emulator/delivery/deliveries.h"
#include "emulator/ports/authority.h"
#include "emulator/ports/metrics.h"
#include "emulator/protocol/service.h"
#include "emulator/services/service_context.h"

namespace millrace::scheduler {

/// What the room needs of others; all outlive the service.
struct Ports {
  delivery::Deliveries& deliveries;
  ports::Metrics& metrics;
  ports::Authority& authority;
};

struct Room {
  std::shared_ptr<protocol::Service> service;  // "scheduler"
  std::function<void()> start;                 // plans the schedules; once, before the server listens
  std::function<void()> stop;                  // nothing fires after it; idempotent
};

Room make_room(ServiceContext context, Ports ports);

}  // namespace millrace::scheduler
