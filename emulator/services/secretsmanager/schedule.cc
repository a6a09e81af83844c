// Rotation rules: AutomaticallyAfterDays, rate(...) and cron(...).

#include <charconv>

#include "emulator/services/secretsmanager/manager.h"
#include "emulator/services/secretsmanager/rotator.h"

namespace millrace::secretsmanager {

namespace {

constexpr Millis kHourMs = 3600 * 1000;
constexpr Millis kDayMs = 24 * kHourMs;
constexpr Millis kShortestMs = 4 * kHourMs;

/// `rate(10 days)`, `rate(4 hours)`; 0: it isn't one.
Millis rate_ms(const std::string& text) {
  if (!text.starts_with("rate(") || !text.ends_with(')')) return 0;
  int64_t count = 0;
  const char* end = text.data() + text.size() - 1;
  const auto [at, error] = std::from_chars(text.data() + 5, end, count);
  if (error != std::errc() || at == end || *at != ' ' || count < 1) return 0;
  const std::string unit(at + 1, end);
  if (unit == "day" || unit == "days") return count * kDayMs;
  if (unit == "hour" || unit == "hours") return count * kHourMs;
  return 0;
}

}  // namespace

Result<void> check_rules(const Json& rules) {
  const std::string text = text_of(rules, "ScheduleExpression");
  if (text.empty()) return {};
  if (text.starts_with("cron("))
    return AwsError(errors::not_implemented, "RotationRules.ScheduleExpression cron(...) is not implemented.");
  const Millis every = rate_ms(text);
  if (every < kShortestMs || every > 999 * kDayMs)  // unverified
    return bad_parameter("Invalid ScheduleExpression: " + text);
  return {};
}

std::optional<Millis> next_rotation(const Json& rules, Millis last) {
  if (const Millis every = rate_ms(text_of(rules, "ScheduleExpression"))) return last + every;
  if (auto days = optional_int(rules, "AutomaticallyAfterDays")) return last + *days * kDayMs;
  return std::nullopt;
}

}  // namespace millrace::secretsmanager
