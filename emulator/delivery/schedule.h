#pragma once
// Schedule expressions: rate(...), cron(...) and at(...), as EventBridge's rules and Scheduler take them.

#include <optional>
#include <string>
#include <string_view>

#include "emulator/base/clock.h"
#include "emulator/delivery/cron.h"
#include "emulator/delivery/time_zone.h"

namespace millrace::delivery {

class Schedule {
 public:
  enum class Kind { rate, cron, at };

  /// A rate's unit: rules take `1 hour` and `2 hours` alone; Scheduler takes `1 hours`, too, as its user guide writes it.
  enum class Units { by_number, either };

  /// nullopt for what AWS refuses. `at(...)` is Scheduler's alone: its rules refuse it.
  static std::optional<Schedule> parse(std::string_view text, Units units = Units::by_number);

  Kind kind() const { return kind_; }
  /// The first firing after `after` (exclusive), or nullopt: never again. A rate counts from `since`, which itself is
  /// a firing; the others are local times of `zone`.
  std::optional<Millis> next(Millis after, Millis since, const TimeZone& zone) const;

 private:
  Kind kind_ = Kind::rate;
  Millis interval_ms_ = 0;
  int64_t local_s_ = 0;  // at(...)
  Cron cron_;
};

}  // namespace millrace::delivery
