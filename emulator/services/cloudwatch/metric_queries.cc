#include "emulator/services/cloudwatch/metric_queries.h"

#include <algorithm>

#include "emulator/base/characters.h"
#include "emulator/services/cloudwatch/search.h"
#include "emulator/services/cloudwatch/statistics.h"

namespace millrace::cloudwatch {

using namespace protocol;

namespace {

constexpr size_t kExpressionsDeep = 20;
constexpr int64_t kPeriodS = 60;  // where nobody says

/// A query of a metric, read.
struct MetricQuery {
  Metric metric;
  std::string statistic, unit;
  int64_t period_s = kPeriodS;
};

Result<MetricQuery> metric_query(const Scope& scope, const Json& stat) {
  MetricQuery out;
  out.metric = metric_of(scope, stat.value("Metric", Json::object()));
  out.statistic = text_of(stat, "Stat");
  out.unit = text_of(stat, "Unit");
  out.period_s = static_cast<int64_t>(number_of(stat, "Period", kPeriodS));
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

AwsError not_defined(const std::string& id) {
  return AwsError(errors::validation, "Error in expression: the id " + id + " is not defined.");  // unverified: words
}

bool is_query_id(const std::string& id) {
  return !id.empty() && id.front() >= 'a' && id.front() <= 'z' &&
         std::all_of(id.begin(), id.end(), [](char c) { return is_digit(c) || is_letter(c) || c == '_'; });
}

/// All that are wrong are told, a line each.
Result<void> check_ids(const Json& queries) {
  std::string wrong;
  std::set<std::string> ids;
  size_t number = 0, distinct = 0;
  for (const Json& query : queries) {
    const std::string id = text_of(query, "Id");
    distinct += ids.insert(id).second ? 1 : 0;
    ++number;
    if (is_query_id(id)) continue;
    wrong += (wrong.empty() ? "" : "\n") + ("The value " + id + " for parameter MetricDataQueries.member.") +
             std::to_string(number) + ".Id is not matching the expected pattern ^[a-z][a-zA-Z0-9_]*$.";
  }
  if (!wrong.empty()) return AwsError(errors::validation, wrong);
  if (distinct < number)  // unverified: the words
    return AwsError(errors::validation, "The values for parameter Id in MetricDataQueries are not unique.");
  return {};
}

/// One of the two that a query can be.
Result<void> check_kind(const Json& query, size_t number) {
  const std::string name = "MetricDataQueries.member." + std::to_string(number);
  const bool metric = find(query, "MetricStat"), expression = find(query, "Expression");
  if (metric && expression)  // unverified: the words of both
    return errors::combination("The parameters " + name + ".Expression and " + name +
                               ".MetricStat are mutually exclusive and you have specified both.");
  if (metric || expression) return {};
  return AwsError(errors::missing_kind, "Either the parameter " + name + ".Expression or the parameter " + name +
                                            ".MetricStat must be specified.");
}

}  // namespace

Queries::Queries(CloudWatch& watch, const Scope& scope, const Json& queries, int64_t from_s, int64_t to_s)
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

Result<void> Queries::check() const {
  TRY_VOID(check_ids(queries_));
  size_t number = 0;
  for (const Json& query : queries_) {
    TRY_VOID(check_kind(query, ++number));
    if (const Json* stat = find(query, "MetricStat")) {
      TRY_VOID(metric_query(scope_, *stat));
      continue;
    }
    TRY(const References used, references(text_of(query, "Expression")));
    for (const std::string& other : used.ids) {
      if (!by_id_.contains(other)) return not_defined(other);
    }
  }
  return {};
}

const std::vector<Found>* Queries::several(const std::string& id) const {
  auto found = several_.find(id);
  return found == several_.end() ? nullptr : &found->second;
}

Result<void> Queries::read(const std::string& id, size_t depth) {
  if (points_.contains(id)) return {};
  auto found = by_id_.find(id);
  if (found == by_id_.end() || depth > kExpressionsDeep) return not_defined(id);
  if (const Json* stat = find(*found->second, "MetricStat")) return read_metric(id, *stat);
  return read_expression(id, *found->second, depth);
}

/// What an expression refers to; as many metrics as one request reads.
Result<void> Queries::read_used(const std::string& id, const std::vector<std::string>& used, size_t depth) {
  for (const std::string& other : used) {
    auto query = by_id_.find(other);
    if (is_spent() && query != by_id_.end() && find(*query->second, "MetricStat") && !points_.contains(other)) {
      partial_.insert(id);
      input_.series.try_emplace(other);
      continue;
    }
    TRY_VOID(read(other, depth + 1));
    if (is_partial(other)) partial_.insert(id);
    const std::vector<Point>& points = points_[other];
    input_.series.try_emplace(other, points.begin(), points.end());
  }
  return {};
}

Result<void> Queries::read_expression(const std::string& id, const Json& query, size_t depth) {
  const std::string expression = text_of(query, "Expression");
  TRY(References used, references(expression));
  if (used.uses_metrics) used.ids.insert(used.ids.end(), input_.metrics.begin(), input_.metrics.end());
  TRY_VOID(read_used(id, used.ids, depth));
  // unverified: an expression without a period of its own has that of the metric that it names last.
  int64_t period_s = kPeriodS;
  for (const std::string& other : used.ids) {
    if (auto known = period_s_.find(other); known != period_s_.end()) period_s = known->second;
  }
  period_s = std::max<int64_t>(static_cast<int64_t>(number_of(query, "Period", static_cast<double>(period_s))), 1);
  period_s_[id] = input_.period_s = period_s;
  is_cut_ = false;
  input_.points_used = 0;
  TRY(std::vector<Labelled> all, evaluate_all(expression, input_));
  numbers_read_ += input_.points_used;
  if (is_cut_) partial_.insert(id);
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

Result<std::vector<Labelled>> Queries::search(const std::string& terms, const std::string& statistic_name,
                                              int64_t period_s) {
  TRY(const Search wanted, Search::parse(terms));
  if (!is_statistic(statistic_name))
    return AwsError(errors::validation, "Error in search expression: the statistic " + statistic_name + " is unknown");
  std::vector<Metric> metrics;
  std::set<std::string> names;
  const std::string prefix =
      wanted.name_space().empty()
          ? storage::document_key({"cloudwatch", scope_.account, scope_.region, "metric"})
          : storage::document_key({"cloudwatch", scope_.account, scope_.region, "metric", wanted.name_space()});
  storage::each_document(watch_.context.store, prefix, "", [&](std::string_view, const Json& document) {
    ++numbers_read_;
    is_cut_ = is_cut_ || is_spent();
    if (is_cut_) return false;
    Metric metric = metric_of(scope_, document);
    if (!wanted.matches(metric)) return true;
    names.insert(metric.name);
    metrics.push_back(std::move(metric));
    return metrics.size() < kSeriesMax;
  });
  std::vector<Labelled> out;
  for (const Metric& metric : metrics) {
    if (is_spent()) {
      is_cut_ = true;
      break;
    }
    // unverified: the label. What tells the metrics apart: their dimensions' values, and their names if those differ.
    std::string label = names.size() > 1 || metric.dimensions.empty() ? metric.name : "";
    for (const auto& [name, value] : metric.dimensions) label += (label.empty() ? "" : " ") + value;
    const SeriesRead read =
        read_series(watch_.context.store, metric, {from_s_ / period_s * period_s, to_s_, period_s, "", statistic_name});
    numbers_read_ += read.numbers;
    out.push_back({std::move(label), Series(read.points.begin(), read.points.end())});
  }
  return out;
}

Result<void> Queries::read_metric(const std::string& id, const Json& stat) {
  TRY(MetricQuery query, metric_query(scope_, stat));
  SeriesRead read =
      read_series(watch_.context.store, query.metric,
                  {from_s_ / query.period_s * query.period_s, to_s_, query.period_s, query.unit, query.statistic});
  numbers_read_ += read.numbers;
  period_s_[id] = query.period_s;
  units_[id] = std::move(read.units);
  points_[id] = std::move(read.points);
  return {};
}

}  // namespace millrace::cloudwatch
