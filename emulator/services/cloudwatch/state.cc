#include "emulator/services/cloudwatch/state.h"

#include "emulator/base/arn.h"
#include "emulator/base/epoch.h"
#include "emulator/ports/metric_units.h"
#include "emulator/services/cloudwatch/alarms.h"

namespace millrace::cloudwatch {

using namespace protocol;

namespace {
constexpr const char* kFlush = "flush";
constexpr const char* kAlarms = "alarms";
constexpr Millis kMinuteMs = 60'000;
}  // namespace

CloudWatch::CloudWatch(ServiceContext given, delivery::Deliveries& on_the_way, Counts& counted)
    : context(std::move(given)), deliveries(on_the_way), counts(counted) {
  auto next_minute = [this] { return (now() / kMinuteMs + 1) * kMinuteMs; };
  firings = std::make_unique<delivery::Firings>(context.timers, [this, next_minute](const std::string& key) {
    if (key == kAlarms) firings->set(kAlarms, next_minute());
    deliveries.post([this, key] {
      counts.flush();
      if (key == kAlarms && !evaluate_all(*this)) firings->remove(kAlarms);
    });
  });
  counts.when_counting([this, next_minute] { firings->set(kFlush, next_minute()); });
}

std::string alarm_key(const Scope& scope, const std::string& name) {
  return storage::document_key({"cloudwatch", scope.account, scope.region, "alarm", name});
}
std::string alarms_prefix(const Scope& scope) {
  return storage::document_key({"cloudwatch", scope.account, scope.region, "alarm"});
}
std::string history_prefix(const Scope& scope, const std::string& alarm) {
  if (alarm.empty()) return storage::document_key({"cloudwatch", scope.account, scope.region, "history"});
  return storage::document_key({"cloudwatch", scope.account, scope.region, "history", alarm});
}
std::string dashboard_key(const std::string& account, const std::string& name) {
  return storage::document_key({"cloudwatch", account, "dashboard", name});
}
std::string alarm_arn(const Scope& scope, const std::string& name) {
  return make_arn("cloudwatch", scope.region, scope.account, "alarm:" + name);
}

void watch_alarms(CloudWatch& watch) {
  watch.firings->set(kAlarms, (watch.now() / kMinuteMs + 1) * kMinuteMs);
}

int64_t time_s(const Json& input, const char* member) {
  const Json* time = find(input, member);
  if (!time) return -1;
  if (time->is_number()) return static_cast<int64_t>(bounded_epoch_seconds(time->get<double>()));
  const Millis parsed = time->is_string() ? parse_iso(time->get<std::string>()) : -1;
  return parsed < 0 ? -1 : parsed / 1000;
}

double number_of(const Json& input, const char* member, double fallback) {
  const Json* number = find(input, member);
  return number && number->is_number() ? number->get<double>() : fallback;
}

Metric metric_of(const Scope& scope, const Json& input) {
  Metric out{scope.account, scope.region, text_of(input, "Namespace"), text_of(input, "MetricName"), {}};
  if (const Json* dimensions = find(input, "Dimensions"); dimensions && dimensions->is_array()) {
    for (const Json& dimension : *dimensions) out.dimensions[text_of(dimension, "Name")] = text_of(dimension, "Value");
  }
  return out;
}

Metric metric_of(const Scope& scope, const Alarm& alarm) {
  return metric_of(scope, Json{{"Namespace", alarm.name_space.value_or("")},
                               {"MetricName", alarm.metric_name.value_or("")},
                               {"Dimensions", alarm.dimensions.value_or(Json::array())}});
}

Access needs(std::string action, std::function<std::string(const Call&)> resource) {
  return [action = "cloudwatch:" + std::move(action),
          resource = std::move(resource)](const Call& call) -> Result<AccessNeeds> {
    return AccessNeeds{{action, resource ? resource(call) : "*"}};
  };
}
Access needs_on_alarm(std::string action) {
  return [action = "cloudwatch:" + std::move(action)](const Call& call) -> Result<AccessNeeds> {
    AccessNeeds out;
    if (const Json* names = find(call.input, "AlarmNames"); names && names->is_array()) {
      for (const Json& name : *names) {
        if (name.is_string()) out.push_back({action, alarm_arn(scope_of(call), name.get<std::string>())});
      }
    } else {
      out.push_back({action, alarm_arn(scope_of(call), text_of(call.input, "AlarmName"))});
    }
    return out;
  };
}

Shape dimensions_shape() {
  return list(structure({required("Name", string().length(1, 255)), required("Value", string().length(1, 1024))}))
      .length(0, 30);
}

Shape namespace_shape() {
  return string().length(1, 255).pattern("[^:].*");
}

Shape statistic_shape() {
  return string().one_of({"SampleCount", "Average", "Sum", "Minimum", "Maximum"});
}

Shape unit_shape() {
  return string().one_of(ports::metric_units());
}

}  // namespace millrace::cloudwatch
