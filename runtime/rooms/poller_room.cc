#include "runtime/poller/checkpoint_store.h"
#include "runtime/poller/engine.h"
#include "emulator/ports/explainers.h"
#include "runtime/rooms/mapping_routes.h"
#include "runtime/rooms/rooms.h"

namespace millrace::poller {

namespace {

/// In the order of construction.
struct Parts {
  Parts(const ServiceContext& context, const ports::Ports& ports)
      : checkpoints(context.store),
        engine(std::make_unique<Engine>(EngineParts{.clock = context.clock,
                                                    .timers = context.timers,
                                                    .random = context.random,
                                                    .streams = ports.get<ports::StreamReader>(),
                                                    .queues = &ports.get<ports::QueueReader>(),
                                                    .functions = ports.get<ports::MappedFunctions>(),
                                                    .invoker = ports.get<ports::Invoker>(),
                                                    .destinations = ports.get<ports::Destination>(),
                                                    .checkpoints = checkpoints,
                                                    .authority = &ports.get<ports::Authority>(),
                                                    .metrics = ports.find<ports::Metrics>().get()})) {}
  StoredCheckpoints checkpoints;
  std::unique_ptr<Engine> engine;
};

}  // namespace

Room make_room(const RoomContext& context, ports::Ports& ports) {
  auto parts = std::make_shared<Parts>(context, ports);
  ports.offer<ports::MappingEngine>(*parts->engine);
  ports.get<ports::Explainers>().add(
      [parts](const std::string& name) { return parts->engine ? mappings_in_words(*parts->engine, name) : ""; });
  return {.name = "poller",
          .state = parts,
          .admin_routes = mapping_routes(*parts->engine),
          .stop = [parts] { parts->engine.reset(); }};
}

}  // namespace millrace::poller
