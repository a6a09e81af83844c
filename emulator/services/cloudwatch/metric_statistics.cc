// GetMetricStatistics.

#include "emulator/services/cloudwatch/state.h"
#include "emulator/services/cloudwatch/statistics.h"

namespace millrace::cloudwatch {

using namespace protocol;

namespace {

constexpr int64_t kPointsMax = 1440;

Result<void> check(const Json& input, int64_t from, int64_t to, int64_t period) {
  if (from >= to) return errors::invalid_value("The parameter StartTime must be less than the parameter EndTime.");
  if (period < 60 ? (period != 1 && period != 5 && period != 10 && period != 20 && period != 30) : period % 60 != 0)
    return errors::invalid_value("The parameter Period must be 1, 5, 10, 20, 30, or a multiple of 60.");  // unverified
  const int64_t asked = (to - from) / period;
  if (asked > kPointsMax)
    return errors::combination(
        "You have requested up to " + std::to_string(asked) +
        " datapoints, which exceeds the limit of 1440. You may reduce the datapoints requested by "
        "increasing Period, or decreasing the time range.");
  if (!find(input, "Statistics") && !find(input, "ExtendedStatistics"))
    return errors::combination("Must specify either Statistics or ExtendedStatistics");
  if (find(input, "Statistics") && find(input, "ExtendedStatistics"))  // unverified: the words
    return errors::combination(
        "The parameters ExtendedStatistics and Statistics are mutually exclusive and you have specified both.");
  const Json extended = input.value("ExtendedStatistics", Json::array());
  for (const Json& name : extended) {
    if (!is_statistic(name.get<std::string>()))  // unverified: the words
      return errors::invalid_value("The value " + name.get<std::string>() +
                                   " for parameter ExtendedStatistics is not supported.");
  }
  return {};
}

}  // namespace

Operation get_metric_statistics(CloudWatch& watch) {
  static const Shape input =
      structure({required("Namespace", namespace_shape()), required("MetricName", string().length(1, 255)),
                 optional("Dimensions", dimensions_shape()), required("StartTime", any()), required("EndTime", any()),
                 required("Period", integer().at_least(1)),
                 optional("Statistics",
                          list(string().one_of({"SampleCount", "Average", "Sum", "Minimum", "Maximum"})).length(1, 5)),
                 optional("ExtendedStatistics", list(string()).length(1, 10)), optional("Unit", unit_shape())});
  auto handle = [&watch](Call& call) -> Result<Json> {
    const int64_t from = time_s(call.input, "StartTime"), to = time_s(call.input, "EndTime");
    const int64_t period = int_of(call.input, "Period", 60);
    TRY_VOID(check(call.input, from, to, period));
    watch.counts.flush();
    const Metric metric = metric_of(scope_of(call), call.input);
    Json points = Json::array();
    for (const auto& [unit, series] :
         read_points(watch.context.store, metric, from / period * period, to, period, text_of(call.input, "Unit"))) {
      for (const auto& [at, bucket] : series) {
        Json point{{"Timestamp", static_cast<double>(at)}, {"Unit", unit}};
        const Json plain = call.input.value("Statistics", Json::array());
        const Json extended = call.input.value("ExtendedStatistics", Json::array());
        for (const Json& name : plain) {
          if (auto value = statistic(bucket, name.get<std::string>())) point[name.get<std::string>()] = *value;
        }
        for (const Json& name : extended) {
          if (auto value = statistic(bucket, name.get<std::string>()))
            point["ExtendedStatistics"][name.get<std::string>()] = *value;
        }
        points.push_back(std::move(point));
      }
    }
    return Json{{"Label", metric.name}, {"Datapoints", std::move(points)}};
  };
  return {.name = "GetMetricStatistics",
          .input = &input,
          .access = needs("GetMetricStatistics"),
          .handle = JsonHandler(handle)};
}

}  // namespace millrace::cloudwatch
