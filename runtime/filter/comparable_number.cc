#include "runtime/filter/comparable_number.h"

#include <charconv>
#include <cmath>
#include <cstdint>
#include <string>

namespace millrace::filter {

namespace {

/// A decimal number as its significant digits (no zeros at either end) and the power of ten of the last one.
struct Decimal {
  std::string digits;
  int64_t exponent = 0;
  friend bool operator==(const Decimal&, const Decimal&) = default;
};

Decimal decimal_of(std::string_view literal) {
  Decimal result;
  if (literal.starts_with('-')) literal.remove_prefix(1);
  size_t i = 0;
  bool fraction = false;
  for (; i < literal.size() && literal[i] != 'e' && literal[i] != 'E'; ++i) {
    if (literal[i] == '.') {
      fraction = true;
      continue;
    }
    result.digits += literal[i];
    if (fraction) --result.exponent;
  }
  if (i < literal.size()) {
    std::string_view written = literal.substr(i + 1);
    if (written.starts_with('+')) written.remove_prefix(1);
    int64_t exponent = 0;
    auto [end, error] = std::from_chars(written.data(), written.data() + written.size(), exponent);
    // An exponent beyond all measure can't be a double's; any value that differs from a double's will do.
    if (error != std::errc()) exponent = INT32_MAX;
    result.exponent += exponent;
  }
  size_t first = result.digits.find_first_not_of('0');
  if (first == std::string::npos) return {};
  size_t last = result.digits.find_last_not_of('0');
  result.exponent += static_cast<int64_t>(result.digits.size() - 1 - last);
  result.digits = result.digits.substr(first, last - first + 1);
  return result;
}

}  // namespace

std::optional<double> comparable_number(std::string_view literal) {
  double value = 0;
  auto [end, error] = std::from_chars(literal.data(), literal.data() + literal.size(), value);
  if (end != literal.data() + literal.size() || error != std::errc() || !std::isfinite(value)) return std::nullopt;
  // Fifteen digits or fewer always survive the way to a double and back.
  if (literal.size() <= 15 && literal.find_first_of("eE") == std::string_view::npos) return value + 0.0;
  char shortest[32];
  auto written = std::to_chars(shortest, shortest + sizeof shortest, value);
  if (decimal_of(literal) != decimal_of({shortest, static_cast<size_t>(written.ptr - shortest)})) return std::nullopt;
  return value + 0.0;  // -0 becomes 0
}

}  // namespace millrace::filter
