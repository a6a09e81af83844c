#include "emulator/delivery/cron.h"

#include <array>
#include <functional>
#include <string>

#include "emulator/delivery/civil.h"

namespace millrace::delivery {

namespace {

using Names = std::vector<std::string_view>;
const Names kMonths = {"JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"};
const Names kWeekdays = {"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"};

std::vector<std::string_view> split(std::string_view text, char at) {
  std::vector<std::string_view> parts;
  while (true) {
    const size_t end = text.find(at);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

/// A number within the bounds, or a name that stands for one; -1.
int value_of(std::string_view text, int low, int high, const Names& names) {
  for (size_t i = 0; i < names.size(); ++i) {
    if (text == names[i]) return static_cast<int>(i) + 1;
  }
  if (text.empty() || text.size() > 4) return -1;
  int value = 0;
  for (char c : text) {
    if (c < '0' || c > '9') return -1;
    value = value * 10 + (c - '0');
  }
  return value >= low && value <= high ? value : -1;
}

/// `*`, `a`, `a-b`, each with `/n`; calls `set` for every value.
bool read_item(std::string_view item, int low, int high, const Names& names, const std::function<void(int)>& set) {
  const std::vector<std::string_view> steps = split(item, '/');
  if (steps.size() > 2) return false;
  int step = 1;
  if (steps.size() == 2 && (step = value_of(steps[1], 1, high, {})) < 1) return false;
  int first = low, last = high;
  if (steps[0] != "*") {
    const std::vector<std::string_view> ends = split(steps[0], '-');
    if (ends.size() > 2) return false;
    first = value_of(ends[0], low, high, names);
    last = ends.size() == 2 ? value_of(ends[1], low, high, names) : steps.size() == 2 ? high : first;
    if (first < 0 || last < 0) return false;
  }
  if (first <= last) {
    for (int value = first; value <= last; value += step) set(value);
  } else {  // FRI-MON goes round the end
    for (int value = first; value <= high + (last - low) + 1; value += step)
      set(value > high ? value - high - 1 + low : value);
  }
  return true;
}

bool read_field(std::string_view field, int low, int high, const Names& names, const std::function<void(int)>& set) {
  for (std::string_view item : split(field, ',')) {
    if (!read_item(item, low, high, names, set)) return false;
  }
  return true;
}

/// The weekday nearest to a date, within its month.
int nearest_weekday(int year, int month, int day) {
  const int last = days_in_month(year, month);
  if (day > last) day = last;
  const int on = weekday(days_from_civil({year, month, day}));
  if (on == 6) return day > 1 ? day - 1 : day + 2;
  if (on == 0) return day < last ? day + 1 : day - 2;
  return day;
}

}  // namespace

bool Cron::read_days_of_month(std::string_view field) {
  if (field == "?") {
    by_week_ = true;
    return true;
  }
  for (std::string_view item : split(field, ',')) {
    if (item == "L") {
      last_day_ = true;
    } else if (item == "LW") {
      last_weekday_ = true;
    } else if (item.starts_with("L-")) {
      if ((before_last_ = value_of(item.substr(2), 1, 30, {})) < 0) return false;
    } else if (item.ends_with('W')) {
      const int day = value_of(item.substr(0, item.size() - 1), 1, 31, {});
      if (day < 0) return false;
      nearest_weekdays_.push_back(day);
    } else if (!read_item(item, 1, 31, {}, [&](int day) { days_.set(static_cast<size_t>(day)); })) {
      return false;
    }
  }
  return true;
}

bool Cron::read_days_of_week(std::string_view field) {
  if (field == "?") return !by_week_;
  if (!by_week_) return false;  // one of the two says nothing
  for (std::string_view item : split(field, ',')) {
    const size_t hash = item.find('#');
    if (item == "L") {
      weekdays_.set(6);
    } else if (hash != std::string_view::npos) {
      const int day = value_of(item.substr(0, hash), 1, 7, kWeekdays), nth = value_of(item.substr(hash + 1), 1, 5, {});
      if (day < 0 || nth < 0) return false;
      nth_weekdays_.push_back({day - 1, nth});
    } else if (item.ends_with('L')) {
      const int day = value_of(item.substr(0, item.size() - 1), 1, 7, kWeekdays);
      if (day < 0) return false;
      nth_weekdays_.push_back({day - 1, 0});
    } else if (!read_item(item, 1, 7, kWeekdays, [&](int day) { weekdays_.set(static_cast<size_t>(day - 1)); })) {
      return false;
    }
  }
  return true;
}

std::optional<Cron> Cron::parse(std::string_view text) {
  std::vector<std::string_view> fields;
  for (std::string_view field : split(text, ' ')) {
    if (!field.empty()) fields.push_back(field);
  }
  if (fields.size() != 6) return std::nullopt;
  Cron out;
  const bool valid = read_field(fields[0], 0, 59, {}, [&](int v) { out.minutes_.set(static_cast<size_t>(v)); }) &&
                     read_field(fields[1], 0, 23, {}, [&](int v) { out.hours_.set(static_cast<size_t>(v)); }) &&
                     out.read_days_of_month(fields[2]) &&
                     read_field(fields[3], 1, 12, kMonths, [&](int v) { out.months_.set(static_cast<size_t>(v)); }) &&
                     out.read_days_of_week(fields[4]) && read_field(fields[5], kFirstYear, kLastYear, {}, [&](int v) {
                       out.years_.set(static_cast<size_t>(v - kFirstYear));
                     });
  if (!valid) return std::nullopt;
  return out;
}

bool Cron::date_matches(int64_t days) const {
  const CivilDate date = civil_from_days(days);
  const int last = days_in_month(date.year, date.month);
  if (!by_week_) {
    if (days_.test(static_cast<size_t>(date.day)) || (last_day_ && date.day == last)) return true;
    if (before_last_ > 0 && date.day == last - before_last_) return true;
    if (last_weekday_ && date.day == nearest_weekday(date.year, date.month, last)) return true;
    for (int day : nearest_weekdays_) {
      if (day <= last && date.day == nearest_weekday(date.year, date.month, day)) return true;
    }
    return false;
  }
  const int on = weekday(days);
  if (weekdays_.test(static_cast<size_t>(on))) return true;
  for (const NthWeekday& wanted : nth_weekdays_) {
    const bool there = wanted.nth == 0 ? date.day + 7 > last : (date.day - 1) / 7 + 1 == wanted.nth;
    if (wanted.weekday == on && there) return true;
  }
  return false;
}

std::optional<int64_t> Cron::next(int64_t utc_s, const TimeZone& zone) const {
  const int64_t local = utc_s + zone.offset_s(utc_s);
  int64_t days = (local >= 0 ? local : local - 86399) / 86400 - 1;  // the day before: clocks may have gone back
  while (true) {
    const CivilDate date = civil_from_days(days);
    if (date.year > kLastYear) return std::nullopt;
    if (date.year < kFirstYear || !years_.test(static_cast<size_t>(date.year - kFirstYear))) {
      days = days_from_civil({date.year + 1, 1, 1});
      continue;
    }
    if (!months_.test(static_cast<size_t>(date.month))) {
      days += days_in_month(date.year, date.month) - date.day + 1;
      continue;
    }
    const bool matches = date_matches(days);
    for (int hour = 0; hour < 24 && matches; ++hour) {
      if (!hours_.test(static_cast<size_t>(hour))) continue;
      for (int minute = 0; minute < 60; ++minute) {
        if (!minutes_.test(static_cast<size_t>(minute))) continue;
        const auto at = zone.utc_of(days * 86400 + hour * 3600 + minute * 60);
        if (at && *at > utc_s) return at;
      }
    }
    ++days;
  }
}

}  // namespace millrace::delivery
