#pragma once
// Metric filters: what arrives in a group and matches is counted and published to CloudWatch. The counts are kept here, too,
// per minute, and read at /_millrace/log-metrics.

#include <map>
#include <string>
#include <vector>

#include "emulator/ports/metrics.h"
#include "emulator/services/logs/arrivals.h"

namespace millrace::logs {

/// By the member names that DescribeMetricFilters shows; its form's version is ours.
struct MetricFilter {
  std::string name, group, pattern;
  std::vector<Json> transformations;  // one, as sent
  Millis created_ms = 0;
  bool apply_on_transformed = false;
  // Of events that another account sent here, which there are none of.
  std::optional<std::string> selection;
  std::optional<Json> system_field_dimensions;
};

template <class Form>
void describe(Form& form, MetricFilter& filter) {
  form.version(1, "_form");
  form.member("filterName", filter.name);
  form.member("filterPattern", filter.pattern);
  form.member("metricTransformations", filter.transformations);
  form.member("creationTime", filter.created_ms);
  form.member("logGroupName", filter.group);
  form.added("applyOnTransformedLogs", filter.apply_on_transformed);
  form.member("fieldSelectionCriteria", filter.selection);
  form.member("emitSystemFieldDimensions", filter.system_field_dimensions);
}

std::string metric_filter_key(const Place& place, std::string_view group, std::string_view name);
/// Without a group: all of the place's filters, by group and name.
std::string metric_filter_prefix(const Place& place, std::string_view group);

/// Values of one metric within one minute.
struct MetricPoint {
  double sum = 0, minimum = 0, maximum = 0;
  int64_t samples = 0;
  /// What the minute shows if nothing matched in it.
  std::optional<double> default_value;

  void add(double value);
  void merge(const MetricPoint& other);
};

struct MetricName {
  std::string space, name, unit;
  std::string dimensions;  // a JSON object with sorted keys
  Millis minute_ms = 0;
  friend auto operator<=>(const MetricName&, const MetricName&) = default;
};
using MetricPoints = std::map<MetricName, MetricPoint>;

/// What the group's filters count in these events.
MetricPoints count_metrics(const storage::Reader& reader, const Arrival& arrival, const std::vector<Event>& events);
/// Tells CloudWatch of them.
void publish_metric_points(ports::Metrics& metrics, const Place& place, const MetricPoints& points);
void add_metric_points(storage::Txn& txn, const Place& place, const MetricPoints& points);
/// A list of {namespace, metricName, unit, dimensions, datapoints: [{timestamp, sum, minimum, maximum, sampleCount}]}.
Json read_metric_points(const storage::Reader& reader, const Place& place);
/// Forgets points before `horizon`, of all places.
void trim_metric_points(storage::Txn& txn, Millis horizon);

}  // namespace millrace::logs
