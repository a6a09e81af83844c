#pragma once
// What happened, told as it happens, for the metrics that AWS itself publishes. Implemented by emulator/services/cloudwatch.

#include <map>
#include <string>

#include "emulator/base/clock.h"

namespace millrace::ports {

/// A metric of one resource. The same resource always gives the same text: it is what metrics are known by.
struct MetricName {
  std::string account, region;
  std::string name_space;  // "AWS/Lambda"
  std::string name;        // "Invocations"
  std::map<std::string, std::string> dimensions;
  std::string unit = "Count";
};

/// What is known of values that were measured together.
struct MetricValues {
  double count = 0, sum = 0, minimum = 0, maximum = 0;
};

class Metrics {
 public:
  virtual ~Metrics() = default;
  /// Adds a value to the metric's current minute. Thread-safe, never waits for the disk; what was counted within the last
  /// minute is lost with the process.
  virtual void count(const MetricName& metric, double value) = 0;
  /// The same for values of an earlier (or later) time.
  virtual void record(const MetricName& metric, Millis at, const MetricValues& values) = 0;
};

}  // namespace millrace::ports
