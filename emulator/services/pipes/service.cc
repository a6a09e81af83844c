#include "emulator/services/pipes/service.h"

#include "emulator/protocol/tag_keys.h"
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

/// unverified: the words
AwsError reserved_tag(const std::string& key) {
  return errors::invalid_field("Tags", "Tag keys beginning with aws: are reserved for AWS use. Tag key: " + key);
}

class PipesService final : public protocol::RestJsonService {
 public:
  explicit PipesService(std::shared_ptr<Pipes> pipes)
      : RestJsonService(Profile{errors::service_errors()},
                        protocol::refusing_reserved_tags(all_operations(*pipes), reserved_tag)),
        pipes_(std::move(pipes)) {}

 private:
  std::shared_ptr<Pipes> pipes_;  // the operations are bound to it
};

/// In the order of construction.
struct RoomState {
  RoomState(const ServiceContext& context, const ports::Ports& ports)
      : pipes(std::make_shared<Pipes>(context, ports)),
        catalog(*pipes, ports),
        invoker(*pipes, ports.get<ports::Invoker>()) {}
  std::shared_ptr<Pipes> pipes;
  PipeCatalog catalog;
  PipeInvoker invoker;
};

}  // namespace

Room make_room(const RoomContext& context, ports::Ports& ports) {
  auto state = std::make_shared<RoomState>(context, ports);
  ports.offer<ports::MappedFunctions>(state->catalog);
  ports.offer<ports::Invoker>(state->invoker);
  return {.name = "pipes",
          .state = state,
          .faces = {{.service = std::make_shared<PipesService>(state->pipes), .scopes = {"pipes"}}},
          .start = [pipes = state->pipes.get()] { put_all(*pipes); }};
}

}  // namespace millrace::pipes
