// GetMetricData: series of metrics and of expressions over them.

#include <set>

#include "emulator/base/page_token.h"
#include "emulator/services/cloudwatch/expression.h"
#include "emulator/services/cloudwatch/state.h"
#include "emulator/services/cloudwatch/statistics.h"

namespace millrace::cloudwatch {

using namespace protocol;

namespace {

constexpr size_t kQueriesMax = 500;
constexpr size_t kPointsMax = 100'800;
constexpr size_t kExpressionsDeep = 20;

/// A query of a metric, read.
struct MetricQuery {
  Metric metric;
  std::string statistic, unit;
  int64_t period_s = 60;
};

Result<MetricQuery> metric_query(const Scope& scope, const Json& stat) {
  MetricQuery out;
  out.metric = metric_of(scope, stat.value("Metric", Json::object()));
  out.statistic = text_of(stat, "Stat");
  out.unit = text_of(stat, "Unit");
  out.period_s = static_cast<int64_t>(number_of(stat, "Period", 60));
  if (!is_statistic(out.statistic))
    return AwsError(
        errors::validation,
        "The value " + out.statistic + " for parameter MetricDataQueries.member.1.MetricStat.Stat is not supported.");
  const bool short_period =
      out.period_s == 1 || out.period_s == 5 || out.period_s == 10 || out.period_s == 20 || out.period_s == 30;
  if (out.period_s <= 0 || (!short_period && out.period_s % 60 != 0))
    return errors::invalid_value("The parameter Period must be 1, 5, 10, 20, 30, or a multiple of 60.");  // unverified
  return out;
}

/// Reads queries one by one, those that an expression refers to before it.
class Queries {
 public:
  Queries(CloudWatch& watch, const Scope& scope, const Json& queries, int64_t from_s, int64_t to_s)
      : watch_(watch), scope_(scope), queries_(queries), from_s_(from_s), to_s_(to_s) {
    input_.from_s = from_s;
    input_.to_s = to_s;
    for (const Json& query : queries) {
      by_id_[text_of(query, "Id")] = &query;
      if (find(query, "MetricStat")) input_.metrics.push_back(text_of(query, "Id"));
    }
  }

  Result<void> read_all() {
    for (const Json& query : queries_) TRY_VOID(read(text_of(query, "Id"), 0));
    return {};
  }
  const std::map<std::string, Series>& series() const { return input_.series; }
  const std::map<std::string, std::set<std::string>>& units() const { return units_; }

 private:
  Result<void> read(const std::string& id, size_t depth) {
    if (input_.series.contains(id)) return {};
    auto found = by_id_.find(id);
    if (found == by_id_.end() || depth > kExpressionsDeep)
      return AwsError(errors::validation,
                      "Error in expression: the id " + id + " is not defined.");  // unverified: words
    const Json& query = *found->second;
    if (const Json* stat = find(query, "MetricStat")) return read_metric(id, *stat);
    const std::string expression = text_of(query, "Expression");
    TRY(References used, references(expression));
    if (used.uses_metrics) used.ids.insert(used.ids.end(), input_.metrics.begin(), input_.metrics.end());
    for (const std::string& other : used.ids) TRY_VOID(read(other, depth + 1));
    input_.period_s =
        std::max<int64_t>(static_cast<int64_t>(number_of(query, "Period", static_cast<double>(period_s_))), 1);
    TRY(input_.series[id], evaluate(expression, input_));
    return {};
  }

  Result<void> read_metric(const std::string& id, const Json& stat) {
    TRY(MetricQuery query, metric_query(scope_, stat));
    period_s_ = query.period_s;
    const int64_t from = from_s_ / query.period_s * query.period_s;
    Series& series = input_.series[id];
    std::map<int64_t, Bucket> together;
    for (auto& [unit, points] :
         read_points(watch_.context.store, query.metric, from, to_s_, query.period_s, query.unit)) {
      units_[id].insert(unit);
      for (auto& [at, bucket] : points) together[at].merge(bucket);
    }
    for (const auto& [at, bucket] : together) {
      if (auto value = statistic(bucket, query.statistic)) series[at] = *value;
    }
    return {};
  }

