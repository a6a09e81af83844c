#pragma once
// The values that Insights' expressions work on. Text that reads as a number compares and computes as one; booleans
// are 1 and 0.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "emulator/base/clock.h"
#include "emulator/base/json.h"

namespace millrace::logs::insights {

/// A point in time: computes as milliseconds, prints as `2024-01-31 09:05:07.000`.
struct Time {
  Millis ms = 0;
};

/// A map or a list that jsonParse made of a text; prints as its JSON.
struct Structure {
  std::shared_ptr<const Json> json;  // an object or an array, never null
  size_t bytes = 0;                  // of the document that it is part of, about
};

/// Absent, a number, a text, a time, a map or list.
using Value = std::variant<std::monostate, double, std::string, Time, Structure>;

inline bool is_absent(const Value& value) {
  return std::holds_alternative<std::monostate>(value);
}
inline Value boolean_value(bool value) {
  return value ? 1.0 : 0.0;
}

/// A JSON document's value: null is absent, booleans are 1 and 0 (unverified), numbers as they are written.
Value value_of_json(const Json& json);
/// A part of a structure: a map or list stays one.
Value part_of(const Structure& whole, const Json& part);

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
