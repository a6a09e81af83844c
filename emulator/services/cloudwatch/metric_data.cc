// GetMetricData: series of metrics and of expressions over them.

#include <algorithm>
#include <set>

#include "emulator/base/page_token.h"
#include "emulator/protocol/pages.h"
#include "emulator/services/cloudwatch/expression.h"
#include "emulator/services/cloudwatch/search.h"
#include "emulator/services/cloudwatch/state.h"
#include "emulator/services/cloudwatch/statistics.h"

namespace millrace::cloudwatch {

using namespace protocol;

namespace {

constexpr size_t kQueriesMax = 500;
constexpr size_t kPointsMax = 100'800;
constexpr size_t kExpressionsDeep = 20;
constexpr size_t kFoundMax = 500;  // time series of one SEARCH

using Point = std::pair<int64_t, double>;  // a period's begin, and its value

/// One of several series that an expression gives.
struct Found {
  std::string label;
  std::vector<Point> points;
};

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
    input_.search = [this](const std::string& terms, const std::string& statistic, int64_t period_s) {
      return search(terms, statistic, period_s);
    };
    for (const Json& query : queries) {
      by_id_[text_of(query, "Id")] = &query;
      if (find(query, "MetricStat")) input_.metrics.push_back(text_of(query, "Id"));
    }
  }

  Result<void> read_all() {
    for (const Json& query : queries_) TRY_VOID(read(text_of(query, "Id"), 0));
    return {};
  }
  const std::vector<Point>& points(const std::string& id) const { return points_.at(id); }
  /// What an expression that gives a list gives; nullptr: it gives one series.
  const std::vector<Found>* several(const std::string& id) const {
    auto found = several_.find(id);
    return found == several_.end() ? nullptr : &found->second;
  }
  const std::map<std::string, std::set<std::string>>& units() const { return units_; }

 private:
  Result<void> read(const std::string& id, size_t depth) {
    if (points_.contains(id)) return {};
    auto found = by_id_.find(id);
    if (found == by_id_.end() || depth > kExpressionsDeep)
      return AwsError(errors::validation,
                      "Error in expression: the id " + id + " is not defined.");  // unverified: words
    const Json& query = *found->second;
    if (const Json* stat = find(query, "MetricStat")) return read_metric(id, *stat);
    const std::string expression = text_of(query, "Expression");
    TRY(References used, references(expression));
    if (used.uses_metrics) used.ids.insert(used.ids.end(), input_.metrics.begin(), input_.metrics.end());
    for (const std::string& other : used.ids) {
      TRY_VOID(read(other, depth + 1));
      const std::vector<Point>& points = points_[other];
      input_.series.try_emplace(other, points.begin(), points.end());
    }
    input_.period_s =
        std::max<int64_t>(static_cast<int64_t>(number_of(query, "Period", static_cast<double>(period_s_))), 1);
    TRY(std::vector<Labelled> all, evaluate_all(expression, input_));
    points_[id];
    if (all.size() == 1 && all[0].label.empty()) {
      points_[id].assign(all[0].series.begin(), all[0].series.end());
      return {};
    }
    for (const Labelled& one : all) several_[id].push_back({one.label, {one.series.begin(), one.series.end()}});
    several_.try_emplace(id);
    input_.lists[id] = std::move(all);
    return {};
  }

  Result<std::vector<Labelled>> search(const std::string& terms, const std::string& statistic_name, int64_t period_s) {
    TRY(const Search wanted, Search::parse(terms));
    if (!is_statistic(statistic_name))
      return AwsError(errors::validation,
                      "Error in search expression: the statistic " + statistic_name + " is unknown");
    std::vector<Metric> metrics;
    std::set<std::string> names;
    const std::string prefix =
        wanted.name_space().empty()
            ? storage::document_key({"cloudwatch", scope_.account, scope_.region, "metric"})
            : storage::document_key({"cloudwatch", scope_.account, scope_.region, "metric", wanted.name_space()});
    storage::each_document(watch_.context.store, prefix, "", [&](std::string_view, const Json& document) {
      Metric metric = metric_of(scope_, document);
      if (!wanted.matches(metric)) return true;
      names.insert(metric.name);
      metrics.push_back(std::move(metric));
      return metrics.size() < kFoundMax;
    });
    std::vector<Labelled> out;
    for (const Metric& metric : metrics) {
      // unverified: the label. What tells the metrics apart: their dimensions' values, and their names if those differ.
      std::string label = names.size() > 1 || metric.dimensions.empty() ? metric.name : "";
      for (const auto& [name, value] : metric.dimensions) label += (label.empty() ? "" : " ") + value;
      std::map<int64_t, Bucket> together;
      for (const auto& [unit, points] :
           read_points(watch_.context.store, metric, from_s_ / period_s * period_s, to_s_, period_s, "")) {
        for (const auto& [at, bucket] : points) together[at].merge(bucket);
      }
      Series series;
      for (const auto& [at, bucket] : together) {
        if (auto value = statistic(bucket, statistic_name)) series[at] = *value;
      }
      out.push_back({std::move(label), std::move(series)});
    }
    return out;
  }

