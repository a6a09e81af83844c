#pragma once
// What the room's operations share. JSON documents with the members of AWS's answers; those that begin with "_" are ours:
//
//   {"scheduler", account, region, "group", name}              the default group has none
//   {"scheduler", account, region, "schedule", group, name}    _since_ms: what a rate counts from; _fired_ms: done until then

#include <memory>
#include <string>

#include "emulator/delivery/deliveries.h"
#include "emulator/delivery/firings.h"
#include "emulator/ports/authority.h"
#include "emulator/protocol/operation.h"
#include "emulator/services/scheduler/errors.h"
#include "emulator/services/service_context.h"
#include "emulator/storage/documents.h"

namespace millrace::scheduler {

inline constexpr const char* kDefaultGroup = "default";

struct Scheduler {
  Scheduler(ServiceContext given, delivery::Deliveries& on_the_way, ports::Authority& roles);

  ServiceContext context;
  delivery::Deliveries& deliveries;
  ports::Authority& authority;
  std::unique_ptr<delivery::Firings> firings;  // by schedule_key

  Millis now() const { return context.clock.now_ms(); }
};

struct Scope {
  std::string account, region;
};
inline Scope scope_of(const protocol::Call& call) {
  return {call.caller.account, call.caller.region};
}

std::string group_key(const Scope& scope, const std::string& group);
std::string groups_prefix(const Scope& scope);
std::string schedule_key(const Scope& scope, const std::string& group, const std::string& name);
/// Of all groups, or of one.
std::string schedules_prefix(const Scope& scope, const std::string& group);
std::string group_arn(const Scope& scope, const std::string& group);
std::string schedule_arn(const Scope& scope, const std::string& group, const std::string& name);

/// ResourceNotFoundException; the default group is always there.
Result<Json> load_group(const storage::Reader& reader, const Scope& scope, const std::string& group);
Json shown(const Json& document);
inline Json seconds_of(Millis ms) {
  return static_cast<double>(ms) / 1000.0;
}
protocol::Shape name_shape();
protocol::Shape name_prefix_shape();
protocol::Shape client_token_shape();
/// The request that made the document, sent again: it has the same ClientToken.
inline bool is_repeat(const Json& document, const Json& input) {
  const std::string token = text_of(input, "ClientToken");
  return !token.empty() && text_of(document, "_token") == token;
}
protocol::Shape next_token_shape();
/// A page of documents by MaxResults and NextToken; `position` orders them.
Result<Json> page_of(const protocol::Call& call, const char* member, const std::vector<Json>& items,
                     const std::function<std::string(const Json&)>& position);

using Access = std::function<Result<protocol::AccessNeeds>(const protocol::Call&)>;
Access needs(std::string action, std::function<std::string(const protocol::Call&)> resource);

// schedules.cc
protocol::Operation create_schedule(Scheduler& scheduler);
protocol::Operation get_schedule(Scheduler& scheduler);
protocol::Operation update_schedule(Scheduler& scheduler);
protocol::Operation delete_schedule(Scheduler& scheduler);
protocol::Operation list_schedules(Scheduler& scheduler);
// groups.cc
protocol::Operation create_schedule_group(Scheduler& scheduler);
protocol::Operation get_schedule_group(Scheduler& scheduler);
protocol::Operation delete_schedule_group(Scheduler& scheduler);
protocol::Operation list_schedule_groups(Scheduler& scheduler);
protocol::Operation tag_resource(Scheduler& scheduler);
protocol::Operation untag_resource(Scheduler& scheduler);
protocol::Operation list_tags_for_resource(Scheduler& scheduler);

// firing.cc
/// The next firing of a schedule is planned, or there is none.
void plan(Scheduler& scheduler, const std::string& key, const Json& schedule);
/// Plans every schedule; what fell due while the server was down fires once.
void plan_all(Scheduler& scheduler);
/// When the schedule of that name or ARN (or those of that group) fires next and what became of it; empty: there is none.
std::string explain(Scheduler& scheduler, const std::string& name);
/// A schedule's time has come; on the deliveries' thread.
void fire(Scheduler& scheduler, const std::string& key);

}  // namespace millrace::scheduler
