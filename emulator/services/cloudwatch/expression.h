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

/// One of several that an expression gives: SEARCH, METRICS().
struct Labelled {
  std::string label;
  Series series;
};

inline constexpr size_t kSeriesMax = 500;            // that a list may have, and one SEARCH finds
inline constexpr size_t kPointsUsedMax = 4'000'000;  // of one expression; ours: half a second, 256 MB at worst

/// What an expression may refer to.
struct MathInput {
  std::map<std::string, Series> series;                // by the query's id
  std::map<std::string, std::vector<Labelled>> lists;  // of queries that give several, by their ids
  std::vector<std::string> metrics;                    // ids of those that are metrics, for METRICS()
  int64_t from_s = 0, to_s = 0, period_s = 60;
  /// How many points may yet be made of numbers and gaps, in all expressions of a request; what is beyond stays without.
  mutable size_t points_left = 1'000'000;
  /// Points and series that expressions copied or worked out so far; set it to 0 before one that may take kPointsUsedMax.
  mutable size_t points_used = 0;
  /// SEARCH: the metrics that fit; empty: there is none to ask.
  std::function<Result<std::vector<Labelled>>(const std::string& terms, const std::string& statistic, int64_t period_s)>
      search = {};
};

/// The names of other queries that an expression uses; METRICS() stands for all metrics (`uses_metrics`).
struct References {
  std::vector<std::string> ids;
  bool uses_metrics = false;
};
Result<References> references(const std::string& expression);

/// All that the expression gives, mostly one. Error (ValidationError) for what can't be read or isn't built: SELECT,
/// ANOMALY_DETECTION_BAND.
Result<std::vector<Labelled>> evaluate_all(const std::string& expression, const MathInput& input);
/// The same of one that must give one.
Result<Series> evaluate(const std::string& expression, const MathInput& input);

}  // namespace millrace::cloudwatch
