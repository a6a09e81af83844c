#include "emulator/services/logs/embedded_metrics.h"
#include "emulator/base/epoch.h"

#include <algorithm>
#include <cmath>

namespace millrace::logs {

namespace {

constexpr size_t kMetricsMax = 100;    // of one directive
constexpr size_t kDimensionsMax = 30;  // of one set
constexpr size_t kValuesMax = 100;

/// A number, or a list of numbers; a count of 0: it is none.
ports::MetricValues values_of(const Json& target) {
  ports::MetricValues out;
  auto add = [&out](const Json& one) {
    const double value = one.get<double>();
    out.minimum = out.count == 0 ? value : std::min(out.minimum, value);
    out.maximum = out.count == 0 ? value : std::max(out.maximum, value);
    out.sum += value;
    ++out.count;
  };
  if (target.is_number()) {
    add(target);
  } else if (target.is_array() && target.size() <= kValuesMax &&
             std::all_of(target.begin(), target.end(), [](const Json& one) { return one.is_number(); })) {
    for (const Json& one : target) add(one);
  }
  return out;
}

/// The texts of a set of dimensions; false if one is missing.
bool read_dimensions(const Json& message, const Json& set, std::map<std::string, std::string>& out) {
  if (!set.is_array() || set.size() > kDimensionsMax) return false;
  for (const Json& name : set) {
    if (!name.is_string()) return false;
    const Json* value = find(message, name.get<std::string>());
    if (!value || !value->is_string()) return false;
    out[name.get<std::string>()] = value->get<std::string>();
  }
  return true;
}

void publish(ports::Metrics& metrics, const Place& place, const Json& message, const Json& directive, Millis at) {
  const Json definitions = directive.value("Metrics", Json::array());
  const Json sets = directive.value("Dimensions", Json::array());
  if (!definitions.is_array() || !sets.is_array() || definitions.size() > kMetricsMax) return;
  for (const Json& set : sets) {
    ports::MetricName name{place.account, place.region, text_of(directive, "Namespace"), "", {}};
    if (name.name_space.empty() || !read_dimensions(message, set, name.dimensions)) continue;
    for (const Json& definition : definitions) {
      if (!definition.is_object()) continue;
      name.name = text_of(definition, "Name");
      name.unit = text_of(definition, "Unit", "None");
      const Json* target = find(message, name.name);
      const ports::MetricValues values = target ? values_of(*target) : ports::MetricValues();
      if (values.count > 0) metrics.record(name, at, values);
    }
  }
}

}  // namespace

bool may_embed_metrics(const std::string& message) {
  return message.starts_with('{') && message.find("\"CloudWatchMetrics\"") != std::string::npos;
}

void publish_embedded_metrics(ports::Metrics& metrics, const Place& place, const std::string& text) {
  const auto message = parse_json(text);
  const Json* envelope = message && message->is_object() ? find(*message, "_aws") : nullptr;
  const Json* time = envelope && envelope->is_object() ? find(*envelope, "Timestamp") : nullptr;
  const Json* directives = time ? find(*envelope, "CloudWatchMetrics") : nullptr;
  if (!directives || !directives->is_array() || !time->is_number()) return;
  for (const Json& directive : *directives) {
    if (directive.is_object())
      publish(metrics, place, *message, directive, millis_of_epoch(time->get<double>() / 1000));
  }
}

}  // namespace millrace::logs
