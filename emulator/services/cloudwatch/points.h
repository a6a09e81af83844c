#pragma once
// What was measured: for each metric and unit, a bucket of values per minute (per second at high resolution).
//
//   hour:  'N' | account, region, namespace, name, dimensions (parts) | unit part | u64 second    Family::queues: its minutes
//     -> for each: u16 second in the hour, u8 flags, u16 how many pairs, doubles count, sum, minimum, maximum, then pairs
//        (value, how often) while there are few different ones
//   point: 'M' | ... | u64 second    the same of one second at high resolution -> u8 flags, doubles, pairs
//   {"cloudwatch", account, region, "metric", namespace, name, dimensions}    Family::meta: that there is such a metric

#include <atomic>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "emulator/base/mutex.h"
#include "emulator/ports/metrics.h"
#include "emulator/services/service_context.h"

namespace millrace::cloudwatch {

inline constexpr size_t kDifferentValuesMax = 100;  // beyond it a bucket has no percentiles

/// The values of one bucket.
struct Bucket {
  double count = 0, sum = 0, minimum = 0, maximum = 0;
  /// Value to how often; only while `has_values` (percentiles need them).
  std::map<double, double> values;
  bool has_values = true;

  void add(double value, double times);
  void merge(const Bucket& other);
};

struct Metric {
  std::string account, region, name_space, name;
  std::map<std::string, std::string> dimensions;
};
/// Dimensions as one text, in order of their names; the same for the same set.
std::string dimensions_text(const std::map<std::string, std::string>& dimensions);

/// What a metric's points lie under, without their kind, unit and time.
std::string series_key(const Metric& metric);

/// Buckets by the second at which they begin, by unit.
using Points = std::map<int64_t, Bucket>;
using PointsByUnit = std::map<std::string, Points>;

struct Datum {
  Metric metric;
  std::string unit = "None";
  int64_t at_s = 0;
  bool high_resolution = false;
  bool replaces = false;  // takes the place of what there is, instead of being added
  Bucket bucket;
};

/// Adds data inside a change.
void write_points(storage::Txn& txn, const std::vector<Datum>& data, int64_t now_s);
/// Points with from <= second < to in buckets of `period_s`; of one unit, or of all if it is empty.
PointsByUnit read_points(const storage::Reader& reader, const Metric& metric, int64_t from_s, int64_t to_s,
                         int64_t period_s, const std::string& unit);

/// A statistic of a metric over time.
struct SeriesQuestion {
  int64_t from_s = 0, to_s = 0, period_s = 60;
  std::string unit;  // empty: all
  std::string statistic;
};
struct SeriesRead {
  std::vector<std::pair<int64_t, double>> points;  // a period's begin and value, oldest first
  std::set<std::string> units;
  size_t numbers = 0;  // stored points that were looked at, and their single values
};
/// Periods whose value can't be told are left out. The values of one period at a time are in memory; all of them only for a
/// metric of several units, or with points of seconds beside those of minutes.
SeriesRead read_series(const storage::Reader& reader, const Metric& metric, const SeriesQuestion& question);

/// What services count, gathered in memory until a minute is over or somebody asks. Striped by metric: counting takes one
/// lock that hardly anybody shares.
class Counts final : public ports::Metrics {
 public:
  explicit Counts(ServiceContext context) : context_(std::move(context)) {}
  ~Counts() override { stop(); }

  void count(const ports::MetricName& metric, double value) override;
  void record(const ports::MetricName& metric, Millis at, const ports::MetricValues& values) override;
  std::shared_ptr<ports::MetricSeries> series(const ports::MetricName& metric) override;
  void gauge(const ports::MetricName& metric, Millis at, double value) override;
  void sample_by(Sampler sampler) override;
  /// Writes what was counted into the store; waits for it.
  void flush();
  /// Called on the thread that counts, when the first value after a flush comes; set once, before anything is counted.
  void when_counting(std::function<void()> fn) { when_counting_ = std::move(fn); }
  void stop();

 private:
  static constexpr size_t kStripes = 16;
  static constexpr size_t kMetricsMax = 4096;  // per stripe between two flushes; what is beyond isn't counted
  struct Stripe {
    Mutex mutex;
    std::map<std::pair<std::string, int64_t>, Datum> data GUARDED_BY(mutex);  // by metric's text and minute
  };
  class Series;
  void add(const ports::MetricName& metric, int64_t at_s, const Bucket& bucket, bool replaces = false);
  void changed(std::shared_ptr<Series> series);
  void begin_counting();
  bool sample();
  std::vector<Datum> take();
  ServiceContext context_;
  Stripe stripes_[kStripes];
  Mutex changed_mutex_;
  std::vector<std::shared_ptr<Series>> changed_ GUARDED_BY(changed_mutex_);  // those that have values, once each
  Mutex samplers_mutex_;
  std::vector<Sampler> samplers_ GUARDED_BY(samplers_mutex_);
  Mutex flush_mutex_;
  std::atomic<bool> counting_ = false;
  std::function<void()> when_counting_;
};

}  // namespace millrace::cloudwatch
