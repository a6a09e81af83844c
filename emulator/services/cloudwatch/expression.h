#pragma once
// Metric math: the expressions of GetMetricData and of alarms over several metrics.

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "emulator/base/result.h"

namespace millrace::cloudwatch {

/// A time series: second to value.
using Series = std::map<int64_t, double>;

/// What an expression may refer to.
struct MathInput {
  std::map<std::string, Series> series;  // by the query's id
  std::vector<std::string> metrics;      // ids of those that are metrics, for METRICS()
  int64_t from_s = 0, to_s = 0, period_s = 60;
  /// How many points may yet be made of numbers and gaps, in all expressions of a request; what is beyond stays without.
  mutable size_t points_left = 1'000'000;
};

/// The names of other queries that an expression uses; METRICS() stands for all metrics (`uses_metrics`).
struct References {
  std::vector<std::string> ids;
  bool uses_metrics = false;
};
Result<References> references(const std::string& expression);

/// Error (ValidationError) for what can't be read or isn't built: SEARCH, SELECT, ANOMALY_DETECTION_BAND.
Result<Series> evaluate(const std::string& expression, const MathInput& input);

}  // namespace millrace::cloudwatch