  CloudWatch& watch_;
  const Scope& scope_;
  const Json& queries_;
  int64_t from_s_, to_s_;
  int64_t period_s_ = 60;  // of the metric that was read last
  MathInput input_;
  std::map<std::string, const Json*> by_id_;
  std::map<std::string, std::set<std::string>> units_;
};

/// What tells the queries apart: the metric's name, its dimensions' values, the statistic, the period [rec].
std::string label_of(const Json& query, const Json& all) {
  if (find(query, "Label")) return text_of(query, "Label");
  const Json* stat = find(query, "MetricStat");
  if (!stat) return text_of(query, "Id");
  // Without copies: each query is compared with each.
  auto of_metric = [](const Json& one, const char* member) {
    const Json* metric = find(one.at("MetricStat"), "Metric");
    return metric ? find(*metric, member) : nullptr;
  };
  auto of_stat = [](const Json& one, const char* member) { return find(one.at("MetricStat"), member); };
  auto differs = [&](auto part, const char* member) {
    const Json* own = part(query, member);
    return std::any_of(all.begin(), all.end(), [&](const Json& other) {
      if (!find(other, "MetricStat")) return false;
      const Json* its = part(other, member);
      return own && its ? *own != *its : own != its;
    });
  };
  const Json own = stat->value("Metric", Json::object());
  std::string out = text_of(own, "MetricName");
  const bool same_name = !differs(of_metric, "MetricName");
  if (all.size() < 2 || !same_name) return out;
  if (differs(of_metric, "Dimensions")) {
    out.clear();
    const Json dimensions = own.value("Dimensions", Json::array());
    for (const Json& dimension : dimensions) out += (out.empty() ? "" : " ") + text_of(dimension, "Value");
    return out.empty() ? text_of(own, "MetricName") : out;
  }
  const bool periods = differs(of_stat, "Period");
  if (periods || differs(of_stat, "Stat")) out += " " + text_of(*stat, "Stat");
  if (periods) out += " " + std::to_string(int_of(*stat, "Period"));
  return out;
}

Json result_of(const Json& query, const Json& all, const Series& series, bool ascending) {
  Json times = Json::array(), values = Json::array();
  auto add = [&](const std::pair<const int64_t, double>& point) {
    times.push_back(static_cast<double>(point.first));
    values.push_back(point.second);
  };
  if (ascending) {
    std::for_each(series.begin(), series.end(), add);
  } else {
    std::for_each(series.rbegin(), series.rend(), add);
  }
  return {{"Id", text_of(query, "Id")},
          {"Label", label_of(query, all)},
          {"Timestamps", std::move(times)},
          {"Values", std::move(values)},
          {"StatusCode", "Complete"}};
}

Json messages_of(const Queries& queries) {
  Json out = Json::array();
  for (const auto& [id, units] : queries.units()) {
    if (units.size() < 2) continue;
    std::string all;
    for (const std::string& unit : units) all += (all.empty() ? "" : ", ") + unit;
    out.push_back({{"Code", "MultipleUnits"}, {"Value", "Multiple units returned: '[" + all + "]'"}});
  }
  return out;
}

}  // namespace

Result<std::map<std::string, Series>> series_of_queries(CloudWatch& watch, const Scope& scope, const Json& queries,
                                                        int64_t from_s, int64_t to_s) {
  Queries read(watch, scope, queries, from_s, to_s);
  TRY_VOID(read.read_all());
  return read.series();
}

Operation get_metric_data(CloudWatch& watch) {
  static const Shape query = structure(
      {required("Id", string().length(1, 255)), optional("Expression", string().length(1, 2048)),
       optional("Label", string()),
       optional("MetricStat", structure({optional("Metric", structure({optional("Dimensions", dimensions_shape())})),
                                         optional("Period", integer()), optional("Stat", string())}))});
  static const Shape input =
      structure({required("MetricDataQueries", list(query)), required("StartTime", any()), required("EndTime", any()),
                 optional("ScanBy", string().one_of({"TimestampDescending", "TimestampAscending"}))});
  auto handle = [&watch](Call& call) -> Result<Json> {
    const Json& queries = call.input["MetricDataQueries"];
    if (queries.size() > kQueriesMax)
      return errors::invalid_value("The collection MetricDataQueries must not have a size greater than 500.");
    const int64_t from = time_s(call.input, "StartTime"), to = time_s(call.input, "EndTime");
    if (from >= to) return errors::invalid_value("The parameter StartTime must be less than the parameter EndTime.");
    watch.counts.flush();
    const Scope scope = scope_of(call);
    Queries read(watch, scope, queries, from, to);
    TRY_VOID(read.read_all());
    const bool ascending = text_of(call.input, "ScanBy") == "TimestampAscending";
    Json results = Json::array();
    size_t points = 0;
    for (const Json& one : queries) {
      if (!bool_of(one, "ReturnData", true)) continue;
      const Series& series = read.series().at(text_of(one, "Id"));
      points += series.size();
      if (points > kPointsMax)
        return errors::invalid_value("The request asks for more than 100800 datapoints.");  // unverified
      results.push_back(result_of(one, queries, series, ascending));
    }
    return Json{{"MetricDataResults", std::move(results)}, {"Messages", messages_of(read)}};
  };
  return {.name = "GetMetricData", .input = &input, .access = needs("GetMetricData"), .handle = JsonHandler(handle)};
}

}  // namespace millrace::cloudwatch
