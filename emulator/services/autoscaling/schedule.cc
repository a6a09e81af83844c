// Schedules of actions: at(...), rate(...) and cron(...) in their time zone, within StartTime and EndTime.

#include "emulator/delivery/schedule.h"
#include "emulator/base/epoch.h"
#include "emulator/services/autoscaling/scaling.h"

namespace millrace::autoscaling {

namespace {

Millis bound(const Json& action, const char* member, Millis otherwise) {
  const Json* value = find(action, member);
  return value && value->is_number() ? millis_of_epoch(value->get<double>()) : otherwise;
}

}  // namespace

Result<void> check_schedule(const std::string& schedule, const std::string& zone) {
  if (!zone.empty() && !delivery::TimeZone::find(zone)) return bad("Unknown time zone: " + zone);  // unverified
  if (delivery::Schedule::parse(schedule)) return {};
  return bad("Schedule expression is not valid: " + schedule);  // unverified
}

std::optional<Millis> next_firing(const Json& action, Millis after) {
  const auto schedule = delivery::Schedule::parse(text_of(action, "Schedule"));
  const auto zone = delivery::TimeZone::find(text_of(action, "Timezone", "UTC"));
  if (!schedule || !zone) return std::nullopt;
  const Millis from = std::max(after, bound(action, "StartTime", 0) - 1);
  const Millis since = bound(action, "StartTime", bound(action, "CreationTime", 0));
  const auto next = schedule->next(from, since, *zone);
  return next && *next <= bound(action, "EndTime", INT64_MAX) ? next : std::nullopt;
}

}  // namespace millrace::autoscaling
