// CreateSchedule, GetSchedule, UpdateSchedule, DeleteSchedule, ListSchedules.

#include "emulator/base/arn.h"
#include "emulator/base/epoch.h"
#include "emulator/delivery/schedule.h"
#include "emulator/delivery/service_targets.h"
#include "emulator/services/scheduler/scheduler.h"

namespace millrace::scheduler {

using namespace protocol;

namespace {

constexpr const char* kServicePrincipal = "scheduler.amazonaws.com";
constexpr size_t kSchedulesMax = 10'000;  // in an account and region; ours: AWS allows a million
constexpr int kAgeDefaultS = 86'400, kAttemptsDefault = 185;

std::string group_of(const Json& input, const char* member = "GroupName") {
  return text_of(input, member, kDefaultGroup);
}
AwsError no_schedule(const std::string& name) {
  return {errors::not_found, "Schedule " + name + " does not exist."};
}

int64_t ms_of(const Json& input, const char* member) {
  const Json* time = find(input, member);
  if (!time) return -1;
  return time->is_number() ? millis_of_epoch(time->get<double>()) : parse_iso(text_of(input, member));
}

Result<void> check_target(Scheduler& scheduler, const Scope& scope, const std::string& group, const Json& target) {
  const std::string arn = text_of(target, "Arn"), role = text_of(target, "RoleArn");
  const auto parsed = Arn::parse(arn);
  if (!parsed || parsed->resource.empty()) return errors::invalid("Provided Arn is not in correct format.");
  // unverified: the words
  if (delivery::ServiceTargets::only_reads(arn))
    return errors::invalid(arn.substr(arn.rfind(':') + 1) + " is not a supported api for EventBridge Scheduler.");
  if (!scheduler.authority.role_trusts_service(role, kServicePrincipal, group_arn(scope, group)))
    return errors::invalid("The execution role you provide must allow AWS EventBridge Scheduler to assume the role.");
  return {};
}

Result<void> check(Scheduler& scheduler, const Call& call) {
  const Json& input = call.input;
  const std::string expression = text_of(input, "ScheduleExpression"),
                    zone = text_of(input, "ScheduleExpressionTimezone", "UTC");
  if (!delivery::Schedule::parse(expression, delivery::Schedule::Units::either))
    return errors::invalid("Invalid Schedule Expression " + expression + ".");
  if (!delivery::TimeZone::find(zone)) return errors::invalid("Invalid ScheduleExpressionTimezone " + zone + ".");
  const Json& window = input["FlexibleTimeWindow"];
  const bool flexible = text_of(window, "Mode") == "FLEXIBLE";
  if (flexible != (find(window, "MaximumWindowInMinutes") != nullptr))
    return errors::invalid(flexible
                               ? "MaximumWindowInMinutes must be specified when the Mode is FLEXIBLE."
                               : "MaximumWindowInMinutes must not be specified when the Mode is OFF.");  // unverified
  const Millis start = ms_of(input, "StartDate"), end = ms_of(input, "EndDate");
  if (start >= 0 && end >= 0 && end <= start)
    return errors::invalid("The EndDate must be after the StartDate.");  // unverified: the words
  return check_target(scheduler, scope_of(call), group_of(input), input["Target"]);
}

/// The whole schedule from an input: what isn't given has its default.
Schedule schedule_of(const Json& input, const Scope& scope, Millis now) {
  const std::string group = group_of(input), name = text_of(input, "Name");
  Schedule out{.arn = schedule_arn(scope, group, name), .name = name, .group = group};
  out.expression = text_of(input, "ScheduleExpression");
  out.zone = text_of(input, "ScheduleExpressionTimezone", out.zone);
  out.state = text_of(input, "State", out.state);
  out.after_completion = text_of(input, "ActionAfterCompletion", out.after_completion);
  out.description = optional_text(input, "Description");
  out.kms_key = optional_text(input, "KmsKeyArn");
  out.window = input["FlexibleTimeWindow"];
  if (const Json* given = find(input, "StartDate")) out.start = *given;
  if (const Json* given = find(input, "EndDate")) out.end = *given;
  out.target = input["Target"];
  Json& retry = out.target["RetryPolicy"];
  if (!retry.is_object()) retry = Json::object();
  if (!find(retry, "MaximumEventAgeInSeconds")) retry["MaximumEventAgeInSeconds"] = kAgeDefaultS;
  if (!find(retry, "MaximumRetryAttempts")) retry["MaximumRetryAttempts"] = kAttemptsDefault;
  out.created_s = out.modified_s = seconds_of(now);
  // A rate fires when it begins, then after each interval.
  const Millis start = ms_of(input, "StartDate");
  out.since_ms = start >= 0 ? start : now;
  out.fired_ms = (start > now ? start : now) - 1;
  if (const Millis end = ms_of(input, "EndDate"); end >= 0) out.end_ms = end;
  return out;
}

Shape schedule_shape() {
  const Shape retry = structure({optional("MaximumEventAgeInSeconds", integer().range(60, 86400)),
                                 optional("MaximumRetryAttempts", integer().range(0, 185))});
  const Shape queue = string().length(1, 1600).pattern(R"(arn:aws(-[a-z]+)?:sqs:[a-z0-9\-]+:\d{12}:[a-zA-Z0-9\-_]+)");
  const Shape role = string().length(1, 1600).pattern(
      R"(arn:aws(-[a-z]+)?:iam::\d{12}:role\/(service-role\/){0,1}[a-zA-Z0-9\+=,\.@\-_]+)");
  const Shape source =
      string().length(1, 256).pattern(R"((?=[/\.\-_A-Za-z0-9]+)((?!aws\.).*)|(\$(\.[\w_-]+(\[(\d+|\*)\])*)*))");
  const Shape target =
      structure({required("Arn", string().length(1, 1600)), required("RoleArn", role),
                 optional("DeadLetterConfig", structure({optional("Arn", queue)})), optional("RetryPolicy", retry),
                 optional("Input", string().length(1, -1)),
                 optional("EventBridgeParameters",
                          structure({required("DetailType", string().length(1, 128)), required("Source", source)})),
                 optional("KinesisParameters", structure({required("PartitionKey", string().length(1, 256))})),
                 optional("SqsParameters", structure({optional("MessageGroupId", string().length(1, 128))}))});
  return structure(
      {required("Name", name_shape()), optional("GroupName", name_shape()),
       required("ScheduleExpression", string().length(1, 256)), optional("Description", string().length(0, 512)),
       optional("ScheduleExpressionTimezone", string().length(1, 50)),
       optional("State", string().one_of({"ENABLED", "DISABLED"})), required("Target", target),
       required("FlexibleTimeWindow", structure({required("Mode", string().one_of({"OFF", "FLEXIBLE"})),
                                                 optional("MaximumWindowInMinutes", integer().range(1, 1440))})),
       optional("ActionAfterCompletion", string().one_of({"NONE", "DELETE"})),
       optional("ClientToken", client_token_shape()),
       optional("KmsKeyArn", string().length(1, 2048).pattern(
                                 R"(arn:aws(-[a-z]+)?:kms:[a-z0-9\-]+:\d{12}:(key|alias)\/[0-9a-zA-Z-_]*)"))});
}

/// The caller passes the role on.
Access needs_with_role(const char* action) {
  return [action = std::string("scheduler:") + action](const Call& call) -> Result<AccessNeeds> {
    AccessNeeds out{{action, schedule_arn(scope_of(call), group_of(call.input), text_of(call.input, "Name"))}};
    const Json* target = find(call.input, "Target");
    if (target && target->is_object())
      out.push_back({"iam:PassRole", text_of(*target, "RoleArn"), {{"iam:passedtoservice", {kServicePrincipal}}}});
    return out;
  };
}
Access needs_on_schedule(const char* action) {
  return needs(action, [](const Call& call) {
    return schedule_arn(scope_of(call), group_of(call.input), text_of(call.input, "Name"));
  });
}

Operation put(Scheduler& scheduler, const char* operation, const char* method, bool is_new) {
  static const Shape input = schedule_shape();
  auto handle = [&scheduler, is_new](Call& call) -> Result<Json> {
    const Scope scope = scope_of(call);
    const std::string group = group_of(call.input), name = text_of(call.input, "Name");
    const std::string key = schedule_key(scope, group, name);
    TRY_VOID(load_group(scheduler.context.store, scope, group));
    TRY_VOID(check(scheduler, call));
    Schedule schedule = schedule_of(call.input, scope, scheduler.now());
    if (is_new) schedule.token = optional_text(call.input, "ClientToken");
    return scheduler.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
      TRY_VOID(load_group(txn, scope, group));
      const auto before = storage::get_model<Schedule>(txn, key);
      if (is_new && before && is_repeat(before->token, call.input)) return Json{{"ScheduleArn", before->arn}};
      if (is_new && before) return AwsError(errors::conflict, "Schedule " + name + " already exists.");
      if (!is_new && !before) return no_schedule(name);
      if (is_new && storage::list_documents(txn, schedules_prefix(scope, group)).size() >= kSchedulesMax)
        return AwsError(errors::quota, "The maximum number of schedules was reached.");  // unverified: the words
      if (before) schedule.created_s = before->created_s;
      storage::put_model(txn, key, schedule);
      txn.after_commit([&scheduler, key, schedule] { plan(scheduler, key, schedule); });
      return Json{{"ScheduleArn", schedule.arn}};
    });
  };
  return {.name = operation,
          .input = &input,
          .rest = {{method, "/schedules/{Name}", 200}},
          .access = needs_with_role(operation),
          .handle = JsonHandler(handle)};
}

