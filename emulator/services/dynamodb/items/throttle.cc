#include "emulator/services/dynamodb/items/throttle.h"

#include <algorithm>

#include "emulator/services/dynamodb/errors.h"

namespace millrace::dynamodb {
namespace {

constexpr double kBurstSeconds = 300;
constexpr Millis kBurstMs = 300'000;

/// Units per second, or 0 for no limit: on-demand capacity without a maximum.
double rate_of(const tables::Table& table, const tables::Index* index, Direction direction) {
  const bool reads = direction == Direction::read;
  if (table.billing == tables::BillingMode::provisioned) {
    const tables::Throughput& units = index ? index->throughput : table.throughput;
    return static_cast<double>(reads ? units.read_units : units.write_units);
  }
  const tables::OnDemandThroughput& most = index ? index->on_demand : table.on_demand;
  return static_cast<double>(std::max<int64_t>(0, reads ? most.max_read_units : most.max_write_units));
}

AwsError exceeded(const tables::Table& table, const tables::Index* index, Direction direction) {
  const bool provisioned = table.billing == tables::BillingMode::provisioned;
  std::string reason = std::string(index ? "Index" : "Table") + (direction == Direction::read ? "Read" : "Write") +
                       (provisioned ? "ProvisionedThroughputExceeded" : "MaxOnDemandThroughputExceeded");
  std::string resource = table.arn + (index ? "/index/" + index->name : "");
  Json extra{{"ThrottlingReasons", Json::array({{{"reason", reason}, {"resource", resource}}})}};
  if (!provisioned)
    return {errors::throttling, "Throughput exceeds the maximum OnDemandThroughput configured on table or index",
            std::move(extra)};
  return {errors::throughput_exceeded,
          index ? "The level of configured provisioned throughput for one or more global secondary indexes of the "
                  "table was exceeded. Consider increasing your provisioning level for the under-provisioned "
                  "global "
                  "secondary indexes with the UpdateTable API"
                : "The level of configured provisioned throughput for the table was exceeded. Consider increasing "
                  "your provisioning level with the UpdateTable API.",
          std::move(extra)};
}

const tables::Index* global_of(const tables::Index* index) {
  return index && index->kind == tables::IndexKind::global ? index : nullptr;
}

}  // namespace

Throttle::Bucket& Throttle::bucket(uint64_t id, Direction direction, double rate) {
  const Millis now = clock_.now_ms();
  const double full = rate * kBurstSeconds;
  auto [it, fresh] = buckets_.try_emplace(id * 2 + (direction == Direction::write ? 1 : 0), Bucket{full, now});
  Bucket& found = it->second;
  if (!fresh && now > found.filled_ms) {
    found.units += rate * static_cast<double>(now - found.filled_ms) / 1000.0;
    found.filled_ms = now;
  }
  found.units = std::min(found.units, full);  // also when the rate has been lowered
  return found;
}

void Throttle::drop_full() {
  if (buckets_.size() <= kBucketsMax) return;
  // Untouched for as long as a burst lasts: full, or a debt so large that it is worth forgiving.
  const Millis horizon = clock_.now_ms() - kBurstMs;
  std::erase_if(buckets_, [&](const auto& entry) { return entry.second.filled_ms < horizon; });
}

void Throttle::count_refusal(const tables::Table& table, const tables::Index* index, Direction direction) {
  TableMeter* meter = meter_ ? meter_->of(table) : nullptr;
  if (!meter) return;
  const char* metric = direction == Direction::read ? "ReadThrottleEvents" : "WriteThrottleEvents";
  meter->happened(metric, clock_.now_ms());
  if (index) meter->happened(metric, clock_.now_ms(), "GlobalSecondaryIndexName", index->name);
}

Result<void> Throttle::admit(const tables::Table& table, const tables::Index* index, Direction direction) {
  index = global_of(index);
  const double rate = rate_of(table, index, direction);
  if (rate <= 0) return {};
  {
    MutexLock lock(mutex_);
    drop_full();
    if (bucket(index ? index->id : table.id, direction, rate).units > 0) return {};
  }
  count_refusal(table, index, direction);
  return exceeded(table, index, direction);
}

void Throttle::spend(const tables::Table& table, const Consumed& consumed, Direction direction) {
  MutexLock lock(mutex_);
  auto take = [&](const tables::Index* index, double units) REQUIRES(mutex_) {
    const double rate = rate_of(table, index, direction);
    if (rate > 0 && units > 0) bucket(index ? index->id : table.id, direction, rate).units -= units;
  };
  double of_table = consumed.table;
  for (const auto& [name, units] : consumed.local) of_table += units;
  take(nullptr, of_table);
  for (const auto& [name, units] : consumed.global) {
    if (const tables::Index* index = table.index(name)) take(index, units);
  }
}

}  // namespace millrace::dynamodb
