#include "emulator/services/cloudwatch/points.h"

#include <algorithm>
#include <utility>

#include "emulator/base/log.h"

namespace millrace::cloudwatch {

void Bucket::add(double value, double times) {
  if (count == 0) minimum = maximum = value;
  minimum = std::min(minimum, value);
  maximum = std::max(maximum, value);
  count += times;
  sum += value * times;
  if (!has_values) return;
  values[value] += times;
  if (values.size() > kDifferentValuesMax) {
    has_values = false;
    values.clear();
  }
}

void Bucket::merge(const Bucket& other) {
  if (other.count == 0) return;
  if (count == 0) {
    *this = other;
    return;
  }
  minimum = std::min(minimum, other.minimum);
  maximum = std::max(maximum, other.maximum);
  count += other.count;
  sum += other.sum;
  has_values = has_values && other.has_values;
  if (!has_values) return values.clear();
  for (const auto& [value, times] : other.values) values[value] += times;
}

/// Values of the current minute, and of minutes that went by before anybody took them.
class Counts::Series final : public ports::MetricSeries, public std::enable_shared_from_this<Counts::Series> {
 public:
  Series(Counts& counts, const ports::MetricName& name)
      : counts_(counts),
        metric_{name.account, name.region, name.name_space, name.name, name.dimensions},
        unit_(name.unit) {}

  void add(Millis at, double value, double times) override {
    const int64_t minute = at / 60'000 * 60;
    bool is_first = false;
    {
      MutexLock lock(mutex_);
      if (minute != minute_) turn(minute);
      bucket_.add(value, times);
      is_first = !std::exchange(listed_, true);
    }
    if (is_first) counts_.changed(shared_from_this());
  }

  void take(std::vector<Datum>& out) {
    MutexLock lock(mutex_);
    turn(minute_);
    for (Datum& datum : earlier_) out.push_back(std::move(datum));
    earlier_.clear();
    listed_ = false;
  }

 private:
  static constexpr size_t kMinutesMax = 60;  // between two flushes; a clock that jumps to and fro loses what is beyond

  void turn(int64_t minute) REQUIRES(mutex_) {
    if (bucket_.count > 0 && earlier_.size() < kMinutesMax) {
      Datum datum{metric_, unit_, minute_};
      datum.bucket = std::move(bucket_);
      earlier_.push_back(std::move(datum));
    }
    bucket_ = Bucket();
    minute_ = minute;
  }

  Counts& counts_;
  const Metric metric_;
  const std::string unit_;
  Mutex mutex_;
  int64_t minute_ GUARDED_BY(mutex_) = 0;
  Bucket bucket_ GUARDED_BY(mutex_);
  std::vector<Datum> earlier_ GUARDED_BY(mutex_);
  bool listed_ GUARDED_BY(mutex_) = false;
};

void Counts::count(const ports::MetricName& name, double value) {
  Bucket bucket;
  bucket.add(value, 1);
  add(name, context_.clock.now_s(), bucket);
}

void Counts::record(const ports::MetricName& name, Millis at, const ports::MetricValues& values) {
  Bucket bucket{values.count, values.sum, values.minimum, values.maximum, {}, values.minimum == values.maximum};
  if (bucket.has_values) bucket.values[values.minimum] = values.count;
  add(name, at / 1000, bucket);
}

std::shared_ptr<ports::MetricSeries> Counts::series(const ports::MetricName& metric) {
  return std::make_shared<Series>(*this, metric);
}

void Counts::gauge(const ports::MetricName& metric, Millis at, double value) {
  Bucket bucket;
  bucket.add(value, 1);
  add(metric, at / 1000, bucket, true);
}

void Counts::sample_by(Sampler sampler) {
  MutexLock lock(samplers_mutex_);
  samplers_.push_back(std::move(sampler));
}

void Counts::begin_counting() {
  if (!counting_.exchange(true) && when_counting_) when_counting_();
}

void Counts::changed(std::shared_ptr<Series> series) {
  {
    MutexLock lock(changed_mutex_);
    changed_.push_back(std::move(series));
  }
  begin_counting();
}

void Counts::add(const ports::MetricName& name, int64_t at_s, const Bucket& bucket, bool replaces) {
  const int64_t minute = at_s / 60 * 60;
  Datum datum{{name.account, name.region, name.name_space, name.name, name.dimensions}, name.unit, minute};
  datum.replaces = replaces;
  std::string text = series_key(datum.metric) + name.unit;
  Stripe& stripe = stripes_[std::hash<std::string>()(text) % kStripes];
  {
    MutexLock lock(stripe.mutex);
    if (stripe.data.size() >= kMetricsMax) return;
    auto [it, is_new] = stripe.data.try_emplace({std::move(text), minute});
    if (is_new) it->second = std::move(datum);
    if (replaces) it->second.bucket = Bucket();
    it->second.bucket.merge(bucket);
  }
  if (!replaces) begin_counting();  // gauges are told when somebody looks
}

bool Counts::sample() {
  std::vector<Sampler> samplers;
  {
    MutexLock lock(samplers_mutex_);
    samplers = samplers_;
  }
  bool again = false;
  for (const Sampler& sampler : samplers) again |= sampler(context_.clock.now_ms());
  return again;
}

std::vector<Datum> Counts::take() {
  std::vector<Datum> data;
  for (Stripe& stripe : stripes_) {
    MutexLock lock(stripe.mutex);
    for (auto& [key, datum] : stripe.data) data.push_back(std::move(datum));
    stripe.data.clear();
  }
  std::vector<std::shared_ptr<Series>> changed;
  {
    MutexLock lock(changed_mutex_);
    changed.swap(changed_);
  }
  for (const auto& series : changed) series->take(data);
  return data;
}

void Counts::flush() {
  MutexLock one_at_a_time(flush_mutex_);
  const bool counted = counting_.exchange(false), again = sample();
  if (!counted && !again) return;
  const std::vector<Datum> data = take();
  if (!data.empty()) {
    auto stored = context_.store.transact([&](storage::Txn& txn) -> Result<void> {
      write_points(txn, data, context_.clock.now_s());
      return {};
    });
    if (stored.has_error()) log::error("metrics: " + stored.error().message);
  }
  if (again) begin_counting();
}

void Counts::stop() {
  {
    MutexLock lock(samplers_mutex_);
    samplers_.clear();  // those whom they ask may be gone
  }
  flush();
}

}  // namespace millrace::cloudwatch
