#pragma once
// The values that Insights' expressions work on. Text that reads as a number compares and computes as one; booleans
// are 1 and 0.

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "emulator/base/clock.h"

namespace millrace::logs::insights {

/// A point in time: computes as milliseconds, prints as `2024-01-31 09:05:07.000`.
struct Time {
  Millis ms = 0;
};

/// Absent, a number, a text, a time.
using Value = std::variant<std::monostate, double, std::string, Time>;

inline bool is_absent(const Value& value) { return std::holds_alternative<std::monostate>(value); }
inline Value boolean_value(bool value) { return value ? 1.0 : 0.0; }

/// The number that the value is or reads as.
std::optional<double> number_of(const Value& value);
/// As results show it; absent values are empty.
std::string text_of(const Value& value);
/// What a filter makes of it: absent, empty, "false" and 0 are false.
bool is_true(const Value& value);

/// Less than 0, 0, more than 0: numbers by value, everything else by bytes; absent values come last, texts before
/// numbers.
int order(const Value& a, const Value& b);

/// Whole numbers without a point, others with at most four decimals, as AWS prints them.
std::string number_text(double value);
/// `2024-01-31 09:05:07.123`
std::string time_text(Millis ms);

}  // namespace millrace::logs::insights
