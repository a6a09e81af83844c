#include "emulator/services/logs/make_room.h"

#include "emulator/ports/destinations.h"
#include "emulator/services/logs/admin_routes.h"
#include "emulator/services/logs/event_keys.h"
#include "emulator/services/logs/event_target.h"
#include "emulator/services/logs/function_log_sink.h"
#include "emulator/services/logs/logs.h"
#include "emulator/services/logs/service.h"

namespace millrace::logs {

namespace {

struct RoomState {
  RoomState(const ServiceContext& context, ports::Authority& authority)
      : room(make_room(context)), sink(room.state, authority) {}
  Room room;
  FunctionLogSink sink;
};

/// Log groups as targets of other services' messages. Streams are no resources of their own there.
ports::Destinations::Target target(Logs* logs) {
  return {.action = "logs:PutLogEvents",
          .deliver = [logs](const std::string& arn, const ports::Message& message,
                            const ports::Destination::Sender&) { return deliver_event(*logs, arn, message); },
          .policy = [logs](const std::string& arn) { return resource_policy_of(*logs, arn); },
          .exists = [logs](const std::string& arn) { return group_exists(*logs, arn); },
          .resource_suffix = ":log-stream:events"};
}

}  // namespace

millrace::Room make_room(const RoomContext& context, ports::Ports& ports) {
  auto state = std::make_shared<RoomState>(context, ports.get<ports::Authority>());
  ports.offer<ports::LogSink>(state->sink);
  const Room& logs = state->room;
  logs.state->metrics = ports.find<ports::Metrics>().get();
  logs.state->keys = ports.find<ports::Encryption>().get();
  logs.state->event_keys->set(logs.state->keys);
  logs.state->authority = &ports.get<ports::Authority>();
  ports.get<ports::Destinations>().add("logs", target(logs.state.get()));
  auto start = [state = state.get(), destinations = &ports.get<ports::Destinations>(),
                objects = &ports.get<ports::Objects>()] {
    state->room.connect(
        {destinations, objects, [destinations](const std::string& arn, const ports::Destination::Sender& sender) {
           return destinations->check(arn, sender);
         }});
  };
  return {.name = "logs",
          .state = state,
          .faces = {{.service = logs.service, .scopes = {"logs"}, .targets = {"Logs_20140328"}}},
          .in_progress = {{"log subscriptions", logs.in_progress}},
          .admin_routes = admin_routes(logs, context.default_account, context.default_region),
          .start = start,
          .hang_up = logs.stop};
}

}  // namespace millrace::logs
