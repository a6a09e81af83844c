#pragma once
// Values of metric math, and what is worked out of two or of many of them.

#include <string>
#include <vector>

#include "emulator/services/cloudwatch/expression.h"

namespace millrace::cloudwatch {

/// A number, a series, or a list of series.
struct MathValue {
  enum class Kind { scalar, series, list, text } kind = Kind::scalar;
  double scalar = 0;
  Series series;
  std::vector<Labelled> list;
  std::string text;
};

/// Adds a point, unless it isn't a number: a division by zero gives none.
void keep_point(Series& series, int64_t at, double value);
/// `a op b`, time by time where both are series, and for each series of a list.
MathValue combined(const std::string& op, const MathValue& a, const MathValue& b);
/// SUM, AVG, MIN, MAX or STDDEV; 0 of nothing.
double aggregate_of(const std::string& name, const std::vector<double>& values);
/// What it costs to look at: its points, and its series.
size_t math_size(const MathValue& value);

}  // namespace millrace::cloudwatch
