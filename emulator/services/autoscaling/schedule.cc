// Schedules of actions: at(...) and rate(...), within StartTime and EndTime.

#include <charconv>

#include "emulator/services/autoscaling/scaling.h"

namespace millrace::autoscaling {

namespace {

constexpr Millis kMinuteMs = 60'000;

/// `at(2030-01-01T09:00:00)`; -1: it isn't one.
Millis at_ms(const std::string& text) {
  if (!text.starts_with("at(") || !text.ends_with(')')) return -1;
  return parse_iso(text.substr(3, text.size() - 4) + "Z");
}

/// `rate(5 minutes)`; 0: it isn't one.
Millis rate_ms(const std::string& text) {
  if (!text.starts_with("rate(") || !text.ends_with(')')) return 0;
  int64_t count = 0;
  const char* end = text.data() + text.size() - 1;
  const auto [at, error] = std::from_chars(text.data() + 5, end, count);
  if (error != std::errc() || at == end || *at != ' ' || count < 1) return 0;
  const std::string unit(at + 1, end);
  if (unit == "minute" || unit == "minutes") return count * kMinuteMs;
  if (unit == "hour" || unit == "hours") return count * 60 * kMinuteMs;
  if (unit == "day" || unit == "days") return count * 24 * 60 * kMinuteMs;
  return 0;
}

Millis bound(const Json& action, const char* member, Millis otherwise) {
  const Json* value = find(action, member);
  return value && value->is_number() ? static_cast<Millis>(value->get<double>() * 1000) : otherwise;
}

}  // namespace

Result<void> check_schedule(const std::string& schedule) {
  if (at_ms(schedule) >= 0 || rate_ms(schedule) > 0) return {};
  if (schedule.starts_with("cron(")) return AwsError(errors::not_implemented, "Schedule cron(...) is not implemented.");
  return bad("Schedule expression is not valid: " + schedule);  // unverified
}

std::optional<Millis> next_firing(const Json& action, Millis after) {
  const std::string schedule = text_of(action, "Schedule");
  const Millis from = std::max(after, bound(action, "StartTime", 0) - 1);
  std::optional<Millis> next;
  if (const Millis at = at_ms(schedule); at > from) next = at;
  if (const Millis every = rate_ms(schedule)) {
    const Millis since = bound(action, "StartTime", bound(action, "CreationTime", 0));
    next = since + ((from - since) / every + 1) * every;
  }
  if (next && *next > bound(action, "EndTime", INT64_MAX)) return std::nullopt;
  return next;
}

}  // namespace millrace::autoscaling
