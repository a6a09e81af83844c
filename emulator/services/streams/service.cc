#include "emulator/services/streams/service.h"

#include "emulator/services/streams/admin_routes.h"
#include "emulator/services/streams/errors.h"
#include "emulator/services/streams/stream_reader.h"
#include "emulator/services/streams/stream_service.h"

namespace millrace::streams {

namespace {

std::vector<protocol::Operation> all_operations(StreamService& service) {
  return {list_streams(service), describe_stream(service), get_shard_iterator(service), get_records(service)};
}

/// The protocol's face, together with the state that its operations are bound to.
class StreamsService final : public protocol::JsonService {
 public:
  explicit StreamsService(std::unique_ptr<StreamService> service)
      : JsonService({"DynamoDBStreams_20120810", "application/x-amz-json-1.0", true, errors::service_errors()},
                    all_operations(*service)),
        service_(std::move(service)) {}

 private:
  std::unique_ptr<StreamService> service_;
};

/// The port by which pollers read, and what has it.
struct RoomState {
  explicit RoomState(ports::Ports& ports)
      : tables(ports.share<tables::Tables>()),
        reader(*tables, ports.find<ports::Encryption>(), ports.find<ports::Authority>()) {}
  std::shared_ptr<tables::Tables> tables;
  TableStreamReader reader;
};

}  // namespace

Room make_room(const RoomContext& context, ports::Ports& ports) {
  auto state = std::make_shared<RoomState>(ports);
  ports.offer<ports::StreamReader>(state->reader);
  auto service = std::make_shared<StreamsService>(std::make_unique<StreamService>(context, *state->tables, ports));
  return {.name = "streams",
          .state = state,
          .faces = {{.service = service, .scopes = {"dynamodb"}, .targets = {"DynamoDBStreams_20120810"}}},
          .admin_routes = admin_routes(context.store, *state->tables)};
}

}  // namespace millrace::streams
