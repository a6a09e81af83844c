// GetMetricData: series of metrics and of expressions over them.

#include <algorithm>
#include <charconv>

#include "emulator/base/page_token.h"
#include "emulator/protocol/pages.h"
#include "emulator/services/cloudwatch/metric_queries.h"

namespace millrace::cloudwatch {

using namespace protocol;

namespace {

constexpr size_t kQueriesMax = 500;
constexpr size_t kPointsMax = 100'800;

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

/// A part of a series, counted in the order in which it is given.
struct Part {
  size_t begin = 0, end = 0;
};

/// What an answer shows: a query's points, or one of the series that it gives.
struct Shown {
  std::string id, label;
  const std::vector<Point>* points = nullptr;
  bool is_partial = false;
};

std::vector<Shown> shown_series(const Queries& read, const Json& query, const Json& queries) {
  const std::string id = text_of(query, "Id");
  const std::vector<Found>* several = read.several(id);
  if (!several) return {{id, label_of(query, queries), &read.points(id), read.is_partial(id)}};
  std::vector<Shown> out;
  const std::string front = text_of(query, "Label");
  for (const Found& one : *several)
    out.push_back({id, front.empty() ? one.label : front + " " + one.label, &one.points, read.is_partial(id)});
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
          {"StatusCode", part.end == series.size() && !shown.is_partial ? "Complete" : "PartialData"}};
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

/// Where an answer begins: at which query, and at which of its points, its series lying one after the other.
struct Position {
  size_t query = 0, point = 0;

  std::string text() const { return std::to_string(query) + ":" + std::to_string(point); }
  static std::optional<Position> parse(std::string_view text) {
    Position out;
    const char* end = text.data() + text.size();
    const auto [colon, wrong] = std::from_chars(text.data(), end, out.query);
    if (wrong != std::errc() || colon == end || *colon != ':') return std::nullopt;
    const auto [rest, wrong_too] = std::from_chars(colon + 1, end, out.point);
    return wrong_too == std::errc() && rest == end ? std::optional(out) : std::nullopt;
  }
};

/// Adds what a query shows from its point `begin` on, `left` points at most, which become fewer. The point where the next
/// answer goes on if that wasn't all.
std::optional<size_t> add_results(Json& results, const std::vector<Shown>& all, bool ascending, size_t begin,
                                  size_t& left) {
  size_t before = 0;
  for (const Shown& one : all) {
    const size_t size = one.points->size(), from = std::clamp(begin, before, before + size) - before;
    const size_t count = std::min(size - from, left);
    const bool is_new = before >= begin;  // also one without points
    if (is_new && left == 0) return before;
    if (count > 0 || is_new) results.push_back(result_of(one, ascending, {from, from + count}));
    left -= count;
    if (from + count < size) return before + from + count;
    before += size;
  }
  return std::nullopt;
}

/// As many results as one answer holds, and as are read in one. unverified: how AWS divides what is more.
Result<Json> page_of_results(Queries& read, const Call& call, bool ascending, Position at, size_t most) {
  const Json& queries = call.input["MetricDataQueries"];
  Json results = Json::array();
  size_t left = most;
  std::optional<Position> next;
  bool is_first = true;  // read whatever it takes, so that each answer goes on
  for (; at.query < queries.size() && !next; at = {at.query + 1, 0}) {
    const Json& query = queries[at.query];
    if (!bool_of(query, "ReturnData", true)) continue;
    if (left == 0 || (read.is_spent() && !is_first)) {
      next = at;
      break;
    }
    is_first = false;
    TRY_VOID(read.read(text_of(query, "Id")));
    if (auto rest = add_results(results, shown_series(read, query, queries), ascending, at.point, left))
      next = Position{at.query, *rest};
  }
  Json out{{"MetricDataResults", std::move(results)}};
  if (next) out["NextToken"] = page_token(list_name(call), next->text());
  return out;
}

}  // namespace

Result<std::map<std::string, Series>> series_of_queries(CloudWatch& watch, const Scope& scope, const Json& queries,
                                                        int64_t from_s, int64_t to_s) {
  Queries read(watch, scope, queries, from_s, to_s);
  TRY_VOID(read.check());
  std::map<std::string, Series> out;
  for (const Json& query : queries) {
    const std::string id = text_of(query, "Id");
    TRY_VOID(read.read(id));
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
    TRY_VOID(read.check());
    const bool ascending = text_of(call.input, "ScanBy") == "TimestampAscending";
    Position begin;
    if (auto token = optional_text(call.input, "NextToken")) {
      const auto text = page_position(list_name(call), *token);
      const auto position = text ? Position::parse(*text) : std::nullopt;
      if (!position) return AwsError(errors::invalid_token, "Invalid nextToken");  // unverified: the words
      begin = *position;
    }
    const double most = std::clamp<double>(number_of(call.input, "MaxDatapoints", kPointsMax), 1, kPointsMax);
    TRY(Json answer, page_of_results(read, call, ascending, begin, static_cast<size_t>(most)));
    answer["Messages"] = messages_of(read);
    return answer;
  };
  return {.name = "GetMetricData", .input = &input, .access = needs("GetMetricData"), .handle = JsonHandler(handle)};
}

}  // namespace millrace::cloudwatch