RestParameter group_parameter() {
  return {"GroupName", "groupName"};
}

}  // namespace

Operation create_schedule(Scheduler& scheduler) {
  return put(scheduler, "CreateSchedule", "POST", true);
}
Operation update_schedule(Scheduler& scheduler) {
  return put(scheduler, "UpdateSchedule", "PUT", false);
}

Operation get_schedule(Scheduler& scheduler) {
  static const Shape input = structure({required("Name", name_shape()), optional("GroupName", name_shape())});
  auto handle = [&scheduler](Call& call) -> Result<Json> {
    const std::string group = group_of(call.input), name = text_of(call.input, "Name");
    TRY_VOID(load_group(scheduler.context.store, scope_of(call), group));
    const auto schedule =
        storage::get_model<Schedule>(scheduler.context.store, schedule_key(scope_of(call), group, name));
    if (!schedule) return no_schedule(name);
    return shown(*schedule);
  };
  return {.name = "GetSchedule",
          .input = &input,
          .rest = {{"GET", "/schedules/{Name}", 200, {group_parameter()}}},
          .access = needs_on_schedule("GetSchedule"),
          .handle = JsonHandler(handle)};
}

Operation delete_schedule(Scheduler& scheduler) {
  static const Shape input = structure({required("Name", name_shape()), optional("GroupName", name_shape()),
                                        optional("ClientToken", client_token_shape())});
  auto handle = [&scheduler](Call& call) -> Result<Json> {
    const std::string name = text_of(call.input, "Name");
    const std::string key = schedule_key(scope_of(call), group_of(call.input), name);
    return scheduler.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
      if (!storage::get_document(txn, key)) return no_schedule(name);
      txn.erase(storage::Family::meta, key);
      txn.after_commit([&scheduler, key] { scheduler.firings->remove(key); });
      return Json::object();
    });
  };
  return {.name = "DeleteSchedule",
          .input = &input,
          .rest = {{"DELETE", "/schedules/{Name}", 200, {group_parameter(), {"ClientToken", "clientToken"}}}},
          .access = needs_on_schedule("DeleteSchedule"),
          .handle = JsonHandler(handle)};
}

