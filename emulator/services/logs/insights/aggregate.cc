#include "emulator/services/logs/insights/aggregate.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <set>

namespace millrace::logs::insights {

namespace {

class Count final : public Aggregator {
 public:
  explicit Count(bool all) : all_(all) {}
  void add(const Value& value, Millis) override { count_ += all_ || !is_absent(value); }
  Value result() const override { return count_; }

 private:
  bool all_;
  double count_ = 0;
};

/// The smallest hashes tell how many there are: exact while fewer than kKept were seen.
class CountDistinct final : public Aggregator {
 public:
  void add(const Value& value, Millis) override {
    if (is_absent(value)) return;
    uint64_t hash = mixed(std::hash<std::string>{}(text_of(value)));
    if (smallest_.size() == kKept && hash >= *smallest_.rbegin()) return;
    smallest_.insert(hash);
    if (smallest_.size() > kKept) smallest_.erase(std::prev(smallest_.end()));
  }
  Value result() const override {
    if (smallest_.size() < kKept) return static_cast<double>(smallest_.size());
    constexpr double kAll = 18446744073709551616.0;  // 2^64
    return std::round((kKept - 1) * (kAll / static_cast<double>(*smallest_.rbegin())));
  }

 private:
  static constexpr size_t kKept = 4096;
  static uint64_t mixed(uint64_t x) {
    x = (x ^ (x >> 33)) * 0xff51afd7ed558ccdULL;
    x = (x ^ (x >> 33)) * 0xc4ceb9fe1a85ec53ULL;
    return x ^ (x >> 33);
  }
  std::set<uint64_t> smallest_;
};

/// sum, avg, stddev (Welford's method, of the population).
class Moments final : public Aggregator {
 public:
  enum class What { sum, average, deviation };
  explicit Moments(What what) : what_(what) {}
  void add(const Value& value, Millis) override {
    auto number = number_of(value);
    if (!number) return;
    ++count_;
    sum_ += *number;
    double before = *number - mean_;
    mean_ += before / count_;
    squares_ += before * (*number - mean_);
  }
  Value result() const override {
    if (count_ == 0) return {};
    if (what_ == What::sum) return sum_;
    if (what_ == What::average) return sum_ / count_;
    return std::sqrt(squares_ / count_);
  }

 private:
  What what_;
  double count_ = 0, sum_ = 0, mean_ = 0, squares_ = 0;
};

/// min and max of numbers and times; sortsFirst and sortsLast of anything.
class Extreme final : public Aggregator {
 public:
  Extreme(bool greatest, bool any) : greatest_(greatest), any_(any) {}
  void add(const Value& value, Millis) override {
    if (is_absent(value) || (!any_ && !number_of(value))) return;
    if (is_absent(best_) || (greatest_ ? order(value, best_) > 0 : order(value, best_) < 0)) best_ = value;
  }
  Value result() const override { return best_; }

 private:
  bool greatest_, any_;
  Value best_;
};

/// earliest and latest: the value of the record with the least or greatest @timestamp that has one.
class ByTime final : public Aggregator {
 public:
  explicit ByTime(bool latest) : latest_(latest) {}
  void add(const Value& value, Millis timestamp_ms) override {
    if (is_absent(value)) return;
    if (!is_absent(value_) && (latest_ ? timestamp_ms <= time_ : timestamp_ms >= time_)) return;
    value_ = value;
    time_ = timestamp_ms;
  }
  Value result() const override { return value_; }

 private:
  bool latest_;
  Value value_;
  Millis time_ = 0;
};

/// Exact up to kExactMax values; then a histogram whose buckets are 1% wide.
class Percentile final : public Aggregator {
 public:
  explicit Percentile(double percentile) : percentile_(percentile) {}
  void add(const Value& value, Millis) override {
    auto number = number_of(value);
    if (!number) return;
    ++count_;
    if (buckets_.empty()) {
      exact_.push_back(*number);
      if (exact_.size() <= kExactMax) return;
      for (double earlier : exact_) ++buckets_[bucket_of(earlier)];
      exact_ = {};
      return;
    }
    ++buckets_[bucket_of(*number)];
  }
  Value result() const override {
    if (count_ == 0) return {};
    if (buckets_.empty()) {
      // unverified: interpolated between others, as CloudWatch's percentiles are.
      std::vector<double> sorted = exact_;
      std::sort(sorted.begin(), sorted.end());
      double rank = percentile_ / 100 * static_cast<double>(sorted.size() - 1);
      auto below = static_cast<size_t>(rank);
      double above = below + 1 < sorted.size() ? sorted[below + 1] : sorted[below];
      return sorted[below] + (above - sorted[below]) * (rank - static_cast<double>(below));
    }
    double wanted = percentile_ / 100 * count_, seen = 0;
    for (const auto& [bucket, count] : buckets_) {
      seen += count;
      if (seen >= wanted) return middle_of(bucket);
    }
    return middle_of(buckets_.rbegin()->first);
  }

 private:
  static constexpr size_t kExactMax = 10'000;
  static constexpr double kLogWidth = 0.00995033;  // of 1.01
  static constexpr int kOffset = 100'000;

  /// Ordered as the values are: negative ones below 0, zero is 0.
  static int bucket_of(double value) {
    if (value == 0) return 0;
    int magnitude = static_cast<int>(std::floor(std::log(std::abs(value)) / kLogWidth)) + kOffset;
    return value > 0 ? magnitude : -magnitude;
  }
  static double middle_of(int bucket) {
    if (bucket == 0) return 0;
    double value = std::exp((std::abs(bucket) - kOffset + 0.5) * kLogWidth);
    return bucket > 0 ? value : -value;
  }

  double percentile_;
  double count_ = 0;
  std::vector<double> exact_;
  std::map<int, double> buckets_;
};

}  // namespace

std::unique_ptr<Aggregator> make_aggregator(const Aggregate& aggregate) {
  const std::string& name = aggregate.function;
  if (name == "count") return std::make_unique<Count>(aggregate.argument == nullptr);
  if (name == "count_distinct") return std::make_unique<CountDistinct>();
  if (name == "sum") return std::make_unique<Moments>(Moments::What::sum);
  if (name == "avg") return std::make_unique<Moments>(Moments::What::average);
  if (name == "stddev") return std::make_unique<Moments>(Moments::What::deviation);
  if (name == "min" || name == "max") return std::make_unique<Extreme>(name == "max", false);
  if (name == "sortsfirst" || name == "sortslast") return std::make_unique<Extreme>(name == "sortslast", true);
  if (name == "earliest" || name == "latest") return std::make_unique<ByTime>(name == "latest");
  return std::make_unique<Percentile>(aggregate.percentile);  // pct and median
}

}  // namespace millrace::logs::insights
