#pragma once
// What happened, told as it happens, for the metrics that AWS itself publishes. Implemented by emulator/services/cloudwatch.

#include <functional>
#include <map>
#include <memory>
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

/// One metric, found once: telling it a value is a lock and an addition.
class MetricSeries {
 public:
  virtual ~MetricSeries() = default;
  /// Adds a value to the minute that `at` is in, `times` times. Thread-safe, never waits for the disk; lost like count()'s.
  virtual void add(Millis at, double value, double times = 1) = 0;
};

class Metrics {
 public:
  /// Tells the gauges of the moment; true while it wants to be asked again in a minute, although nothing is counted.
  using Sampler = std::function<bool(Millis now)>;

  virtual ~Metrics() = default;
  /// Adds a value to the metric's current minute. Thread-safe, never waits for the disk; what was counted within the last
  /// minute is lost with the process.
  virtual void count(const MetricName& metric, double value) = 0;
  /// The same for values of an earlier (or later) time.
  virtual void record(const MetricName& metric, Millis at, const MetricValues& values) = 0;
  /// For paths that are too hot for count(). May be used as long as this object.
  virtual std::shared_ptr<MetricSeries> series(const MetricName& metric) = 0;
  /// What a minute's only value is, the last that is told of it: how many messages there are.
  virtual void gauge(const MetricName& metric, Millis at, double value) = 0;
  /// `sampler` is asked at the end of each minute in which something was counted, and before metrics are read.
  virtual void sample_by(Sampler sampler) = 0;
};

}  // namespace millrace::ports
