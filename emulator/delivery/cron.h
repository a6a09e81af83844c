#pragma once
// Cron expressions of six fields: minutes, hours, day of month, month, day of week, year.

#include <bitset>
#include <optional>
#include <string_view>
#include <vector>

#include "emulator/delivery/time_zone.h"

namespace millrace::delivery {

class Cron {
 public:
  /// The text between cron's parentheses; nullopt for what AWS refuses.
  static std::optional<Cron> parse(std::string_view text);
  /// The first matching minute after `utc_s` (exclusive), in UTC seconds; nullopt: never again. A local time that clocks
  /// skip doesn't fire, one that comes twice fires the first time.
  std::optional<int64_t> next(int64_t utc_s, const TimeZone& zone) const;

 private:
  static constexpr int kFirstYear = 1970, kLastYear = 2199;
  struct NthWeekday {
    int weekday;
    int nth;  // 1 to 5; 0: the month's last
  };
  bool read_days_of_month(std::string_view field);
  bool read_days_of_week(std::string_view field);
  bool date_matches(int64_t days) const;

  std::bitset<60> minutes_;
  std::bitset<24> hours_;
  std::bitset<32> days_;
  std::vector<int> nearest_weekdays_;  // 15W
  bool last_day_ = false;              // L
  int before_last_ = 0;                // L-3
  bool last_weekday_ = false;          // LW
  bool by_week_ = false;               // the day of month is `?`
  std::bitset<13> months_;
  std::bitset<7> weekdays_;  // 0 is Sunday
  std::vector<NthWeekday> nth_weekdays_;
  std::bitset<kLastYear - kFirstYear + 1> years_;
};

}  // namespace millrace::delivery
