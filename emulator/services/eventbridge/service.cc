#include "emulator/services/eventbridge/service.h"

#include <future>

#include "emulator/ports/destinations.h"
#include "emulator/ports/explainers.h"
#include "emulator/protocol/tag_keys.h"
#include "emulator/services/eventbridge/api_destination_calls.h"
#include "emulator/services/eventbridge/operations.h"

namespace millrace::eventbridge {

namespace {

std::vector<protocol::Operation> all_operations(Events& events) {
  return {
      create_event_bus(events),
      describe_event_bus(events),
      update_event_bus(events),
      list_event_buses(events),
      delete_event_bus(events),
      put_permission(events),
      remove_permission(events),
      put_rule(events),
      describe_rule(events),
      list_rules(events),
      enable_rule(events),
      disable_rule(events),
      delete_rule(events),
      put_targets(events),
      remove_targets(events),
      list_targets_by_rule(events),
      list_rule_names_by_target(events),
      put_events(events),
      test_event_pattern(events),
      create_archive(events),
      describe_archive(events),
      update_archive(events),
      list_archives(events),
      delete_archive(events),
      start_replay(events),
      describe_replay(events),
      list_replays(events),
      cancel_replay(events),
      create_connection(events),
      describe_connection(events),
      update_connection(events),
      list_connections(events),
      delete_connection(events),
      deauthorize_connection(events),
      create_api_destination(events),
      describe_api_destination(events),
      update_api_destination(events),
      list_api_destinations(events),
      delete_api_destination(events),
      tag_resource(events),
      untag_resource(events),
      list_tags_for_resource(events),
  };
}

/// unverified: the words
AwsError reserved_tag(const std::string& key) {
  return errors::invalid("Tag keys beginning with aws: are reserved for AWS use. Tag key: " + key);
}

class EventsService final : public protocol::JsonService {
 public:
  explicit EventsService(std::shared_ptr<Events> events)
      : JsonService({"AWSEvents", "application/x-amz-json-1.1", false, errors::service_errors()},
                    protocol::refusing_reserved_tags(all_operations(*events), reserved_tag)),
        events_(std::move(events)) {}

 private:
  std::shared_ptr<Events> events_;  // the operations are bound to it
};

/// AWS's own services may always send to an account's bus; others need its policy.
std::string policy_with_services(const std::string& policy) {
  Json document = parse_json(policy).value_or(Json{{"Version", "2012-10-17"}, {"Statement", Json::array()}});
  Json& statements = document["Statement"];
  if (!statements.is_array()) statements = Json::array({statements});
  statements.push_back({{"Effect", "Allow"},
                        {"Principal", {{"Service", {"s3.amazonaws.com", "cloudwatch.amazonaws.com"}}}},
                        {"Action", "events:PutEvents"},
                        {"Resource", "*"}});
  return to_text(document);
}

/// Waits for what a sender asks at once: pipes, whose batch is on its thread anyway.
Result<void> call_now(ApiDestinationCalls& calls, const std::string& arn, const ports::Message& message,
                      const ports::Destination::Sender& sender) {
  auto result = std::make_shared<std::promise<Result<void>>>();
  auto future = result->get_future();
  calls.send(arn, message, sender, [result](Result<void> sent) { result->set_value(std::move(sent)); });
  return future.get();
}

/// Buses and API destinations as targets of other services' messages.
ports::Destinations::Target target(Events* events, std::shared_ptr<ApiDestinationCalls> calls) {
  auto deliver = [events, calls](const std::string& arn, const ports::Message& message,
                                 const ports::Destination::Sender& sender) {
    if (calls->sends_to(arn)) return call_now(*calls, arn, message, sender);
    return accept_from_service(*events, arn, message, sender);
  };
  auto policy = [events](const std::string& arn) {
    auto bus = load_bus(events->context.store, bus_named({}, arn));
    return bus.has_value() ? policy_with_services(bus->policy.value_or("")) : std::string();
  };
  auto exists = [events](const std::string& arn) {
    return load_bus(events->context.store, bus_named({}, arn)).has_value();
  };
  return {.action = "events:PutEvents", .deliver = deliver, .policy = policy, .exists = exists};
}

}  // namespace

Room make_room(const RoomContext& context, ports::Ports& ports) {
  auto events = std::make_shared<Events>(context, ports.get<delivery::Deliveries>(), ports.get<ports::Metrics>());
  ports.get<ports::Explainers>().add(
      [events = events.get()](const std::string& name) { return explain(*events, name); });
  events->services = &ports.get<ports::ServiceCalls>();
  auto calls = std::make_shared<ApiDestinationCalls>(*events, ports);
  events->deliveries.add_outside(calls);
  ports.get<ports::Destinations>().add("events", target(events.get(), calls));
  auto start = [events = events.get()] {
    plan_all(*events);
    resume_replays(*events);
  };
  return {
      .name = "eventbridge",
      .state = events,
      .faces = {{.service = std::make_shared<EventsService>(events), .scopes = {"events"}, .targets = {"AWSEvents"}}},
      .start = start,
      .stop_sending = [events = events.get()] { events->firings->stop(); }};
}

}  // namespace millrace::eventbridge
