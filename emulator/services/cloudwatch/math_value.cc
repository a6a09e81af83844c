#include "emulator/services/cloudwatch/math_value.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace millrace::cloudwatch {

namespace {

MathValue number_value(double number) {
  return {MathValue::Kind::scalar, number, {}, {}, {}};
}
MathValue series_value(Series series) {
  return {MathValue::Kind::series, 0, std::move(series), {}, {}};
}

double apply(const std::string& op, double a, double b) {
  if (op == "+") return a + b;
  if (op == "-") return a - b;
  if (op == "*") return a * b;
  if (op == "/") return b == 0 ? std::numeric_limits<double>::quiet_NaN() : a / b;
  if (op == "^") return std::pow(a, b);
  if (op == "<") return a < b;
  if (op == ">") return a > b;
  if (op == "<=") return a <= b;
  if (op == ">=") return a >= b;
  if (op == "==") return a == b;
  if (op == "!=") return a != b;
  if (op == "AND" || op == "&&") return a != 0 && b != 0;
  return a != 0 || b != 0;  // OR
}

}  // namespace

void keep_point(Series& series, int64_t at, double value) {
  if (std::isfinite(value)) series[at] = value;
}

MathValue combined(const std::string& op, const MathValue& a, const MathValue& b) {
  using Kind = MathValue::Kind;
  if (a.kind == Kind::scalar && b.kind == Kind::scalar) return number_value(apply(op, a.scalar, b.scalar));
  if (a.kind == Kind::list || b.kind == Kind::list) {
    MathValue out{Kind::list, 0, {}, {}, {}};
    const MathValue& list = a.kind == Kind::list ? a : b;
    for (size_t i = 0; i < list.list.size(); ++i) {
      // Without copies of the one that isn't a list: it may be long.
      const MathValue left = a.kind == Kind::list ? series_value(a.list[i].series) : MathValue();
      const MathValue right = b.kind != Kind::list ? MathValue()
                              : i < b.list.size()  ? series_value(b.list[i].series)
                                                   : number_value(0);
      out.list.push_back(
          {list.list[i].label, combined(op, a.kind == Kind::list ? left : a, b.kind == Kind::list ? right : b).series});
    }
    return out;
  }
  Series out;
  if (a.kind == Kind::series && b.kind == Kind::series) {
    if (a.series.size() <= b.series.size()) {
      for (const auto& [at, value] : a.series) {
        if (auto other = b.series.find(at); other != b.series.end())
          keep_point(out, at, apply(op, value, other->second));
      }
    } else {
      for (const auto& [at, value] : b.series) {
        if (auto other = a.series.find(at); other != a.series.end())
          keep_point(out, at, apply(op, other->second, value));
      }
    }
  } else if (a.kind == Kind::series) {
    for (const auto& [at, value] : a.series) keep_point(out, at, apply(op, value, b.scalar));
  } else {
    for (const auto& [at, value] : b.series) keep_point(out, at, apply(op, a.scalar, value));
  }
  return series_value(std::move(out));
}

double aggregate_of(const std::string& name, const std::vector<double>& values) {
  if (values.empty()) return 0;
  double sum = 0;
  for (double value : values) sum += value;
  if (name == "SUM") return sum;
  if (name == "AVG") return sum / static_cast<double>(values.size());
  if (name == "MIN") return *std::min_element(values.begin(), values.end());
  if (name == "MAX") return *std::max_element(values.begin(), values.end());
  const double mean = sum / static_cast<double>(values.size());
  double squares = 0;
  for (double value : values) squares += (value - mean) * (value - mean);
  return std::sqrt(squares / static_cast<double>(values.size()));  // STDDEV
}

size_t math_size(const MathValue& value) {
  size_t size = 1 + value.series.size();
  for (const Labelled& one : value.list) size += 1 + one.series.size();
  return size;
}

}  // namespace millrace::cloudwatch
