#pragma once
// EventBridge: buses, rules, targets, archives and replays.

#include <functional>
#include <memory>

#include "emulator/delivery/deliveries.h"
#include "emulator/ports/authority.h"
#include "emulator/ports/metrics.h"
#include "emulator/protocol/service.h"
#include "emulator/services/service_context.h"

namespace millrace::eventbridge {

/// What the room needs of others; all outlive the service.
struct Ports {
  delivery::Deliveries& deliveries;
  ports::Metrics& metrics;
  ports::Authority& authority;
};

struct Room {
  std::shared_ptr<protocol::Service> service;  // "events"
  /// Buses as a target of other services. They live no longer than `service`.
  std::function<Result<void>(const std::string& bus_arn, const ports::Message&, const ports::Destination::Sender&)>
      deliver;
  std::function<std::string(const std::string& bus_arn)> policy;
  std::function<bool(const std::string& bus_arn)> exists;
  /// Plans the schedules and goes on with replays; once, before the server listens and after the deliveries began.
  std::function<void()> start;
  /// No schedule fires after it. Idempotent.
  std::function<void()> stop;
};

Room make_room(ServiceContext context, Ports ports);

}  // namespace millrace::eventbridge
