#include "emulator/services/cloudwatch/statistics.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace millrace::cloudwatch {

namespace {

/// `p99.9` -> ("p", 99.9); IQM is the interquartile mean. nullopt for what isn't one.
struct Extended {
  std::string kind;
  double low = 0, high = 0;  // percents, or with `absolute` values: above the one, up to the other
  bool absolute = false;
};

std::optional<double> percent(std::string_view text) {
  if (text.empty() || text.size() > 16) return std::nullopt;
  char* end = nullptr;
  const std::string copy(text);
  const double value = std::strtod(copy.c_str(), &end);
  if (end != copy.c_str() + copy.size() || value < 0 || value > 100) return std::nullopt;
  return value;
}

std::optional<double> number(std::string_view text) {
  const std::string copy(text);
  char* end = nullptr;
  const double value = std::strtod(copy.c_str(), &end);
  return copy.empty() || copy.size() > 32 || end != copy.c_str() + copy.size() || !std::isfinite(value)
             ? std::nullopt
             : std::optional(value);
}

/// Either bound may be missing; both are percents or neither is. PR knows values alone.
std::optional<Extended> bounded(const std::string& kind, std::string_view low, std::string_view high) {
  const bool percents = low.ends_with('%') || high.ends_with('%');
  if (percents && kind == "PR") return std::nullopt;
  Extended out{kind == "PR" ? "pr" : kind == "TM" ? "tm" : kind == "TC" ? "tc" : kind == "TS" ? "ts" : "wm"};
  out.absolute = !percents;
  out.low = percents ? 0 : -HUGE_VAL;
  out.high = percents ? 100 : HUGE_VAL;
  for (auto [text, bound] : {std::pair(low, &out.low), std::pair(high, &out.high)}) {
    if (text.empty()) continue;
    if (text.ends_with('%') != percents) return std::nullopt;
    auto value = percents ? percent(text.substr(0, text.size() - 1)) : number(text);
    if (!value) return std::nullopt;
    *bound = *value;
  }
  if (out.low > out.high) return std::nullopt;
  return out;
}

std::optional<Extended> extended(const std::string& name) {
  if (name == "IQM") return Extended{"tm", 25, 75};
  for (const char* kind : {"p", "tm", "tc", "ts", "wm"}) {
    const std::string prefix = kind;
    if (!name.starts_with(prefix)) continue;
    if (auto high = percent(std::string_view(name).substr(prefix.size()))) return Extended{prefix, 0, *high};
  }
  // TM(10%:90%), TM(2:10), PR(:300)
  const size_t open = name.find('('), colon = name.find(':');
  if (open != 2 || colon == std::string::npos || !name.ends_with(')')) return std::nullopt;
  const std::string kind = name.substr(0, 2);
  if (kind != "TM" && kind != "TC" && kind != "TS" && kind != "WM" && kind != "PR") return std::nullopt;
  const std::string_view low = std::string_view(name).substr(3, colon - 3);
  const std::string_view high = std::string_view(name).substr(colon + 1, name.size() - colon - 2);
  if (low.empty() && high.empty()) return std::nullopt;
  return bounded(kind, low, high);
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

/// Count and sum of the values above the lower and up to the higher bound; `clamped` counts the others with the bound's value.
std::pair<double, double> between(const Bucket& bucket, const Extended& wanted, bool clamped) {
  double count = 0, sum = 0;
  for (const auto& [value, times] : bucket.values) {
    const bool inside = value > wanted.low && value <= wanted.high;
    if (!inside && !clamped) continue;
    count += times;
    sum += times * std::min(std::max(value, wanted.low), wanted.high);
  }
  return {count, sum};
}

/// Count and sum of the values between two ranks; `clamped` counts what lies outside with the border's value.
std::pair<double, double> within(const Bucket& bucket, const Extended& wanted, bool clamped) {
  if (wanted.absolute) return between(bucket, wanted, clamped);
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

std::optional<double> value_of(const Bucket& bucket, const Extended& wanted) {
  if (bucket.count <= 0) return std::nullopt;
  if (!bucket.has_values) {
    if (bucket.minimum == bucket.maximum && (wanted.kind == "p" || wanted.kind == "tm" || wanted.kind == "wm"))
      return bucket.minimum;
    return std::nullopt;
  }
  if (wanted.kind == "p") return value_at(bucket, wanted.high);
  const auto [count, sum] = within(bucket, wanted, wanted.kind == "wm");
  if (wanted.kind == "tc") return count;
  if (wanted.kind == "pr") return count / bucket.count * 100;
  if (wanted.kind == "ts") return sum;
  if (count == 0) return std::nullopt;
  return sum / count;
}

}  // namespace

bool is_statistic(const std::string& name) {
  for (const char* plain : {"Average", "Sum", "Minimum", "Maximum", "SampleCount"}) {
    if (name == plain) return true;
  }
  return extended(name).has_value();
}

double (*plain_statistic(const std::string& name))(const Bucket& bucket) {
  if (name == "Average") return [](const Bucket& bucket) { return bucket.count > 0 ? bucket.sum / bucket.count : 0; };
  if (name == "Sum") return [](const Bucket& bucket) { return bucket.sum; };
  if (name == "Minimum") return [](const Bucket& bucket) { return bucket.minimum; };
  if (name == "Maximum") return [](const Bucket& bucket) { return bucket.maximum; };
  if (name == "SampleCount") return [](const Bucket& bucket) { return bucket.count; };
  return nullptr;
}

std::function<std::optional<double>(const Bucket& bucket)> statistic_named(const std::string& name) {
  if (name == "SampleCount") return [](const Bucket& bucket) { return bucket.count; };
  if (auto plain = plain_statistic(name)) {
    return [plain](const Bucket& bucket) { return bucket.count > 0 ? std::optional(plain(bucket)) : std::nullopt; };
  }
  if (auto wanted = extended(name)) return [wanted](const Bucket& bucket) { return value_of(bucket, *wanted); };
  return nullptr;
}

std::optional<double> statistic(const Bucket& bucket, const std::string& name) {
  const auto value = statistic_named(name);
  return value ? value(bucket) : std::nullopt;
}

}  // namespace millrace::cloudwatch
