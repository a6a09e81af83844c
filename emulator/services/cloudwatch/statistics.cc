#include "emulator/services/cloudwatch/statistics.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace millrace::cloudwatch {

namespace {

/// `p99.9` -> ("p", 99.9); IQM is the interquartile mean. nullopt for what isn't one.
struct Extended {
  std::string kind;
  double low = 0, high = 0;  // percents
};

std::optional<double> percent(std::string_view text) {
  if (text.empty() || text.size() > 16) return std::nullopt;
  char* end = nullptr;
  const std::string copy(text);
  const double value = std::strtod(copy.c_str(), &end);
  if (end != copy.c_str() + copy.size() || value < 0 || value > 100) return std::nullopt;
  return value;
}

std::optional<Extended> extended(const std::string& name) {
  if (name == "IQM") return Extended{"tm", 25, 75};
  for (const char* kind : {"p", "tm", "tc", "ts", "wm"}) {
    const std::string prefix = kind;
    if (!name.starts_with(prefix)) continue;
    if (auto high = percent(std::string_view(name).substr(prefix.size()))) return Extended{prefix, 0, *high};
  }
  // TM(10%:90%)
  const size_t open = name.find('('), colon = name.find(':');
  if (open != 2 || colon == std::string::npos || !name.ends_with(')')) return std::nullopt;
  auto bound = [](std::string_view text, double otherwise) -> std::optional<double> {
    if (text.empty()) return otherwise;
    if (!text.ends_with('%')) return std::nullopt;
    return percent(text.substr(0, text.size() - 1));
  };
  const std::string_view all = name;
  auto low = bound(all.substr(3, colon - 3), 0), high = bound(all.substr(colon + 1, all.size() - colon - 2), 100);
  const std::string kind = name.substr(0, 2);
  if (!low || !high || *low > *high) return std::nullopt;
  if (kind == "TM") return Extended{"tm", *low, *high};
  if (kind == "TC") return Extended{"tc", *low, *high};
  if (kind == "TS") return Extended{"ts", *low, *high};
  if (kind == "WM") return Extended{"wm", *low, *high};
  return std::nullopt;
}

/// The value below which that part of the values lies, between its neighbours by interpolation.
double value_at(const Bucket& bucket, double part) {
  const double rank = part / 100 * (bucket.count - 1);
  double seen = 0, previous = bucket.minimum;
  for (const auto& [value, times] : bucket.values) {
    const double first = seen, last = seen + times - 1;
    if (rank <= last) {
      if (rank >= first || seen == 0) return value;
      return previous + (value - previous) * (rank - (first - 1));
    }
    seen += times;
    previous = value;
  }
  return bucket.maximum;
}

/// Count and sum of the values between two ranks; `clamped` counts what lies outside with the border's value.
std::pair<double, double> within(const Bucket& bucket, const Extended& wanted, bool clamped) {
  const double from = wanted.low / 100 * bucket.count, to = wanted.high / 100 * bucket.count;
  double seen = 0, count = 0, sum = 0, low_value = bucket.maximum, high_value = bucket.minimum;
  for (const auto& [value, times] : bucket.values) {
    const double inside = std::min(seen + times, to) - std::max(seen, from);
    if (inside > 0) {
      count += inside;
      sum += inside * value;
      low_value = std::min(low_value, value);
      high_value = std::max(high_value, value);
    }
    seen += times;
  }
  if (!clamped || count == 0) return {count, sum};
  return {bucket.count, sum + from * low_value + (bucket.count - to) * high_value};
}

}  // namespace

bool is_statistic(const std::string& name) {
  for (const char* plain : {"Average", "Sum", "Minimum", "Maximum", "SampleCount"}) {
    if (name == plain) return true;
  }
  return extended(name).has_value();
}

std::optional<double> statistic(const Bucket& bucket, const std::string& name) {
  if (name == "SampleCount") return bucket.count;
  if (bucket.count <= 0) return std::nullopt;
  if (name == "Average") return bucket.sum / bucket.count;
  if (name == "Sum") return bucket.sum;
  if (name == "Minimum") return bucket.minimum;
  if (name == "Maximum") return bucket.maximum;
  auto wanted = extended(name);
  if (!wanted) return std::nullopt;
  if (!bucket.has_values) {
    if (bucket.minimum == bucket.maximum && wanted->kind != "tc" && wanted->kind != "ts") return bucket.minimum;
    return std::nullopt;
  }
  if (wanted->kind == "p") return value_at(bucket, wanted->high);
  const auto [count, sum] = within(bucket, *wanted, wanted->kind == "wm");
  if (wanted->kind == "tc") return count;
  if (wanted->kind == "ts") return sum;
  if (count == 0) return std::nullopt;
  return sum / count;
}

}  // namespace millrace::cloudwatch
