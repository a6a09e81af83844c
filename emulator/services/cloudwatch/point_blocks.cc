// How points lie in the store: those of minutes an hour together, so that a day of them is 24 reads.

#include <algorithm>
#include <cstring>
#include <optional>

#include "emulator/services/cloudwatch/points.h"
#include "emulator/services/cloudwatch/statistics.h"
#include "emulator/storage/documents.h"

namespace millrace::cloudwatch {

namespace {

using storage::Family;

constexpr int64_t kHourS = 3600;
constexpr int64_t kKeptS = 63 * 86'400;         // ours: AWS keeps minutes for 15 days, 5 minutes for 63
constexpr int64_t kSeenEveryS = 3600;           // how exactly a metric's last use is known
constexpr size_t kHeadBytes = 5, kNumbers = 4;  // of an entry: u16 second in the hour, u8 flags, u16 pairs; its doubles

std::string metric_key(const Metric& metric) {
  return storage::document_key({"cloudwatch", metric.account, metric.region, "metric", metric.name_space, metric.name,
                                dimensions_text(metric.dimensions)});
}

/// `kind`: 'N', hours of minutes; 'M', single points (high resolution, and those that an earlier version wrote).
std::string unit_key(char kind, const std::string& series, const std::string& unit) {
  return kind + series + storage::document_key({unit});
}
std::string time_key(std::string key, int64_t second) {
  storage::append_u64(key, static_cast<uint64_t>(std::max<int64_t>(second, 0)));
  return key;
}

template <class Number>
void append_number(std::string& out, Number value) {
  char bytes[sizeof value];
  std::memcpy(bytes, &value, sizeof value);
  out.append(bytes, sizeof value);
}
template <class Number>
Number number_at(std::string_view bytes, size_t at) {
  Number value{};
  if (at + sizeof value <= bytes.size()) std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

/// A stored bucket, read where it lies.
struct Stored {
  bool has_values = false;
  double count = 0, sum = 0, minimum = 0, maximum = 0;
  std::string_view pairs;

  size_t pair_count() const { return pairs.size() / (2 * sizeof(double)); }

  Bucket without_values() const { return {count, sum, minimum, maximum, {}, false}; }
  Bucket bucket() const {
    Bucket out{count, sum, minimum, maximum, {}, has_values};
    for (size_t at = 0; at + 2 * sizeof(double) <= pairs.size(); at += 2 * sizeof(double))
      out.values[number_at<double>(pairs, at)] = number_at<double>(pairs, at + sizeof(double));
    return out;
  }
};

Stored stored_numbers(bool has_values, std::string_view numbers) {
  Stored out{has_values,
             number_at<double>(numbers, 0),
             number_at<double>(numbers, 8),
             number_at<double>(numbers, 16),
             number_at<double>(numbers, 24),
             {}};
  out.pairs = numbers.substr(std::min(numbers.size(), kNumbers * sizeof(double)));
  return out;
}

void append_numbers(std::string& out, const Bucket& bucket) {
  for (double value : {bucket.count, bucket.sum, bucket.minimum, bucket.maximum}) append_number(out, value);
  if (!bucket.has_values) return;
  for (const auto& [value, times] : bucket.values) {
    append_number(out, value);
    append_number(out, times);
  }
}

/// Visits the entries of an hour's block in order; false from `visit` ends it.
template <class Visit>
void each_entry(std::string_view block, Visit visit) {
  while (block.size() >= kHeadBytes + kNumbers * sizeof(double)) {
    const auto second = number_at<uint16_t>(block, 0);
    const bool has_values = block[2] == '\1';
    const size_t length = (kNumbers + 2 * size_t{number_at<uint16_t>(block, 3)}) * sizeof(double);
    visit(int64_t{second}, stored_numbers(has_values, block.substr(kHeadBytes, length)));
    block.remove_prefix(std::min(block.size(), kHeadBytes + length));
  }
}

std::string encode_block(const std::map<int64_t, Bucket>& entries) {
  std::string out;
  for (const auto& [second, bucket] : entries) {
    append_number(out, static_cast<uint16_t>(second));
    out.push_back(bucket.has_values ? '\1' : '\0');
    append_number(out, static_cast<uint16_t>(bucket.has_values ? bucket.values.size() : 0));
    append_numbers(out, bucket);
  }
  return out;
}

std::string encode_point(const Bucket& bucket) {
  std::string out(1, bucket.has_values ? '\1' : '\0');
  append_numbers(out, bucket);
  return out;
}

void put_into(Bucket& bucket, const Datum& datum) {
  if (datum.replaces) bucket = Bucket();
  bucket.merge(datum.bucket);
  if (bucket.values.size() <= kDifferentValuesMax) return;
  bucket.has_values = false;
  bucket.values.clear();
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
  const std::string series = series_key(metric);
  for (char kind : {'M', 'N'}) {
    const std::string points = unit_key(kind, series, unit);
    txn.erase_range(Family::queues, time_key(points, 0), time_key(points, (now_s - kKeptS) / kHourS * kHourS));
  }
}

/// Visits stored points with from <= second < to of one unit; in order, but for single points that come last.
template <class Visit>
void each_point(const storage::Reader& reader, const std::string& series, const std::string& unit, int64_t from_s,
                int64_t to_s, Visit visit) {
  auto time_of = [](std::string_view key) {
    std::string_view time = key.substr(key.size() - 8);
    return static_cast<int64_t>(storage::take_u64(time).value_or(0));
  };
  const std::string hours = unit_key('N', series, unit), points = unit_key('M', series, unit);
  reader.scan(Family::queues, time_key(hours, from_s / kHourS * kHourS), time_key(hours, to_s),
              [&](std::string_view key, std::string_view block) {
                const int64_t hour = time_of(key);
                each_entry(block, [&](int64_t second, const Stored& stored) {
                  if (hour + second >= from_s && hour + second < to_s) visit(hour + second, stored);
                });
                return true;
              });
  reader.scan(Family::queues, time_key(points, from_s), time_key(points, to_s),
              [&](std::string_view key, std::string_view value) {
                if (!value.empty()) visit(time_of(key), stored_numbers(value[0] == '\1', value.substr(1)));
                return true;
              });
}

/// The units that a metric has points of.
std::vector<std::string> units_of(const storage::Reader& reader, const std::string& series) {
  std::vector<std::string> out;
  for (char kind : {'N', 'M'}) {
    const std::string all = kind + series;
    std::string from = all;
    while (true) {
      std::optional<std::string> found;
      reader.scan(Family::queues, from, storage::prefix_end(all), [&](std::string_view key, std::string_view) {
        std::string_view rest = key.substr(all.size());
        found = storage::take_part(rest);
        return false;
      });
      if (!found) break;
      if (std::find(out.begin(), out.end(), *found) == out.end()) out.push_back(*found);
      from = storage::prefix_end(all + storage::document_key({*found}));
    }
  }
  return out;
}

}  // namespace

std::string dimensions_text(const std::map<std::string, std::string>& dimensions) {
  std::string out;
  for (const auto& [name, value] : dimensions) out += storage::document_key({name, value});
  return out;
}

std::string series_key(const Metric& metric) {
  return storage::document_key(
      {metric.account, metric.region, metric.name_space, metric.name, dimensions_text(metric.dimensions)});
}

void write_points(storage::Txn& txn, const std::vector<Datum>& data, int64_t now_s) {
  std::map<std::string, std::map<int64_t, Bucket>> hours;
  for (const Datum& datum : data) {
    const std::string series = series_key(datum.metric);
    note_metric(txn, datum.metric, datum.unit, now_s);
    if (datum.high_resolution) {
      const std::string key = time_key(unit_key('M', series, datum.unit), datum.at_s);
      auto before = txn.get(Family::queues, key);
      Bucket bucket;
      if (before && !before->empty())
        bucket = stored_numbers((*before)[0] == '\1', std::string_view(*before).substr(1)).bucket();
      put_into(bucket, datum);
      txn.put(Family::queues, key, encode_point(bucket));
      continue;
    }
    const int64_t at = std::max<int64_t>(datum.at_s, 0), hour = at / kHourS * kHourS;
    auto [entries, is_new] = hours.try_emplace(time_key(unit_key('N', series, datum.unit), hour));
    if (is_new) {
      if (auto before = txn.get(Family::queues, entries->first))
        each_entry(*before,
                   [&, &of = entries->second](int64_t second, const Stored& stored) { of[second] = stored.bucket(); });
    }
    put_into(entries->second[(at - hour) / 60 * 60], datum);
  }
  for (const auto& [key, entries] : hours) txn.put(Family::queues, key, encode_block(entries));
}

PointsByUnit read_points(const storage::Reader& reader, const Metric& metric, int64_t from_s, int64_t to_s,
                         int64_t period_s, const std::string& unit) {
  PointsByUnit out;
  const std::string series = series_key(metric);
  for (const std::string& name : unit.empty() ? units_of(reader, series) : std::vector<std::string>{unit}) {
    Points points;
    each_point(reader, series, name, from_s, to_s, [&](int64_t second, const Stored& stored) {
      points[second / period_s * period_s].merge(stored.bucket());
    });
    if (!points.empty()) out[name] = std::move(points);
  }
  return out;
}

SeriesRead read_series(const storage::Reader& reader, const Metric& metric, const SeriesQuestion& question) {
  SeriesRead out;
  const auto value_of = statistic_named(question.statistic);
  if (!value_of) return out;
  const bool needs_values = plain_statistic(question.statistic) == nullptr;
  const std::string series = series_key(metric);
  std::optional<std::pair<int64_t, Bucket>> period;  // the one that is being added up
  bool in_order = true;
  auto close = [&] {
    if (!period) return;
    if (auto value = value_of(period->second)) out.points.emplace_back(period->first, *value);
  };
  auto add = [&](int64_t second, const Stored& stored) {
    out.numbers += 1 + (needs_values ? stored.pair_count() : 0);
    const int64_t at = second / question.period_s * question.period_s;
    in_order = in_order && (!period || period->first <= at);
    if (!in_order) return;
    Bucket bucket = needs_values ? stored.bucket() : stored.without_values();
    if (period && period->first == at) return period->second.merge(bucket);
    close();
    period.emplace(at, std::move(bucket));
  };
  for (const std::string& unit :
       question.unit.empty() ? units_of(reader, series) : std::vector<std::string>{question.unit}) {
    const size_t before = out.numbers;
    each_point(reader, series, unit, question.from_s, question.to_s, add);
    if (out.numbers > before) out.units.insert(unit);
  }
  close();
  if (in_order) return out;
  out.points.clear();
  Points together;
  for (const auto& [unit, points] :
       read_points(reader, metric, question.from_s, question.to_s, question.period_s, question.unit)) {
    for (const auto& [at, bucket] : points) together[at].merge(bucket);
  }
  for (const auto& [at, bucket] : together) {
    if (auto value = value_of(bucket)) out.points.emplace_back(at, *value);
  }
  return out;
}

}  // namespace millrace::cloudwatch
