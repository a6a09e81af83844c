#pragma once
// What AWS/DynamoDB's metrics count: units, requests and how long they took, what was refused. A table's metrics are found
// once; a request then adds to them without a lookup by name. Source: "DynamoDB metrics and dimensions".

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "emulator/base/mutex.h"
#include "emulator/ports/metrics.h"
#include "emulator/ports/ports.h"
#include "emulator/protocol/operation.h"
#include "emulator/tables/catalog.h"

namespace millrace::dynamodb {

enum class Direction { read, write };

/// The operations that have a latency, by their number in kMeteredNames.
enum class Metered : uint8_t {
  put_item,
  delete_item,
  update_item,
  get_item,
  batch_get_item,
  scan,
  query,
  batch_write_item,
  transact_write_items,
  transact_get_items,
  execute_statement,
  batch_execute_statement,
  execute_transaction
};
inline constexpr std::array<const char*, 13> kMeteredNames = {"PutItem",
                                                              "DeleteItem",
                                                              "UpdateItem",
                                                              "GetItem",
                                                              "BatchGetItem",
                                                              "Scan",
                                                              "Query",
                                                              "BatchWriteItem",
                                                              "TransactWriteItems",
                                                              "TransactGetItems",
                                                              "ExecuteStatement",
                                                              "BatchExecuteStatement",
                                                              "ExecuteTransaction"};
Metered metered_by_name(std::string_view operation);

/// One table's metrics.
class TableMeter {
 public:
  TableMeter(ports::Metrics& metrics, const tables::Table& table);
  TableMeter(const TableMeter&) = delete;

  void consumed(Millis at, Direction direction, double units) {
    get(units_[direction == Direction::read ? 0 : 1], direction == Direction::read ? kRead : kWrite).add(at, units);
  }
  void index_consumed(Millis at, Direction direction, const std::string& index, double units);
  /// A request of that operation succeeded that came at `received`.
  void served(Metered operation, Millis received, Millis now) {
    std::atomic<ports::MetricSeries*>& slot = latency_[static_cast<size_t>(operation)];
    ports::MetricSeries* series = slot.load(std::memory_order_acquire);
    if (!series) series = &make_latency(operation);
    series->add(now, static_cast<double>(now > received ? now - received : 0));
  }
  void returned_items(Metered operation, Millis at, size_t items);
  /// One occurrence of a metric with the table's name, and where they are given an operation or an index, alone.
  void happened(const char* metric, Millis at, const char* dimension = nullptr, const std::string& value = "");
  /// ProvisionedReadCapacityUnits and ...Write... of the table and its indexes.
  void provisioned(const tables::Table& table, Millis at);

 private:
  static constexpr const char* kRead = "ConsumedReadCapacityUnits";
  static constexpr const char* kWrite = "ConsumedWriteCapacityUnits";
  static constexpr size_t kOthersMax = 400;  // of one table: 20 indexes' and operations' metrics and some more

  ports::MetricSeries& get(std::atomic<ports::MetricSeries*>& slot, const char* metric) {
    ports::MetricSeries* series = slot.load(std::memory_order_acquire);
    return series ? *series : make(slot, name_of(metric));
  }
  ports::MetricName name_of(const char* metric) const;
  ports::MetricSeries& make(std::atomic<ports::MetricSeries*>& slot, const ports::MetricName& name);
  ports::MetricSeries& make_latency(Metered operation);
  ports::MetricSeries* other(const ports::MetricName& name, const std::string& key);

  ports::Metrics& metrics_;
  const std::string account_, region_, table_;
  std::array<std::atomic<ports::MetricSeries*>, 2> units_{};
  std::array<std::atomic<ports::MetricSeries*>, kMeteredNames.size()> latency_{};
  Mutex mutex_;
  std::vector<std::shared_ptr<ports::MetricSeries>> kept_ GUARDED_BY(mutex_);
  std::map<std::string, std::shared_ptr<ports::MetricSeries>> others_ GUARDED_BY(mutex_);
};

class Meter {
 public:
  Meter(Clock& clock, const ports::Ports& ports) : clock_(clock), metrics_(ports) {}

  /// nullptr where nothing counts, and beyond kTablesMax tables. Lives as long as this.
  TableMeter* of(const tables::Table& table);
  Millis now() const { return clock_.now_ms(); }
  /// A request failed.
  void refused(const protocol::Call& call, const AwsError& error);
  /// Provisioned capacity, every five minutes; of the tables that were used.
  bool sample(Millis now, const std::function<tables::TablePtr(uint64_t)>& by_id);

 private:
  static constexpr size_t kTablesMax = 20'000;

  void count_of_table(const protocol::Call& call, const std::string& table, const char* metric, bool by_operation);
  void count_cancellation(const protocol::Call& call, const AwsError& error);

  Clock& clock_;
  ports::Late<ports::Metrics> metrics_;
  Mutex mutex_;
  std::unordered_map<uint64_t, std::unique_ptr<TableMeter>> tables_ GUARDED_BY(mutex_);
  Millis sampled_ GUARDED_BY(mutex_) = 0;
};

}  // namespace millrace::dynamodb
