#include "emulator/services/logs/logs.h"

#include "emulator/base/arn.h"
#include "emulator/services/logs/arrivals.h"
#include "emulator/services/logs/event_keys.h"
#include "emulator/services/logs/export_tasks.h"
#include "emulator/services/logs/housekeeping.h"
#include "emulator/services/logs/insights/queries.h"
#include "emulator/services/logs/live_tail.h"
#include "emulator/services/logs/subscription_loops.h"

namespace millrace::logs {

using protocol::AccessNeeds;
using protocol::Call;

Logs::Logs(ServiceContext context_in)
    : context(context_in),
      event_keys(std::make_unique<EventKeys>(context.store)),
      live_tails(std::make_unique<LiveTails>(context.clock, context.timers)),
      queries(std::make_unique<insights::Queries>(context)),
      loops(std::make_unique<SubscriptionLoops>()),
      waiting(std::make_unique<ArrivalCounts>(context.store)),
      deliveries(std::make_unique<WokenThread>([this] { work_off_arrivals(*this); })),
      housekeeper(std::make_unique<WokenThread>([this] {
        if (housekeeping_due.exchange(false)) erase_what_is_due(*this);
        run_export_tasks(*this);
      })) {}

Logs::~Logs() {
  stop();
}

void Logs::stop() {
  context.timers.cancel(housekeeping_timer);
  live_tails->end_all();
  queries->stop();
  deliveries->stop();
  housekeeper->stop();
}

Result<void> standard_class_only(const LogGroup& group) {
  if (group.log_class == "STANDARD") return {};
  return AwsError(errors::validation, "This operation is only supported on the Standard log class.");
}

std::vector<std::string> logs_principals(const std::string& region) {
  return {"logs.amazonaws.com", "logs." + region + ".amazonaws.com"};
}

std::string group_arn(const Place& place, std::string_view group) {
  return make_arn("logs", place.region, place.account, "log-group:" + std::string(group));
}

namespace {
/// The name inside `log-group:<name>[:*]`, or empty.
std::string name_in_resource(std::string resource) {
  constexpr std::string_view kHead = "log-group:";
  if (!resource.starts_with(kHead)) return "";
  resource.erase(0, kHead.size());
  return resource.substr(0, resource.find(':'));
}
}  // namespace

Result<std::string> named_group(const Json& input) {
  std::string name = text_of(input, "logGroupName"), identifier = text_of(input, "logGroupIdentifier");
  if (!name.empty() && !identifier.empty())
    return AwsError(errors::validation, "LogGroup name and LogGroup ARN are mutually exclusive parameters.");
  if (identifier.empty()) {
    if (name.empty())
      return AwsError(errors::invalid_parameter,
                      "1 validation error detected: Value null at 'logGroupName' failed to satisfy constraint: Member "
                      "must not be null");
    return name;
  }
  auto arn = Arn::parse(identifier);
  return arn ? name_in_resource(arn->resource) : identifier;
}

Result<std::string> group_in_arn(const std::string& text) {
  auto arn = Arn::parse(text);
  std::string name = arn ? name_in_resource(arn->resource) : "";
  // unverified: the wording for an ARN that names no log group.
  if (name.empty()) return AwsError(errors::invalid_parameter, "The specified resource ARN is not valid: " + text);
  return name;
}

protocol::Shape group_name_shape() {
  return protocol::string().length(1, 512).pattern("[\\.\\-_/#A-Za-z0-9]+");
}
protocol::Shape group_identifier_shape() {
  return protocol::string().length(1, 2048).pattern("[\\w#+=/:,.@-]*");
}
protocol::Shape filter_name_shape() {
  return protocol::string().length(1, 512).pattern("[^:*]*");
}
protocol::Shape stream_name_shape() {
  return protocol::string().length(1, 512).pattern("[^:*]*");
}

std::function<Result<AccessNeeds>(const Call&)> group_access(std::string action) {
  return [action = "logs:" + action](const Call& call) -> Result<AccessNeeds> {
    std::string name = text_of(call.input, "logGroupName",
                               text_of(call.input, "logGroupIdentifier", text_of(call.input, "logGroupNamePrefix")));
    Place place = place_of(call);
    if (auto arn = Arn::parse(name)) {  // judged by the account that it names
      name = name_in_resource(arn->resource);
      place = {arn->account, arn->region};
    }
    std::string resource = group_arn(place, name) + (action == "logs:CreateLogGroup" ? "" : ":*");
    if (action == "logs:CreateLogGroup") resource += ":log-stream:";
    return AccessNeeds{{action, resource}};
  };
}

std::function<Result<AccessNeeds>(const Call&)> anywhere_access(std::string action) {
  return [action = "logs:" + action](const Call&) -> Result<AccessNeeds> { return AccessNeeds{{action, "*"}}; };
}

std::function<Result<AccessNeeds>(const Call&)> stream_access(std::string action) {
  return [action = "logs:" + action](const Call& call) -> Result<AccessNeeds> {
    std::string resource = group_arn(place_of(call), text_of(call.input, "logGroupName")) +
                           ":log-stream:" + text_of(call.input, "logStreamName");
    return AccessNeeds{{action, resource}};
  };
}

}  // namespace millrace::logs
