// Rules with a schedule: when they fire next, and what they send then.

#include "emulator/base/log.h"
#include "emulator/base/trace.h"
#include "emulator/delivery/schedule.h"
#include "emulator/services/eventbridge/events.h"

namespace millrace::eventbridge {

namespace {

/// A clock that jumps makes up for so many firings that it skipped, the newest; a server that was down for one.
constexpr size_t kMissedMax = 60;

std::optional<delivery::Schedule> schedule_of(const Rule& rule) {
  if (rule.is_disabled()) return std::nullopt;
  return delivery::Schedule::parse(rule.schedule.value_or(""));
}

std::optional<Millis> next_of(const delivery::Schedule& schedule, const Rule& rule, Millis after) {
  static const auto utc = delivery::TimeZone::find("UTC");
  return schedule.next(after, rule.since_ms, *utc);
}

/// The firings after `after` until now, oldest first; at most kMissedMax, the newest.
std::vector<Millis> due_firings(const delivery::Schedule& schedule, const Rule& rule, Millis now) {
  std::vector<Millis> out;
  auto due = next_of(schedule, rule, rule.fired_ms);
  while (due && *due <= now) {
    out.push_back(*due);
    if (out.size() > kMissedMax) out.erase(out.begin());
    due = next_of(schedule, rule, *due);
  }
  return out;
}

Event scheduled_event(Events& events, const BusName& bus, const Rule& rule, Millis due) {
  Event out;
  out.id = events.context.random.uuid();
  out.detail_type = "Scheduled Event";
  out.source = "aws.events";
  out.account = bus.scope.account;
  out.region = bus.scope.region;
  out.time = iso_seconds(due);
  out.resources = to_text(Json::array({rule.arn}));
  out.detail = "{}";
  return out;
}

/// The bus and rule that a rule_key() is of.
std::optional<BusName> bus_in(std::string_view key) {
  std::vector<std::string> parts;
  while (auto part = storage::take_part(key)) parts.push_back(std::move(*part));
  if (parts.size() != 6) return std::nullopt;
  return BusName{{parts[1], parts[2]}, parts[4]};
}

}  // namespace

void plan_rule(Events& events, const std::string& key, const Rule& rule) {
  auto schedule = schedule_of(rule);
  auto next = schedule ? next_of(*schedule, rule, rule.fired_ms) : std::nullopt;
  if (next) {
    events.firings->set(key, *next);
  } else {
    events.firings->remove(key);
  }
}

void plan_all(Events& events) {
  const Millis now = events.now();
  std::vector<std::pair<std::string, Rule>> planned;
  storage::each_model_anywhere<Rule>(events.context.store, "events", "rule", [&](std::string_view key, Rule rule) {
    const auto schedule = schedule_of(rule);
    if (!schedule) return;
    // What fell due while the server was down fires once.
    if (auto due = due_firings(*schedule, rule, now); due.size() > 1) rule.fired_ms = due[due.size() - 2];
    planned.emplace_back(key, std::move(rule));
  });
  if (planned.empty()) return;
  auto stored = events.context.store.transact([&](storage::Txn& txn) -> Result<void> {
    for (const auto& [key, rule] : planned) storage::put_model(txn, key, rule);
    return {};
  });
  if (stored.has_error()) log::error("scheduled rules: " + stored.error().message);
  for (const auto& [key, rule] : planned) plan_rule(events, key, rule);
}

void fire(Events& events, const std::string& key) {
  const auto bus = bus_in(key);
  if (!bus) return;
  auto fired = events.context.store.transact([&](storage::Txn& txn) -> Result<void> {
    auto rule = storage::get_model<Rule>(txn, key);
    auto schedule = rule ? schedule_of(*rule) : std::nullopt;
    if (!schedule) return {};
    Consequences consequences;
    for (Millis due : due_firings(*schedule, *rule, events.now())) {
      const Event event = scheduled_event(events, *bus, *rule, due);
      if (trace::on())
        trace::note({.kind = "event",
                     .key = event.id,
                     .subject = rule->arn,
                     .text = "rule " + rule->name + " fired for " + event.time});
      collect_rule(events, *bus, *rule, event, consequences);
      rule->fired_ms = due;
    }
    write(events, txn, consequences);
    storage::put_model(txn, key, *rule);
    txn.after_commit([&events, key, planned = *rule] { plan_rule(events, key, planned); });
    return {};
  });
  if (fired.has_error()) log::error("a scheduled rule: " + fired.error().message);
}

}  // namespace millrace::eventbridge
