// Rotation rules: AutomaticallyAfterDays, rate(...) and cron(...), in UTC.

#include "emulator/delivery/schedule.h"
#include "emulator/services/secretsmanager/manager.h"
#include "emulator/services/secretsmanager/rotator.h"

namespace millrace::secretsmanager {

namespace {

constexpr Millis kHourMs = 3600 * 1000;
constexpr Millis kDayMs = 24 * kHourMs;
constexpr Millis kShortestMs = 4 * kHourMs;
constexpr Millis kLongestMs = 999 * kDayMs;

std::optional<Millis> next_of(const delivery::Schedule& schedule, Millis last) {
  return schedule.next(last, last, *delivery::TimeZone::find("UTC"));
}

}  // namespace

Result<void> check_rules(const Json& rules) {
  const std::string text = text_of(rules, "ScheduleExpression");
  if (text.empty()) return {};
  using Kind = delivery::Schedule::Kind;
  const auto schedule = delivery::Schedule::parse(text);
  const auto interval = schedule && schedule->kind() == Kind::rate ? next_of(*schedule, 0) : std::nullopt;
  const bool odd = interval && (*interval < kShortestMs || *interval > kLongestMs);
  if (schedule && schedule->kind() != Kind::at && !odd) return {};
  return bad_parameter("Invalid ScheduleExpression: " + text);  // unverified
}

std::optional<Millis> next_rotation(const Rotation& rotation, Millis last) {
  const Json rules = rotation.rules.value_or(Json::object());
  if (const std::string text = text_of(rules, "ScheduleExpression"); !text.empty()) {
    const auto schedule = delivery::Schedule::parse(text);
    return schedule ? next_of(*schedule, last) : std::nullopt;
  }
  if (auto days = optional_int(rules, "AutomaticallyAfterDays")) return last + *days * kDayMs;
  return std::nullopt;
}

}  // namespace millrace::secretsmanager