  Result<void> read_metric(const std::string& id, const Json& stat) {
    TRY(MetricQuery query, metric_query(scope_, stat));
    period_s_ = query.period_s;
    const int64_t from = from_s_ / query.period_s * query.period_s;
    std::vector<Point>& points_of_metric = points_[id];
    if (auto plain = plain_statistic(query.statistic)) {
      PlainSeries read =
          read_plain(watch_.context.store, query.metric, {from, to_s_, query.period_s, query.unit, plain});
      units_[id] = std::move(read.units);
      points_of_metric = std::move(read.points);
      if (read.in_order) return {};
      points_of_metric.clear();
    }
    std::map<int64_t, Bucket> together;
    for (auto& [unit, points] :
         read_points(watch_.context.store, query.metric, from, to_s_, query.period_s, query.unit)) {
      units_[id].insert(unit);
      for (auto& [at, bucket] : points) together[at].merge(bucket);
    }
    for (const auto& [at, bucket] : together) {
      if (auto value = statistic(bucket, query.statistic)) points_of_metric.emplace_back(at, *value);
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
  std::map<std::string, std::vector<Point>> points_;   // by the query's id
  std::map<std::string, std::vector<Found>> several_;  // by the query's id, of those that give a list
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

/// A part of a query's points, counted in the order in which they are given.
struct Part {
  size_t begin = 0, end = 0;
};

/// What an answer shows: a query's points, or one of the series that it gives.
struct Shown {
  std::string id, label;
  const std::vector<Point>* points = nullptr;
};

std::vector<Shown> shown_series(const Queries& read, const Json& queries) {
  std::vector<Shown> out;
  for (const Json& query : queries) {
    if (!bool_of(query, "ReturnData", true)) continue;
    const std::string id = text_of(query, "Id");
    const std::vector<Found>* several = read.several(id);
    if (!several) {
      out.push_back({id, label_of(query, queries), &read.points(id)});
      continue;
    }
    const std::string front = text_of(query, "Label");
    for (const Found& one : *several)
      out.push_back({id, front.empty() ? one.label : front + " " + one.label, &one.points});
  }
  return out;
}

Json result_of(const Shown& shown, bool ascending, Part part) {
  const std::vector<Point>& series = *shown.points;
  Json::array_t times, values;
  times.reserve(part.end - part.begin);
  values.reserve(part.end - part.begin);
  auto add = [&](const Point& point) {
    times.emplace_back(point.first);
    values.emplace_back(point.second);
  };
  for (size_t i = part.begin; i < part.end; ++i) add(series[ascending ? i : series.size() - 1 - i]);
  return {{"Id", shown.id},
          {"Label", shown.label},
          {"Timestamps", std::move(times)},
          {"Values", std::move(values)},
          {"StatusCode", part.end == series.size() ? "Complete" : "PartialData"}};
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

/// The results' points from the page's begin to its end, as if they lay one after the other. unverified: how AWS divides what
/// is more than one answer holds.
Json page_of_results(const Queries& read, const Call& call, bool ascending, Part page) {
  Json results = Json::array();
  size_t before = 0, all = 0;
  for (const Shown& one : shown_series(read, call.input["MetricDataQueries"])) {
    const std::vector<Point>& series = *one.points;
    const Part part{std::clamp(page.begin, before, before + series.size()) - before,
                    std::clamp(page.end, before, before + series.size()) - before};
    const bool is_new = before >= page.begin && before < page.end;  // also one without points
    if (part.begin < part.end || is_new) results.push_back(result_of(one, ascending, part));
    before += series.size();
    all = before;
  }
  Json out{{"MetricDataResults", std::move(results)}};
  if (page.end < all) out["NextToken"] = page_token(list_name(call), std::to_string(page.end));
  return out;
}

}  // namespace

Result<std::map<std::string, Series>> series_of_queries(CloudWatch& watch, const Scope& scope, const Json& queries,
                                                        int64_t from_s, int64_t to_s) {
  Queries read(watch, scope, queries, from_s, to_s);
  TRY_VOID(read.read_all());
  std::map<std::string, Series> out;
  for (const Json& query : queries) {
    const std::string id = text_of(query, "Id");
    const std::vector<Found>* several = read.several(id);
    if (several && several->size() > 1)
      return AwsError(errors::validation,
                      "The expression '" + text_of(query, "Expression") + "' gives several time series.");
    const std::vector<Point>& points = several && !several->empty() ? several->front().points : read.points(id);
    out[id] = Series(points.begin(), points.end());
  }
  return out;
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
    size_t begin = 0;
    if (auto token = optional_text(call.input, "NextToken")) {
      const auto position = page_position(list_name(call), *token);
      if (!position) return AwsError(errors::invalid_token, "Invalid nextToken");  // unverified: the words
      begin = std::stoul(*position);
    }
    const auto most = static_cast<size_t>(number_of(call.input, "MaxDatapoints", kPointsMax));
    Json answer = page_of_results(read, call, ascending, {begin, begin + std::clamp<size_t>(most, 1, kPointsMax)});
    answer["Messages"] = messages_of(read);
    return answer;
  };
  return {.name = "GetMetricData", .input = &input, .access = needs("GetMetricData"), .handle = JsonHandler(handle)};
}

}  // namespace millrace::cloudwatch
