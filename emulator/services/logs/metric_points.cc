// What metric filters counted, by minute.
//
//   point:     'm' account region namespace name dimensions unit (parts) minute (8)   -> JSON {sum, min, max, samples, default}

#include <algorithm>
#include <cmath>

#include "emulator/services/logs/filter_pattern.h"
#include "emulator/services/logs/metric_filters.h"
#include "emulator/storage/document_form.h"

namespace millrace::logs {

using storage::Family;

namespace {

constexpr Millis kMinute = 60'000;

std::string points_prefix(const Place& place) {
  std::string key = "m";
  storage::append_part(key, place.account);
  storage::append_part(key, place.region);
  return key;
}

std::string point_key(const Place& place, const MetricName& metric) {
  std::string key = points_prefix(place);
  for (const std::string* part : {&metric.space, &metric.name, &metric.dimensions, &metric.unit})
    storage::append_part(key, *part);
  storage::append_u64(key, static_cast<uint64_t>(metric.minute_ms));
  return key;
}

std::string encode(const MetricPoint& point) {
  Json out{{"sum", point.sum}, {"min", point.minimum}, {"max", point.maximum}, {"samples", point.samples}};
  if (point.default_value) out["default"] = *point.default_value;
  return to_text(out);
}

double number_of(const Json& object, const char* member) {
  const Json* value = find(object, member);
  return value && value->is_number() ? value->get<double>() : 0;
}

MetricPoint decode(std::string_view text) {
  Json stored = parse_json(text).value_or(Json::object());
  MetricPoint out{number_of(stored, "sum"), number_of(stored, "min"), number_of(stored, "max"),
                  int_of(stored, "samples"), std::nullopt};
  if (find(stored, "default")) out.default_value = number_of(stored, "default");
  return out;
}

std::optional<double> as_number(const std::string& text) {
  char* end = nullptr;
  double value = std::strtod(text.c_str(), &end);
  bool whole = !text.empty() && *end == '\0' && std::isfinite(value);
  return whole ? std::optional(value) : std::nullopt;
}

/// The event's value of `1`, `$.latency`, `$size`.
std::optional<double> value_of(const FilterPattern& pattern, const std::string& reference, const std::string& message) {
  if (!reference.starts_with('$')) return as_number(reference);
  auto text = pattern.value(message, reference);
  return text ? as_number(*text) : std::nullopt;
}

/// The event's dimensions; nullopt if it lacks one, for then AWS publishes nothing.
std::optional<std::string> dimensions_of(const FilterPattern& pattern, const Json& transformation,
                                         const std::string& message) {
  const Json* wanted = find(transformation, "dimensions");
  std::map<std::string, std::string> values;
  if (wanted) {
    for (const auto& [name, reference] : wanted->items()) {
      auto value = pattern.value(message, reference.get<std::string>());
      if (!value) return std::nullopt;
      values[name] = *value;
    }
  }
  return to_text(Json(values));
}

void count_filter(const MetricFilter& filter, const std::vector<Event>& events, MetricPoints& out) {
  auto pattern = FilterPattern::compile(filter.pattern);
  if (pattern.has_error()) return;
  const Json& transformation = filter.transformations.at(0);
  MetricName metric{text_of(transformation, "metricNamespace"), text_of(transformation, "metricName"),
                    text_of(transformation, "unit", "None"), "{}", 0};
  bool has_default = find(transformation, "defaultValue") != nullptr;
  for (const Event& event : events) {
    metric.minute_ms = event.timestamp_ms / kMinute * kMinute;
    metric.dimensions = "{}";
    if (has_default) out[metric].default_value = number_of(transformation, "defaultValue");
    if (!(*pattern)->matches(event.message)) continue;
    auto value = value_of(**pattern, text_of(transformation, "metricValue"), event.message);
    auto dimensions = dimensions_of(**pattern, transformation, event.message);
    if (!value || !dimensions) continue;
    metric.dimensions = *dimensions;
    out[metric].add(*value);
  }
}

}  // namespace

void MetricPoint::add(double value) {
  minimum = samples ? std::min(minimum, value) : value;
  maximum = samples ? std::max(maximum, value) : value;
  sum += value;
  ++samples;
}

void MetricPoint::merge(const MetricPoint& other) {
  if (other.default_value) default_value = other.default_value;
  if (!other.samples) return;
  minimum = samples ? std::min(minimum, other.minimum) : other.minimum;
  maximum = samples ? std::max(maximum, other.maximum) : other.maximum;
  sum += other.sum;
  samples += other.samples;
}

MetricPoints count_metrics(const storage::Reader& reader, const Arrival& arrival, const std::vector<Event>& events) {
  MetricPoints out;
  for (const MetricFilter& filter :
       storage::list_models<MetricFilter>(reader, metric_filter_prefix(arrival.place, arrival.group)))
    count_filter(filter, events, out);
  return out;
}

void publish_metric_points(ports::Metrics& metrics, const Place& place, const MetricPoints& points) {
  for (const auto& [metric, point] : points) {
    ports::MetricName name{place.account, place.region, metric.space, metric.name, {}, metric.unit};
    const Json dimensions = parse_json(metric.dimensions).value_or(Json::object());
    for (const auto& [dimension, value] : dimensions.items()) name.dimensions[dimension] = value.get<std::string>();
    if (point.samples > 0) {
      metrics.record(name, metric.minute_ms,
                     {static_cast<double>(point.samples), point.sum, point.minimum, point.maximum});
    } else if (point.default_value) {
      metrics.record(name, metric.minute_ms, {1, *point.default_value, *point.default_value, *point.default_value});
    }
  }
}

void add_metric_points(storage::Txn& txn, const Place& place, const MetricPoints& points) {
  for (const auto& [metric, more] : points) {
    std::string key = point_key(place, metric);
    MetricPoint point;
    if (auto stored = txn.get(Family::logs, key)) point = decode(*stored);
    point.merge(more);
    txn.put(Family::logs, key, encode(point));
  }
}

Json read_metric_points(const storage::Reader& reader, const Place& place) {
  Json out = Json::array();
  std::string prefix = points_prefix(place), last;
  reader.scan(Family::logs, prefix, storage::prefix_end(prefix), [&](std::string_view key, std::string_view value) {
    std::string series(key.substr(0, key.size() - 8));
    if (series != last) {
      std::string_view rest = std::string_view(series).substr(prefix.size());
      Json entry;
      for (const char* member : {"namespace", "metricName", "dimensions", "unit"})
        entry[member] = storage::take_part(rest).value_or("");
      entry["dimensions"] = parse_json(text_of(entry, "dimensions")).value_or(Json::object());
      entry["datapoints"] = Json::array();
      out.push_back(std::move(entry));
      last = series;
    }
    std::string_view time = key.substr(key.size() - 8);
    MetricPoint point = decode(value);
    if (!point.samples) point.add(point.default_value.value_or(0));
    out.back()["datapoints"].push_back({{"timestamp", storage::take_u64(time).value_or(0)},
                                        {"sum", point.sum},
                                        {"minimum", point.minimum},
                                        {"maximum", point.maximum},
                                        {"sampleCount", point.samples}});
    return true;
  });
  return out;
}

void trim_metric_points(storage::Txn& txn, Millis horizon) {
  txn.scan(Family::logs, "m", "n", [&](std::string_view key, std::string_view) {
    std::string_view time = key.substr(key.size() - 8);
    if (static_cast<Millis>(storage::take_u64(time).value_or(0)) < horizon) txn.erase(Family::logs, key);
    return true;
  });
}

}  // namespace millrace::logs
