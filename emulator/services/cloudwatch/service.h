#pragma once
// CloudWatch: metrics, alarms, dashboards.

#include <functional>
#include <memory>

#include "emulator/delivery/deliveries.h"
#include "emulator/ports/metrics.h"
#include "emulator/protocol/service.h"
#include "emulator/services/service_context.h"

namespace millrace::cloudwatch {

class Counts;

/// What services count their doings with: made first, so that it outlives all of them.
std::shared_ptr<Counts> make_counts(const ServiceContext& context);
std::shared_ptr<ports::Metrics> as_metrics(std::shared_ptr<Counts> counts);

struct Room {
  std::shared_ptr<protocol::Service> service;  // "monitoring"
  /// Alarms are evaluated from now on; once, before the server listens.
  std::function<void()> start;
  /// Ends timers and writes what was counted. Idempotent.
  std::function<void()> stop;
};

Room make_room(ServiceContext context, delivery::Deliveries& deliveries, std::shared_ptr<Counts> counts);

/// True for requests by rpc-v2-cbor's paths.
bool is_cbor_request(const protocol::HttpRequest& request);

}  // namespace millrace::cloudwatch
