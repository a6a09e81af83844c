#include "runtime/poller/checkpoint_store.h"
#include "runtime/poller/engine.h"
#include "runtime/rooms/mapping_routes.h"
#include "runtime/rooms/rooms.h"

namespace millrace::poller {

namespace {

/// The functions of a room that is made after this one, whose mappings need the engine.
class LaterFunctions final : public ports::FunctionCatalog {
 public:
  explicit LaterFunctions(const ports::Ports& ports) : functions_(ports) {}
  Result<std::shared_ptr<const ports::FunctionVersion>> resolve(const std::string& account, const std::string& region,
                                                                const std::string& function,
                                                                const std::string& qualifier) override {
    return functions_.get()->resolve(account, region, function, qualifier);
  }

 private:
  ports::Late<ports::FunctionCatalog> functions_;
};

/// In the order of construction.
struct Parts {
  Parts(const ServiceContext& context, const ports::Ports& ports)
      : checkpoints(context.store),
        functions(ports),
        engine(std::make_unique<Engine>(EngineParts{.clock = context.clock,
                                                    .timers = context.timers,
                                                    .random = context.random,
                                                    .streams = ports.get<ports::StreamReader>(),
                                                    .queues = &ports.get<ports::QueueReader>(),
                                                    .functions = functions,
                                                    .invoker = ports.get<ports::Invoker>(),
                                                    .destinations = ports.get<ports::Destination>(),
                                                    .checkpoints = checkpoints,
                                                    .authority = &ports.get<ports::Authority>()})) {}
  StoredCheckpoints checkpoints;
  LaterFunctions functions;
  std::unique_ptr<Engine> engine;
};

}  // namespace

Room make_room(const RoomContext& context, ports::Ports& ports) {
  auto parts = std::make_shared<Parts>(context, ports);
  ports.offer<ports::MappingEngine>(*parts->engine);
  return {.name = "poller", .state = parts, .admin_routes = mapping_routes(*parts->engine), .stop = [parts] {
            parts->engine.reset();
          }};
}

}  // namespace millrace::poller
