#include "emulator/services/logs/make_room.h"

#include "emulator/ports/destinations.h"
#include "emulator/services/logs/admin_routes.h"
#include "emulator/services/logs/function_log_sink.h"
#include "emulator/services/logs/service.h"

namespace millrace::logs {

namespace {

struct Parts {
  Parts(const ServiceContext& context, ports::Authority& authority)
      : room(make_room(context)), sink(room.state, authority) {}
  Room room;
  FunctionLogSink sink;
};

}  // namespace

millrace::Room make_room(const RoomContext& context, ports::Ports& ports) {
  auto parts = std::make_shared<Parts>(context, ports.get<ports::Authority>());
  ports.offer<ports::LogSink>(parts->sink);
  const Room& logs = parts->room;
  auto start = [parts = parts.get(), destinations = &ports.get<ports::Destinations>(),
                objects = &ports.get<ports::Objects>()] {
    parts->room.connect(
        {destinations, objects, [destinations](const std::string& arn, const ports::Destination::Sender& sender) {
           return destinations->check(arn, sender);
         }});
  };
  return {.name = "logs",
          .state = parts,
          .faces = {{.service = logs.service, .scopes = {"logs"}, .targets = {"Logs_20140328"}}},
          .in_progress = {{"log subscriptions", logs.in_progress}},
          .admin_routes = admin_routes(logs, context.default_account, context.default_region),
          .start = start,
          .hang_up = logs.stop};
}

}  // namespace millrace::logs
