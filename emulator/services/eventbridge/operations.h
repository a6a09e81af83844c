#pragma once
// The room's operations, by the file of each family; service.cc lists them.

#include "emulator/services/eventbridge/events.h"

namespace millrace::eventbridge {

/// A text bare, anything else as JSON.
std::string bare(const Json& value);

// buses.cc, bus_policy.cc
protocol::Operation create_event_bus(Events& events);
protocol::Operation describe_event_bus(Events& events);
protocol::Operation update_event_bus(Events& events);
protocol::Operation list_event_buses(Events& events);
protocol::Operation delete_event_bus(Events& events);
protocol::Operation put_permission(Events& events);
protocol::Operation remove_permission(Events& events);
// rules.cc
protocol::Operation put_rule(Events& events);
protocol::Operation describe_rule(Events& events);
protocol::Operation list_rules(Events& events);
protocol::Operation enable_rule(Events& events);
protocol::Operation disable_rule(Events& events);
protocol::Operation delete_rule(Events& events);
// targets.cc
protocol::Operation put_targets(Events& events);
protocol::Operation remove_targets(Events& events);
protocol::Operation list_targets_by_rule(Events& events);
protocol::Operation list_rule_names_by_target(Events& events);
// put_events.cc, patterns.cc
protocol::Operation put_events(Events& events);
protocol::Operation test_event_pattern(Events& events);
// archives.cc, replays.cc
protocol::Operation create_archive(Events& events);
protocol::Operation describe_archive(Events& events);
protocol::Operation update_archive(Events& events);
protocol::Operation list_archives(Events& events);
protocol::Operation delete_archive(Events& events);
protocol::Operation start_replay(Events& events);
protocol::Operation describe_replay(Events& events);
protocol::Operation list_replays(Events& events);
protocol::Operation cancel_replay(Events& events);
// connections.cc, api_destinations.cc
protocol::Operation create_connection(Events& events);
protocol::Operation describe_connection(Events& events);
protocol::Operation update_connection(Events& events);
protocol::Operation list_connections(Events& events);
protocol::Operation delete_connection(Events& events);
protocol::Operation deauthorize_connection(Events& events);
protocol::Operation create_api_destination(Events& events);
protocol::Operation describe_api_destination(Events& events);
protocol::Operation update_api_destination(Events& events);
protocol::Operation list_api_destinations(Events& events);
protocol::Operation delete_api_destination(Events& events);
// tags.cc
protocol::Operation tag_resource(Events& events);
protocol::Operation untag_resource(Events& events);
protocol::Operation list_tags_for_resource(Events& events);

}  // namespace millrace::eventbridge
