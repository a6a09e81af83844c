// When schedules fire, and what they send then.

#include <map>

#include "emulator/base/arn.h"
#include "emulator/base/log.h"
#include "emulator/base/trace.h"
#include "emulator/delivery/schedule.h"
#include "emulator/delivery/service_targets.h"
#include "emulator/services/scheduler/scheduler.h"

namespace millrace::scheduler {

namespace {

/// A clock that jumps makes up for so many firings that it skipped, the newest; a server that was down for one.
constexpr size_t kMissedMax = 60;

std::optional<Millis> next_of(const Schedule& schedule, Millis after) {
  auto parsed = delivery::Schedule::parse(schedule.expression, delivery::Schedule::Units::either);
  auto zone = delivery::TimeZone::find(schedule.zone);
  if (!parsed || !zone || schedule.state == "DISABLED") return std::nullopt;
  auto next = parsed->next(after, schedule.since_ms, *zone);
  const bool bounded = parsed->kind() != delivery::Schedule::Kind::at && schedule.end_ms;
  if (next && bounded && *next > *schedule.end_ms) return std::nullopt;
  return next;
}

std::vector<Millis> due_firings(const Schedule& schedule, Millis now, size_t most) {
  std::vector<Millis> out;
  auto due = next_of(schedule, schedule.fired_ms);
  while (due && *due <= now) {
    out.push_back(*due);
    if (out.size() > most) out.erase(out.begin());
    due = next_of(schedule, *due);
  }
  return out;
}

void replace_all(std::string& text, std::string_view from, const std::string& to) {
  for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
}

struct Firing {
  Scope scope;
  const Schedule& schedule;
  Millis due;
  std::string execution_id;
};

/// Without an Input functions get an event whose detail is a text [obs].
std::string payload_of(Scheduler& scheduler, const Firing& firing) {
  const std::string arn = firing.schedule.arn, time = iso_seconds(firing.due);
  const Json& target = firing.schedule.target;
  if (!find(target, "Input")) {
    return to_text({{"version", "0"},
                    {"id", scheduler.context.random.uuid()},
                    {"detail-type", "Scheduled Event"},
                    {"source", "aws.scheduler"},
                    {"account", firing.scope.account},
                    {"time", time},
                    {"region", firing.scope.region},
                    {"resources", Json::array({arn})},
                    {"detail", "{}"}});
  }
  std::string out = text_of(target, "Input");
  replace_all(out, "<aws.scheduler.schedule-arn>", arn);
  replace_all(out, "<aws.scheduler.scheduled-time>", time);
  replace_all(out, "<aws.scheduler.execution-id>", firing.execution_id);
  replace_all(out, "<aws.scheduler.attempt-number>", "1");  // unverified: the number of a retry isn't put in
  return out;
}

/// `https://sqs.R.amazonaws.com/A/name`, whatever its host.
std::string queue_arn(const Scope& scope, const std::string& url) {
  const size_t name = url.rfind('/');
  if (name == std::string::npos || name == 0) return "";
  const size_t account = url.rfind('/', name - 1);
  return make_arn("sqs", scope.region, url.substr(account + 1, name - account - 1), url.substr(name + 1));
}

/// `arn:aws:scheduler:::aws-sdk:sqs:sendMessage`: the operation's members are the Input. Those that send something go the
/// way of every message; others are called (delivery/service_targets.h), or fail and say so.
bool read_universal(const Firing& firing, const std::string& action, delivery::Delivery& out) {
  const Json input = parse_json(out.message.body).value_or(Json::object());
  if (action == "sqs:sendMessage") {
    out.target_arn = queue_arn(firing.scope, text_of(input, "QueueUrl"));
    out.message.body = text_of(input, "MessageBody");
    for (const char* member : {"MessageGroupId", "MessageDeduplicationId"}) {
      if (find(input, member)) out.message.parameters[member] = text_of(input, member);
    }
  } else if (action == "sns:publish") {
    out.target_arn = text_of(input, "TopicArn");
    out.message.body = text_of(input, "Message");
    out.message.subject = text_of(input, "Subject");
  } else if (action == "lambda:invoke") {
    const std::string name = text_of(input, "FunctionName");
    out.target_arn = name.starts_with("arn:")
                         ? name
                         : make_arn("lambda", firing.scope.region, firing.scope.account, "function:" + name);
    const Json* payload = find(input, "Payload");
    out.message.body = !payload ? "{}" : payload->is_string() ? payload->get<std::string>() : to_text(*payload);
  } else {
    return false;
  }
  return true;
}

void add_parameters(const Json& target, delivery::Delivery& out) {
  if (const Json* sqs = find(target, "SqsParameters"))
    out.message.parameters["MessageGroupId"] = text_of(*sqs, "MessageGroupId");
  if (const Json* bus = find(target, "EventBridgeParameters")) {
    out.message.parameters["DetailType"] = text_of(*bus, "DetailType");
    out.message.parameters["Source"] = text_of(*bus, "Source");
  }
}

delivery::Delivery delivery_of(Scheduler& scheduler, const Firing& firing) {
  const Json& target = firing.schedule.target;
  const std::string arn = text_of(target, "Arn");
  delivery::Delivery out;
  out.origin = firing.schedule.arn;
  out.cause = firing.execution_id;
  out.target_arn = arn;
  out.sender = {text_of(target, "RoleArn"), "", "", firing.scope.account, firing.scope.region};
  out.dead_letter_sender = out.sender;
  out.message.body = payload_of(scheduler, firing);
  add_parameters(target, out);
  const Json& retry = target.at("RetryPolicy");
  out.retry = {int_of(retry, "MaximumEventAgeInSeconds", 86'400), int_of(retry, "MaximumRetryAttempts", 185)};
  out.plain_error_codes = true;
  out.metrics_namespace = "AWS/Scheduler";
  out.dimensions["ScheduleGroup"] = firing.schedule.group;
  if (const Json* queue = find(target, "DeadLetterConfig")) {
    out.dead_letter_arn = text_of(*queue, "Arn");
    out.dead_letter.body = out.message.body;
    const std::pair<const char*, std::string> attributes[] = {{"EXECUTION_ID", firing.execution_id},
                                                              {"SCHEDULED_TIME", iso_seconds(firing.due)},
                                                              {"SCHEDULE_ARN", firing.schedule.arn},
                                                              {"TARGET_ARN", arn},
                                                              {"IS_PAYLOAD_TRUNCATED", "false"}};
    for (const auto& [name, value] : attributes) out.dead_letter.attributes[name] = {"String", value};
  }
  const bool is_universal = arn.starts_with(delivery::kUniversalTarget);
  if (is_universal && !read_universal(firing, arn.substr(delivery::kUniversalTarget.size()), out) &&
      !delivery::ServiceTargets::can_call(arn)) {
    out.problem_code = "NotImplemented";
    out.problem = "The target " + arn + " is not implemented.";
  }
  return out;
}

/// The schedule that a schedule_key() is of.
std::optional<Scope> scope_in(std::string_view key) {
  std::vector<std::string> parts;
  while (auto part = storage::take_part(key)) parts.push_back(std::move(*part));
  if (parts.size() != 6) return std::nullopt;
  return Scope{parts[1], parts[2]};
}

/// Sends what is due; true if the schedule is over.
void send_due(Scheduler& scheduler, storage::Txn& txn, const Scope& scope, Schedule& schedule) {
  for (Millis due : due_firings(schedule, scheduler.now(), kMissedMax)) {
    const std::string execution = scheduler.context.random.uuid();
    if (trace::on())
      trace::note({.kind = "event",
                   .key = execution,
                   .subject = schedule.arn,
                   .text = "schedule " + schedule.name + " fired for " + iso_seconds(due)});
    scheduler.deliveries.add(txn, delivery_of(scheduler, {scope, schedule, due, execution}));
    schedule.fired_ms = due;
  }
}

}  // namespace

void plan(Scheduler& scheduler, const std::string& key, const Schedule& schedule) {
  auto next = next_of(schedule, schedule.fired_ms);
  if (!next) return scheduler.firings->remove(key);
  const int64_t minutes = int_of(schedule.window, "MaximumWindowInMinutes");
  const Millis later =
      minutes > 0 ? static_cast<Millis>(scheduler.context.random.below(static_cast<uint64_t>(minutes) * 60'000)) : 0;
  scheduler.firings->set(key, *next + later);
}

void plan_all(Scheduler& scheduler) {
  std::vector<std::pair<std::string, Schedule>> all;
  storage::each_model_anywhere<Schedule>(
      scheduler.context.store, "scheduler", "schedule", [&](std::string_view key, Schedule schedule) {
        if (auto due = due_firings(schedule, scheduler.now(), kMissedMax); due.size() > 1)
          schedule.fired_ms = due[due.size() - 2];
        all.emplace_back(key, std::move(schedule));
      });
  if (all.empty()) return;
  auto stored = scheduler.context.store.transact([&](storage::Txn& txn) -> Result<void> {
    for (const auto& [key, schedule] : all) storage::put_model(txn, key, schedule);
    return {};
  });
  if (stored.has_error()) log::error("schedules: " + stored.error().message);
  for (const auto& [key, schedule] : all) plan(scheduler, key, schedule);
}

void fire(Scheduler& scheduler, const std::string& key) {
  const auto scope = scope_in(key);
  if (!scope) return;
  auto fired = scheduler.context.store.transact([&](storage::Txn& txn) -> Result<void> {
    auto schedule = storage::get_model<Schedule>(txn, key);
    if (!schedule) return {};
    send_due(scheduler, txn, *scope, *schedule);
    const bool over = !next_of(*schedule, schedule->fired_ms);
    if (over && schedule->after_completion == "DELETE") {
      txn.erase(storage::Family::meta, key);
      return {};
    }
    storage::put_model(txn, key, *schedule);
    txn.after_commit([&scheduler, key, planned = *schedule] { plan(scheduler, key, planned); });
    return {};
  });
  if (fired.has_error()) log::error("a schedule: " + fired.error().message);
}

std::string explain(Scheduler& scheduler, const std::string& name) {
  std::string out;
  storage::each_model_anywhere<Schedule>(
      scheduler.context.store, "scheduler", "schedule", [&](std::string_view key, const Schedule& schedule) {
        if (name != schedule.name && name != schedule.arn && name != schedule.group) return;
        const auto next = scheduler.firings->next(std::string(key));
        out += "schedule " + schedule.name + " in group " + schedule.group + ": " + schedule.state + "\n  " +
               schedule.expression + " in " + schedule.zone + ", " +
               (next ? "fires next at " + iso_seconds(*next) : std::string("doesn't fire any more")) + "\n";
        if (schedule.fired_ms > 0) out += "  the last firing was due at " + iso_seconds(schedule.fired_ms) + "\n";
        out += "  target: " + text_of(schedule.target, "Arn") + "\n" + scheduler.deliveries.told_outcomes(schedule.arn);
      });
  return out;
}

}  // namespace millrace::scheduler
