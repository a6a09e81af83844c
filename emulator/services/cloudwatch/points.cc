#include "emulator/services/cloudwatch/points.h"

#include <algorithm>
#include <cstring>

#include "emulator/base/log.h"
#include "emulator/storage/documents.h"

namespace millrace::cloudwatch {

namespace {

using storage::Family;

constexpr size_t kDifferentValuesMax = 100;  // beyond it a bucket has no percentiles
constexpr int64_t kKeptS = 63 * 86'400;      // ours: AWS keeps minutes for 15 days, 5 minutes for 63
constexpr int64_t kSeenEveryS = 3600;        // how exactly a metric's last use is known

std::string metric_key(const Metric& metric) {
  return storage::document_key({"cloudwatch", metric.account, metric.region, "metric", metric.name_space, metric.name,
                                dimensions_text(metric.dimensions)});
}

std::string series_prefix(const Metric& metric) {
  return "M" + storage::document_key(
                   {metric.account, metric.region, metric.name_space, metric.name, dimensions_text(metric.dimensions)});
}

std::string point_key(const std::string& series, const std::string& unit, int64_t second) {
  std::string key = series + storage::document_key({unit});
  storage::append_u64(key, static_cast<uint64_t>(std::max<int64_t>(second, 0)));
  return key;
}

void append_double(std::string& out, double value) {
  char bytes[sizeof value];
  std::memcpy(bytes, &value, sizeof value);
  out.append(bytes, sizeof value);
}

std::string encode(const Bucket& bucket) {
  std::string out(1, bucket.has_values ? '\1' : '\0');
  for (double value : {bucket.count, bucket.sum, bucket.minimum, bucket.maximum}) append_double(out, value);
  if (!bucket.has_values) return out;
  for (const auto& [value, times] : bucket.values) {
    append_double(out, value);
    append_double(out, times);
  }
  return out;
}

Bucket decode(std::string_view bytes) {
  auto at = [&](size_t index) {
    double value = 0;
    if (1 + (index + 1) * sizeof value <= bytes.size())
      std::memcpy(&value, bytes.data() + 1 + index * sizeof value, sizeof value);
    return value;
  };
  Bucket out;
  if (bytes.empty()) return out;
  out.has_values = bytes[0] == '\1';
  out.count = at(0);
  out.sum = at(1);
  out.minimum = at(2);
  out.maximum = at(3);
  const size_t numbers = (bytes.size() - 1) / sizeof(double);
  for (size_t i = 4; i + 1 < numbers; i += 2) out.values[at(i)] = at(i + 1);
  return out;
}

/// Notes that the metric is in use, and forgets what is too old, at most once an hour.
void note_metric(storage::Txn& txn, const Metric& metric, const std::string& unit, int64_t now_s) {
  const std::string key = metric_key(metric);
  auto document = storage::get_document(txn, key);
  if (document && int_of(*document, "_seen_s") + kSeenEveryS > now_s) return;
  Json dimensions = Json::array();
  for (const auto& [name, value] : metric.dimensions) dimensions.push_back({{"Name", name}, {"Value", value}});
  storage::put_document(txn, key,
                        {{"Namespace", metric.name_space},
                         {"MetricName", metric.name},
                         {"Dimensions", std::move(dimensions)},
                         {"_seen_s", now_s}});
  const std::string series = series_prefix(metric);
  txn.erase_range(Family::queues, point_key(series, unit, 0), point_key(series, unit, now_s - kKeptS));
}

}  // namespace

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

std::string dimensions_text(const std::map<std::string, std::string>& dimensions) {
  std::string out;
  for (const auto& [name, value] : dimensions) out += storage::document_key({name, value});
  return out;
}

void write_points(storage::Txn& txn, const std::vector<Datum>& data, int64_t now_s) {
  for (const Datum& datum : data) {
    const int64_t second = datum.high_resolution ? datum.at_s : datum.at_s / 60 * 60;
    const std::string key = point_key(series_prefix(datum.metric), datum.unit, second);
    auto before = txn.get(Family::queues, key);
    Bucket bucket = before ? decode(*before) : Bucket();
    bucket.merge(datum.bucket);
    if (bucket.has_values && bucket.values.size() > kDifferentValuesMax) {
      bucket.has_values = false;
      bucket.values.clear();
    }
    txn.put(Family::queues, key, encode(bucket));
    note_metric(txn, datum.metric, datum.unit, now_s);
  }
}

PointsByUnit read_points(const storage::Reader& reader, const Metric& metric, int64_t from_s, int64_t to_s,
                         int64_t period_s, const std::string& unit) {
  PointsByUnit out;
  const std::string series = series_prefix(metric);
  auto read_unit = [&](const std::string& name) {
    Points points;
    reader.scan(Family::queues, point_key(series, name, from_s), point_key(series, name, to_s),
                [&](std::string_view key, std::string_view value) {
                  std::string_view time = key.substr(key.size() - 8);
                  const auto second = static_cast<int64_t>(storage::take_u64(time).value_or(0));
                  points[second / period_s * period_s].merge(decode(value));
                  return true;
                });
    if (!points.empty()) out[name] = std::move(points);
  };
  if (!unit.empty()) {
    read_unit(unit);
    return out;
  }
  // The units that there are: from one to the next.
  std::string from = series;
  while (true) {
    std::string found;
    reader.scan(Family::queues, from, storage::prefix_end(series), [&](std::string_view key, std::string_view) {
      std::string_view rest = key.substr(series.size());
      if (auto name = storage::take_part(rest)) found = *name;
      return false;
    });
    if (found.empty()) return out;
    read_unit(found);
    from = storage::prefix_end(series + storage::document_key({found}));
  }
}

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

void Counts::add(const ports::MetricName& name, int64_t at_s, const Bucket& bucket) {
  const int64_t minute = at_s / 60 * 60;
  Datum datum{{name.account, name.region, name.name_space, name.name, name.dimensions}, name.unit, minute};
  std::string text = series_prefix(datum.metric) + name.unit;
  Stripe& stripe = stripes_[std::hash<std::string>()(text) % kStripes];
  {
    MutexLock lock(stripe.mutex);
    if (stripe.data.size() >= kMetricsMax) return;
    auto [it, is_new] = stripe.data.try_emplace({std::move(text), minute});
    if (is_new) it->second = std::move(datum);
    it->second.bucket.merge(bucket);
  }
  if (!counting_.exchange(true) && when_counting_) when_counting_();
}

void Counts::flush() {
  MutexLock one_at_a_time(flush_mutex_);
  if (!counting_.exchange(false)) return;
  std::vector<Datum> data;
  for (Stripe& stripe : stripes_) {
    MutexLock lock(stripe.mutex);
    for (auto& [key, datum] : stripe.data) data.push_back(std::move(datum));
    stripe.data.clear();
  }
  if (data.empty()) return;
  auto stored = context_.store.transact([&](storage::Txn& txn) -> Result<void> {
    write_points(txn, data, context_.clock.now_s());
    return {};
  });
  if (stored.has_error()) log::error("metrics: " + stored.error().message);
}

void Counts::stop() {
  flush();
}

}  // namespace millrace::cloudwatch
