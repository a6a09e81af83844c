#include "emulator/delivery/schedule.h"

#include "emulator/delivery/civil.h"

namespace millrace::delivery {

namespace {

constexpr size_t kDigitsMax = 9;

bool digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

/// `5 minutes`. 0: it isn't one.
Millis interval_of(std::string_view text, Schedule::Units units) {
  const size_t blank = text.find(' ');
  if (blank == std::string_view::npos || blank > kDigitsMax || !digits(text.substr(0, blank))) return 0;
  const int64_t count = std::stoll(std::string(text.substr(0, blank)));
  std::string_view unit = text.substr(blank + 1);
  const bool plural = unit.ends_with('s');
  if (plural != (count != 1) && units == Schedule::Units::by_number) return 0;
  if (plural) unit.remove_suffix(1);
  const Millis each = unit == "minute" ? 60'000 : unit == "hour" ? 3'600'000 : unit == "day" ? 86'400'000 : 0;
  return count * each;
}

/// `2026-11-30T12:00:00` as seconds of a local time.
std::optional<int64_t> local_time_of(std::string_view text) {
  constexpr std::string_view kForm = "dddd-dd-ddTdd:dd:dd";
  if (text.size() != kForm.size()) return std::nullopt;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool fits = kForm[i] == 'd' ? text[i] >= '0' && text[i] <= '9' : text[i] == kForm[i];
    if (!fits) return std::nullopt;
  }
  auto number = [&](size_t at, size_t n) { return std::stoi(std::string(text.substr(at, n))); };
  const CivilDate date{number(0, 4), number(5, 2), number(8, 2)};
  const int hour = number(11, 2), minute = number(14, 2), second = number(17, 2);
  if (date.month < 1 || date.month > 12 || date.day < 1 || date.day > days_in_month(date.year, date.month))
    return std::nullopt;
  if (hour > 23 || minute > 59 || second > 59) return std::nullopt;
  return days_from_civil(date) * 86400 + hour * 3600 + minute * 60 + second;
}

}  // namespace

std::optional<Schedule> Schedule::parse(std::string_view text, Units units) {
  const size_t open = text.find('(');
  if (open == std::string_view::npos || !text.ends_with(')')) return std::nullopt;
  const std::string_view name = text.substr(0, open), inner = text.substr(open + 1, text.size() - open - 2);
  Schedule out;
  if (name == "rate") {
    out.interval_ms_ = interval_of(inner, units);
    if (out.interval_ms_ == 0) return std::nullopt;
    return out;
  }
  if (name == "cron") {
    auto cron = Cron::parse(inner);
    if (!cron) return std::nullopt;
    out.kind_ = Kind::cron;
    out.cron_ = std::move(*cron);
    return out;
  }
  auto local = name == "at" ? local_time_of(inner) : std::nullopt;
  if (!local) return std::nullopt;
  out.kind_ = Kind::at;
  out.local_s_ = *local;
  return out;
}

std::optional<Millis> Schedule::next(Millis after, Millis since, const TimeZone& zone) const {
  if (kind_ == Kind::rate) return after < since ? since : since + ((after - since) / interval_ms_ + 1) * interval_ms_;
  const int64_t after_s = after >= 0 ? after / 1000 : (after - 999) / 1000;
  const auto at_s = kind_ == Kind::cron ? cron_.next(after_s, zone) : zone.utc_of(local_s_);
  if (!at_s || *at_s * 1000 <= after) return std::nullopt;
  return *at_s * 1000;
}

}  // namespace millrace::delivery
