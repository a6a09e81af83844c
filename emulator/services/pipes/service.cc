#include "emulator/services/pipes/service.h"

#include "emulator/services/pipes/pipe_functions.h"

namespace millrace::pipes {

namespace {

std::vector<protocol::Operation> all_operations(Pipes& pipes) {
  return {
      create_pipe(pipes),    describe_pipe(pipes),
      update_pipe(pipes),    delete_pipe(pipes),
      list_pipes(pipes),     start_pipe(pipes),
      stop_pipe(pipes),      tag_resource(pipes),
      untag_resource(pipes), list_tags_for_resource(pipes),
  };
}

class PipesService final : public protocol::RestJsonService {
 public:
  explicit PipesService(std::shared_ptr<Pipes> pipes)
      : RestJsonService(Profile{errors::service_errors()}, all_operations(*pipes)), pipes_(std::move(pipes)) {}

 private:
  std::shared_ptr<Pipes> pipes_;  // the operations are bound to it
};

}  // namespace

Room make_room(ServiceContext context, Ports ports) {
  auto pipes = std::make_shared<Pipes>(Pipes{std::move(context), ports.deliveries, ports.destination, ports.authority});
  Room room;
  room.service = std::make_shared<PipesService>(pipes);
  room.catalog = std::make_shared<PipeCatalog>(*pipes, ports.catalog);
  room.invoker = std::make_shared<PipeInvoker>(*pipes, ports.invoker);
  room.start = [pipes](ports::MappingEngine& mappings, ports::FunctionCaller& functions) {
    pipes->mappings = &mappings;
    pipes->functions = &functions;
    put_all(*pipes);
  };
  return room;
}

}  // namespace millrace::pipes
