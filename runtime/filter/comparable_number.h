#pragma once

#include <optional>
#include <string_view>

namespace millrace::filter {

/// The value of a JSON number that a double holds without losing a digit: its shortest decimal form is the
/// same number. nullopt for others (more than about 17 significant digits, overflow, underflow), which
/// patterns compare by their text and which no `numeric` accepts. `300`, `300.0` and `3e2` are the same
/// number. Source: the published rule engine's comparison of numbers.
std::optional<double> comparable_number(std::string_view literal);

}  // namespace millrace::filter