Operation list_schedules(Scheduler& scheduler) {
  static const Shape input =
      structure({optional("GroupName", name_shape()), optional("NamePrefix", name_prefix_shape()),
                 optional("State", string().one_of({"ENABLED", "DISABLED"})), optional("NextToken", next_token_shape()),
                 optional("MaxResults", integer().range(1, 100))});
  auto handle = [&scheduler](Call& call) -> Result<Json> {
    const std::string prefix = text_of(call.input, "NamePrefix"), state = text_of(call.input, "State");
    std::vector<Json> items;
    for (const Schedule& schedule : storage::list_models<Schedule>(
             scheduler.context.store, schedules_prefix(scope_of(call), text_of(call.input, "GroupName")))) {
      if (!schedule.name.starts_with(prefix)) continue;
      if (!state.empty() && schedule.state != state) continue;
      items.push_back({{"Arn", schedule.arn},
                       {"Name", schedule.name},
                       {"GroupName", schedule.group},
                       {"State", schedule.state},
                       {"CreationDate", schedule.created_s},
                       {"LastModificationDate", schedule.modified_s},
                       {"Target", {{"Arn", text_of(schedule.target, "Arn")}}}});
    }
    return page_of(call, "Schedules", items, [](const Json& item) { return text_of(item, "Arn"); });
  };
  return {.name = "ListSchedules",
          .input = &input,
          .rest = {{"GET",
                    "/schedules",
                    200,
                    {{"GroupName", "ScheduleGroup"},
                     {"NamePrefix", "NamePrefix"},
                     {"State", "State"},
                     {"NextToken", "NextToken"},
                     {"MaxResults", "MaxResults", RestParameter::In::query, RestParameter::Type::integer}}}},
          .access = needs("ListSchedules", [](const Call& call) { return schedule_arn(scope_of(call), "*", "*"); }),
          .handle = JsonHandler(handle)};
}

}  // namespace millrace::scheduler
