#pragma once
// What the room's operations share, and what is stored: documents with the members of AWS's answers; those that begin with "_"
// are ours:
//
//   {"scheduler", account, region, "group", name}              the default group has none until it has tags
//   {"scheduler", account, region, "schedule", group, name}

#include <memory>
#include <string>

#include "emulator/delivery/deliveries.h"
#include "emulator/delivery/firings.h"
#include "emulator/ports/authority.h"
#include "emulator/protocol/operation.h"
#include "emulator/services/scheduler/errors.h"
#include "emulator/services/service_context.h"
#include "emulator/storage/document_form.h"

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

struct Group {
  std::string arn, name, state = "ACTIVE";
  std::optional<double> created_s, modified_s;  // the default group has none
  Json tags = Json::array();                    // [{Key, Value}]
  std::optional<std::string> token = {};        // of the request that made it
};

struct Schedule {
  std::string arn, name, group, expression, zone = "UTC", state = "ENABLED", after_completion = "NONE";
  std::optional<std::string> description, kms_key;
  Json window, target;             // as sent; the target's RetryPolicy whole
  std::optional<Json> start, end;  // as sent
  double created_s = 0, modified_s = 0;
  Millis since_ms = 0;  // what a rate counts from
  Millis fired_ms = 0;  // done until then
  std::optional<Millis> end_ms;
  std::optional<std::string> token = {};  // of the request that made it
};

template <class Form>
void describe(Form& form, Group& group) {
  form.version(1, "_form");
  form.member("Arn", group.arn);
  form.member("Name", group.name);
  form.member("State", group.state);
  form.member("CreationDate", group.created_s);
  form.member("LastModificationDate", group.modified_s);
  form.added("_tags", group.tags);
  form.member("_token", group.token);
}

template <class Form>
void describe(Form& form, Schedule& schedule) {
  form.version(1, "_form");
  form.member("Arn", schedule.arn);
  form.member("Name", schedule.name);
  form.member("GroupName", schedule.group);
  form.member("ScheduleExpression", schedule.expression);
  form.member("FlexibleTimeWindow", schedule.window);
  form.member("Target", schedule.target);
  form.member("Description", schedule.description);
  form.member("KmsKeyArn", schedule.kms_key);
  form.member("StartDate", schedule.start);
  form.member("EndDate", schedule.end);
  form.member("ScheduleExpressionTimezone", schedule.zone);
  form.member("State", schedule.state);
  form.added("ActionAfterCompletion", schedule.after_completion);
  form.member("CreationDate", schedule.created_s);
  form.member("LastModificationDate", schedule.modified_s);
  form.member("_since_ms", schedule.since_ms);
  form.member("_fired_ms", schedule.fired_ms);
  form.member("_end_ms", schedule.end_ms);
  form.member("_token", schedule.token);
}

std::string group_key(const Scope& scope, const std::string& group);
std::string groups_prefix(const Scope& scope);
std::string schedule_key(const Scope& scope, const std::string& group, const std::string& name);
/// Of all groups, or of one.
std::string schedules_prefix(const Scope& scope, const std::string& group);
std::string group_arn(const Scope& scope, const std::string& group);
std::string schedule_arn(const Scope& scope, const std::string& group, const std::string& name);

/// ResourceNotFoundException; the default group is always there.
Result<Group> load_group(const storage::Reader& reader, const Scope& scope, const std::string& group);
using storage::shown;
inline double seconds_of(Millis ms) {
  return static_cast<double>(ms) / 1000.0;
}
protocol::Shape name_shape();
protocol::Shape name_prefix_shape();
protocol::Shape client_token_shape();
/// The request that made what has this token, sent again.
inline bool is_repeat(const std::optional<std::string>& token, const Json& input) {
  return token && !token->empty() && *token == text_of(input, "ClientToken");
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
void plan(Scheduler& scheduler, const std::string& key, const Schedule& schedule);
/// Plans every schedule; what fell due while the server was down fires once.
void plan_all(Scheduler& scheduler);
/// When the schedule of that name or ARN (or those of that group) fires next and what became of it; empty: there is none.
std::string explain(Scheduler& scheduler, const std::string& name);
/// A schedule's time has come; on the deliveries' thread.
void fire(Scheduler& scheduler, const std::string& key);

}  // namespace millrace::scheduler
