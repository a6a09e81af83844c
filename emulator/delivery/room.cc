#include "emulator/delivery/room.h"

#include "emulator/delivery/deliveries.h"
#include "emulator/delivery/service_targets.h"
#include "emulator/ports/explainers.h"

namespace millrace::delivery {

Room make_room(const RoomContext& context, ports::Ports& ports) {
  auto deliveries = std::make_shared<Deliveries>(context.store, context.clock, context.timers, context.random, ports);
  deliveries->add_outside(std::make_shared<ServiceTargets>(ports.get<ports::ServiceCaller>()));
  ports.offer<Deliveries>(*deliveries);
  ports.offer<ports::Explainers>(std::make_shared<ports::Explainers>());
  return {.name = "delivery",
          .state = deliveries,
          .in_progress = {{"deliveries of events", &deliveries->in_progress()}},
          .start = [to = deliveries.get()] { to->start(); },
          .stop_sending = [to = deliveries.get()] { to->stop(); }};
}

}  // namespace millrace::delivery
