#pragma once
// Time is injected. Clock tells it; Timers run functions when it comes. Both can be frozen, set and advanced
// (the admin API's /_millrace/clock does that to the server's), so nothing in the program sleeps or asks the
// system for the time of day.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace millrace {

/// Milliseconds since the epoch.
using Millis = int64_t;

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Millis now_ms() const = 0;
  int64_t now_s() const { return now_ms() / 1000; }
};

using TimerId = uint64_t;

class Timers {
 public:
  virtual ~Timers() = default;
  /// Runs `fn` once, on the timer thread, as soon as the clock shows `at` or later. `fn` must be short: it posts
  /// work elsewhere. Returns an id for cancel().
  virtual TimerId at(Millis at, std::function<void()> fn) = 0;
  /// Forgets the timer; false if it has run or is running.
  virtual bool cancel(TimerId id) = 0;
};

/// The server's clock: the system's time until somebody freezes, sets or advances it. Thread-safe.
class EmulatorClock final : public Clock, public Timers {
 public:
  EmulatorClock();
  ~EmulatorClock() override;

  Millis now_ms() const override;
  TimerId at(Millis at, std::function<void()> fn) override;
  bool cancel(TimerId id) override;

  void freeze();
  void resume();  // goes on from the time it shows
  void set(Millis now);
  void advance(Millis by);
  bool frozen() const;
  /// When the next timer is due, or -1 if none waits.
  Millis next_timer_ms() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// A clock that tests own: it moves only when told, and runs due timers inside advance(), in order of time.
class ManualClock final : public Clock, public Timers {
 public:
  explicit ManualClock(Millis start = 1'700'000'000'000);
  ~ManualClock() override;
  Millis now_ms() const override;
  TimerId at(Millis at, std::function<void()> fn) override;
  bool cancel(TimerId id) override;
  void advance(Millis by);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// `2024-01-31T09:05:07Z`
std::string iso_seconds(Millis t);
/// `2024-01-31T09:05:07.123Z`
std::string iso_millis(Millis t);
/// `Wed, 31 Jan 2024 09:05:07 GMT`
std::string http_date(Millis t);
/// Parses `2024-01-31T09:05:07[.123]Z` or with an offset `+hh:mm`, or a date alone; -1 if it is none of these.
Millis parse_iso(const std::string& text);
/// Parses an RFC 1123 date; -1 if it isn't one.
Millis parse_http_date(const std::string& text);
/// Breaks t into UTC calendar parts.
struct CalendarTime {
  int year, month, day, hour, minute, second, millisecond;
};
CalendarTime calendar(Millis t);

}  // namespace millrace
