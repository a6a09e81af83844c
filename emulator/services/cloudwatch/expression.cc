#include "emulator/services/cloudwatch/expression.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>

#include "emulator/base/clock.h"
#include "emulator/services/cloudwatch/errors.h"
#include "emulator/services/cloudwatch/math_value.h"

namespace millrace::cloudwatch {

namespace {

constexpr int kNestingMax = 50;
constexpr int64_t kSearchPeriodS = 300;  // of SEARCH without one
constexpr size_t kPointsMax = 100'800;   // of a scalar written out over a range

using Value = MathValue;

Value scalar(double number) {
  return {Value::Kind::scalar, number, {}, {}, {}};
}
Value of(Series series) {
  return {Value::Kind::series, 0, std::move(series), {}, {}};
}

/// A number that says how many, or how long.
size_t amount(double given) {
  return static_cast<size_t>(std::min(std::max(given, 0.0), 1e9));
}

class Reader {
 public:
  Reader(const std::string& text, const MathInput* input) : text_(text), input_(input) {}

  Result<Value> all() {
    TRY(Value value, either());
    skip();
    if (at_ != text_.size()) return bad("unexpected character '" + text_.substr(at_, 1) + "'");
    return value;
  }
  References references;

 private:
  AwsError bad(const std::string& why) const {
    return {errors::validation, "Error in expression '" + text_ + "': " + why};  // unverified: the words
  }
  /// What is copied or worked out counts, so that neither a long expression nor lists of lists take much.
  Result<void> count(const Value& value) const {
    if (value.list.size() > kSeriesMax) return bad("it gives more than " + std::to_string(kSeriesMax) + " time series");
    if (!input_) return {};
    input_->points_used += math_size(value);
    if (input_->points_used > kPointsUsedMax) return bad("it takes too many data points");
    return {};
  }
  void skip() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_]))) ++at_;
  }
  bool take(std::string_view token) {
    skip();
    if (text_.compare(at_, token.size(), token) != 0) return false;
    const bool word = std::isalpha(static_cast<unsigned char>(token[0]));
    if (word && at_ + token.size() < text_.size() && is_name(text_[at_ + token.size()])) return false;
    at_ += token.size();
    return true;
  }
  static bool is_name(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; }

  Result<Value> level(std::initializer_list<const char*> operators, Result<Value> (Reader::*next)()) {
    TRY(Value left, (this->*next)());
    while (true) {
      const char* found = nullptr;
      for (const char* op : operators) {
        if (take(op)) {
          found = op;
          break;
        }
      }
      if (!found) return left;
      TRY(Value right, (this->*next)());
      left = combined(found, left, right);
      TRY_VOID(count(left));
    }
  }
  Result<Value> either() {
    if (++depth_ > kNestingMax) return bad("nested too deep");
    auto out = level({"OR", "||"}, &Reader::both);
    --depth_;
    return out;
  }
  Result<Value> both() { return level({"AND", "&&"}, &Reader::comparison); }
  Result<Value> comparison() { return level({"<=", ">=", "==", "!=", "<", ">"}, &Reader::sum); }
  Result<Value> sum() { return level({"+", "-"}, &Reader::product); }
  Result<Value> product() { return level({"*", "/"}, &Reader::power); }
  Result<Value> power() { return level({"^"}, &Reader::unary); }

  Result<Value> unary() {
    if (take("-")) {
      if (++depth_ > kNestingMax) return bad("nested too deep");
      TRY(Value value, unary());
      --depth_;
      return combined("-", scalar(0), value);
    }
    return primary();
  }

  Result<Value> primary() {
    skip();
    if (at_ >= text_.size()) return bad("unexpected end");
    if (take("(")) {
      TRY(Value inner, either());
      if (!take(")")) return bad("')' is missing");
      return inner;
    }
    if (take("[")) return list();
    const char c = text_[at_];
    if (c == '"' || c == '\'') return quoted(c);
    if (std::isdigit(static_cast<unsigned char>(c)) || c == '.') return number();
    if (!std::isalpha(static_cast<unsigned char>(c))) return bad("unexpected character '" + std::string(1, c) + "'");
    std::string name;
    while (at_ < text_.size() && is_name(text_[at_])) name += text_[at_++];
    if (take("(")) return call(name);
    return reference(name);
  }

  Result<Value> number() {
    const char* begin = text_.c_str() + at_;
    char* end = nullptr;
    const double value = std::strtod(begin, &end);
    if (end == begin) return bad("a number is missing");
    at_ += static_cast<size_t>(end - begin);
    return scalar(value);
  }
  Result<Value> quoted(char mark) {
    const size_t end = text_.find(mark, at_ + 1);
    if (end == std::string::npos) return bad("a quotation mark is missing");
    Value out{Value::Kind::text, 0, {}, {}, text_.substr(at_ + 1, end - at_ - 1)};
    at_ = end + 1;
    return out;
  }
  Result<Value> list() {
    Value out{Value::Kind::list, 0, {}, {}, {}};
    while (true) {
      TRY(Value one, either());
      if (one.kind == Value::Kind::series) out.list.push_back({"", std::move(one.series)});
      for (Labelled& inner : one.list) out.list.push_back(std::move(inner));
      TRY_VOID(count({Value::Kind::scalar, 0, {}, {}, {}}));
      if (out.list.size() > kSeriesMax) TRY_VOID(count(out));
      if (take("]")) return out;
      if (!take(",")) return bad("']' is missing");
    }
  }
  Result<Value> reference(const std::string& name) {
    // Ids begin with a small letter: the others are words of functions, REPEAT, DESC.
    if (std::isupper(static_cast<unsigned char>(name[0]))) return Value{Value::Kind::text, 0, {}, {}, name};
    references.ids.push_back(name);
    if (!input_) return of({});
    if (auto several = input_->lists.find(name); several != input_->lists.end()) {
      Value out{Value::Kind::list, 0, {}, several->second, {}};
      TRY_VOID(count(out));
      return out;
    }
    auto found = input_->series.find(name);
    if (found == input_->series.end()) return bad("there is no query '" + name + "'");
    Value out = of(found->second);
    TRY_VOID(count(out));
    return out;
  }

  Result<Value> call(const std::string& name) {
    std::vector<Value> arguments;
    if (!take(")")) {
      while (true) {
        TRY(Value one, either());
        TRY_VOID(count(one));
        arguments.push_back(std::move(one));
        if (take(")")) break;
        if (!take(",")) return bad("')' is missing");
      }
    }
    if (name == "METRICS") return metrics(arguments);
    if (name == "SEARCH") return searched(arguments);
    if (arguments.empty()) return bad(name + " needs an argument");
    return function(name, arguments);
  }

  Result<Value> metrics(const std::vector<Value>& arguments) {
    references.uses_metrics = true;
    Value out{Value::Kind::list, 0, {}, {}, {}};
    if (!input_) return out;
    for (const std::string& id : input_->metrics) {
      if (!arguments.empty() && id.find(arguments[0].text) == std::string::npos) continue;
      auto found = input_->series.find(id);
      if (found != input_->series.end()) out.list.push_back({id, found->second});
    }
    TRY_VOID(count(out));
    return out;
  }

  Result<Value> searched(const std::vector<Value>& arguments) {
    if (arguments.size() < 2) return bad("SEARCH needs a search expression and a statistic");
    Value out{Value::Kind::list, 0, {}, {}, {}};
    if (!input_ || !input_->search) return out;
    const auto period = arguments.size() > 2 ? static_cast<int64_t>(amount(arguments[2].scalar)) : kSearchPeriodS;
    TRY(out.list, input_->search(arguments[0].text, arguments[1].text, std::max<int64_t>(period, 1)));
    return out;
  }

  /// What a list is sorted by: the average, sum, ... of each of its series.
  static double rank_of(const std::string& name, const Series& series) {
    std::vector<double> values;
    for (const auto& [at, value] : series) values.push_back(value);
    return aggregate_of(name, values);
  }

  static void sort_by_rank(std::vector<Labelled>& list, const std::string& by, bool falling) {
    std::vector<std::pair<double, size_t>> order;
    for (size_t i = 0; i < list.size(); ++i) order.emplace_back(rank_of(by, list[i].series), i);
    std::stable_sort(order.begin(), order.end(),
                     [&](const auto& a, const auto& b) { return falling ? a.first > b.first : a.first < b.first; });
    std::vector<Labelled> sorted;
    for (const auto& [rank, i] : order) sorted.push_back(std::move(list[i]));
    list = std::move(sorted);
  }

  /// SORT(list, AVG, DESC, 3), SLICE(list, 0, 3), REMOVE_EMPTY(list), METRIC_COUNT(list).
  Result<Value> of_a_list(const std::string& name, std::vector<Value>& arguments) {
    std::vector<Labelled>& list = arguments[0].list;
    if (arguments[0].kind != Value::Kind::list) list = {{"", arguments[0].series}};
    if (name == "METRIC_COUNT") return scalar(static_cast<double>(list.size()));
    if (name == "REMOVE_EMPTY") {
      std::erase_if(list, [](const Labelled& one) { return one.series.empty(); });
    } else if (name == "SLICE") {
      const size_t begin = arguments.size() > 1 ? amount(arguments[1].scalar) : 0;
      const size_t end = arguments.size() > 2 ? amount(arguments[2].scalar) : begin + 1;
      std::vector<Labelled> part;
      for (size_t i = begin; i < std::min(end, list.size()); ++i) part.push_back(std::move(list[i]));
      list = std::move(part);
    } else {
      if (arguments.size() < 3) return bad("SORT needs a list, a function and an order");
      sort_by_rank(list, arguments[1].text, arguments[2].text == "DESC");
      if (arguments.size() > 3 && list.size() > amount(arguments[3].scalar)) list.resize(amount(arguments[3].scalar));
    }
    return Value{Value::Kind::list, 0, {}, std::move(list), {}};
  }

  /// MINUTE, HOUR, DAY (1: Monday), DATE, MONTH, YEAR, EPOCH of each point's time.
  static std::optional<Series> times_of(const std::string& name, const Series& series) {
    static const std::set<std::string> kNames = {"MINUTE", "HOUR", "DAY", "DATE", "MONTH", "YEAR", "EPOCH"};
    if (!kNames.contains(name)) return std::nullopt;
    Series out;
    for (const auto& [at, value] : series) {
      const CalendarTime t = calendar(at * 1000);
      out[at] = name == "MINUTE"  ? t.minute
                : name == "HOUR"  ? t.hour
                : name == "DAY"   ? static_cast<double>((at / 86'400 + 3) % 7 + 1)
                : name == "DATE"  ? t.day
                : name == "MONTH" ? t.month
                : name == "YEAR"  ? t.year
                                  : static_cast<double>(at);
    }
    return out;
  }

  Result<Value> function(const std::string& name, std::vector<Value>& arguments) {
    Value& first = arguments[0];
    for (const char* one : {"SUM", "AVG", "MIN", "MAX", "STDDEV"}) {
      if (name == one) return aggregated(name, first);
    }
    if (name == "FILL" && arguments.size() == 2) return filled(first, arguments[1]);
    if (name == "IF") return chosen(arguments);
    for (const char* one : {"METRIC_COUNT", "REMOVE_EMPTY", "SLICE", "SORT"}) {
      if (name == one) return of_a_list(name, arguments);
    }
    if (first.kind == Value::Kind::list && (name == "FIRST" || name == "LAST")) {
      // The list's first or last series.
      if (first.list.empty()) return of({});
      return of(std::move((name == "FIRST" ? first.list.front() : first.list.back()).series));
    }
    if (first.kind == Value::Kind::list) {
      Value out{Value::Kind::list, 0, {}, {}, {}};
      for (Labelled& labelled : first.list) {
        std::vector<Value> inner{of(std::move(labelled.series))};
        TRY(Value one, function(name, inner));
        out.list.push_back({labelled.label, std::move(one.series)});
      }
      return out;
    }
    if (auto times = times_of(name, first.series)) return of(std::move(*times));
    if (name == "PERIOD") return scalar(static_cast<double>(input_ ? input_->period_s : 60));
    if (name == "DATAPOINT_COUNT") return scalar(static_cast<double>(first.series.size()));
    if (name == "FIRST") return scalar(first.series.empty() ? 0 : first.series.begin()->second);
    if (name == "LAST") return scalar(first.series.empty() ? 0 : first.series.rbegin()->second);
    if (name == "TIME_SERIES") return of(written_out(first));
    if (name == "RATE" || name == "DIFF" || name == "RUNNING_SUM") return of(running(name, first.series));
    return pointwise(name, first);
  }

  Result<Value> pointwise(const std::string& name, const Value& value) {
    double (*fn)(double) = name == "ABS"     ? static_cast<double (*)(double)>(std::fabs)
                           : name == "CEIL"  ? static_cast<double (*)(double)>(std::ceil)
                           : name == "FLOOR" ? static_cast<double (*)(double)>(std::floor)
                           : name == "LOG"   ? static_cast<double (*)(double)>(std::log)
                           : name == "LOG10" ? static_cast<double (*)(double)>(std::log10)
                           : name == "EXP"   ? static_cast<double (*)(double)>(std::exp)
                                             : nullptr;
    if (!fn) return bad("the function " + name + " is not implemented");
    if (value.kind == Value::Kind::scalar) return scalar(fn(value.scalar));
    Series out;
    for (const auto& [at, one] : value.series) keep_point(out, at, fn(one));
    return of(std::move(out));
  }

  static Series running(const std::string& name, const Series& series) {
    Series out;
    double sum = 0;
    auto previous = series.end();
    for (auto it = series.begin(); it != series.end(); ++it) {
      sum += it->second;
      if (name == "RUNNING_SUM") {
        out[it->first] = sum;
      } else if (previous != series.end()) {
        const double change = it->second - previous->second;
        out[it->first] = name == "DIFF" ? change : change / static_cast<double>(it->first - previous->first);
      }
      previous = it;
    }
    return out;
  }

  /// Over a list: a series, time by time. Over one series: the number.
  static Value aggregated(const std::string& name, const Value& value) {
    if (value.kind == Value::Kind::scalar) return value;
    if (value.kind == Value::Kind::series) {
      std::vector<double> values;
      for (const auto& [at, one] : value.series) values.push_back(one);
      return scalar(aggregate_of(name, values));
    }
    std::map<int64_t, std::vector<double>> by_time;
    for (const Labelled& labelled : value.list) {
      for (const auto& [at, one] : labelled.series) by_time[at].push_back(one);
    }
    Series out;
    for (const auto& [at, values] : by_time) out[at] = aggregate_of(name, values);
    return of(std::move(out));
  }

  Series written_out(const Value& value) const {
    if (value.kind == Value::Kind::series || !input_) return value.series;
    Series out;
    for (int64_t at = input_->from_s / input_->period_s * input_->period_s;
         at < input_->to_s && out.size() < kPointsMax && input_->points_left > 0; at += input_->period_s) {
      out.emplace_hint(out.end(), at, value.scalar);
      --input_->points_left;
    }
    return out;
  }

  Result<Value> filled(const Value& value, const Value& with) const {
    if (!input_) return of({});
    if (value.kind == Value::Kind::list) {
      Value out{Value::Kind::list, 0, {}, {}, {}};
      for (const Labelled& labelled : value.list) {
        TRY(Value one, filled(of(labelled.series), with));
        out.list.push_back({labelled.label, std::move(one.series)});
      }
      return out;
    }
    Series out = value.series;
    for (const auto& [at, nothing] : written_out(scalar(0))) {
      (void)nothing;
      if (out.contains(at)) continue;
      if (with.kind == Value::Kind::scalar) {
        out[at] = with.scalar;
      } else if (with.kind == Value::Kind::series) {
        if (auto other = with.series.find(at); other != with.series.end()) out[at] = other->second;
      } else if (auto known = between(value.series, at, with.text == "LINEAR")) {
        out[at] = *known;
      }
    }
    return of(std::move(out));
  }

  /// The last value before `at`, or with `linear` the value on the line to the next one.
  static std::optional<double> between(const Series& series, int64_t at, bool linear) {
    auto after = series.upper_bound(at);
    if (after == series.begin()) return std::nullopt;
    auto before = std::prev(after);
    if (!linear) return before->second;
    if (after == series.end()) return std::nullopt;
    const double part = static_cast<double>(at - before->first) / static_cast<double>(after->first - before->first);
    return before->second + (after->second - before->second) * part;
  }

  Result<Value> chosen(const std::vector<Value>& arguments) const {
    if (arguments.size() < 2 || arguments.size() > 3) return bad("IF needs two or three arguments");
    const Value& condition = arguments[0];
    auto value_at = [](const Value& value, int64_t at) -> std::optional<double> {
      if (value.kind == Value::Kind::scalar) return value.scalar;
      auto found = value.series.find(at);
      return found == value.series.end() ? std::nullopt : std::optional<double>(found->second);
    };
    if (condition.kind == Value::Kind::scalar) {
      if (condition.scalar != 0) return arguments[1];
      return arguments.size() == 3 ? arguments[2] : of({});
    }
    Series out;
    for (const auto& [at, holds] : condition.series) {
      if (holds == 0 && arguments.size() < 3) continue;
      if (auto value = value_at(arguments[holds != 0 ? 1 : 2], at)) out[at] = *value;
    }
    return of(std::move(out));
  }

  const std::string& text_;
  const MathInput* input_;
  size_t at_ = 0;
  int depth_ = 0;

 public:
  Series series_of(const Value& value) const { return written_out(value); }
};

}  // namespace

Result<References> references(const std::string& expression) {
  Reader reader(expression, nullptr);
  TRY_VOID(reader.all());
  return std::move(reader.references);
}

Result<std::vector<Labelled>> evaluate_all(const std::string& expression, const MathInput& input) {
  Reader reader(expression, &input);
  TRY(Value value, reader.all());
  if (value.kind == Value::Kind::list) return std::move(value.list);
  std::vector<Labelled> out;
  out.push_back({"", reader.series_of(value)});
  return out;
}

Result<Series> evaluate(const std::string& expression, const MathInput& input) {
  TRY(std::vector<Labelled> all, evaluate_all(expression, input));
  if (all.size() == 1) return std::move(all[0].series);
  return AwsError(errors::validation, "The expression '" + expression + "' gives several time series.");
}

}  // namespace millrace::cloudwatch
