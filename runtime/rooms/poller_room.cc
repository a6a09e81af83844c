#include "emulator/ports/explainers.h"
#include "runtime/poller/checkpoint_store.h"
#include "runtime/poller/engine.h"
#include "runtime/rooms/mapping_routes.h"
#include "runtime/rooms/rooms.h"

namespace millrace::poller {

namespace {

/// In the order of construction.
struct RoomState {
  RoomState(const ServiceContext& context, const ports::Ports& ports)
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
  auto state = std::make_shared<RoomState>(context, ports);
  ports.offer<ports::MappingEngine>(*state->engine);
  ports.get<ports::Explainers>().add([state](const std::string& name) {
    return state->engine ? mappings_in_words(*state->engine, name) : std::string();
  });
  return {.name = "poller", .state = state, .admin_routes = mapping_routes(*state->engine), .stop = [state] {
            state->engine.reset();
          }};
}

}  // namespace millrace::poller
