#include "emulator/services/dynamodb/meter.h"

#include <simdjson.h>

#include <algorithm>

#include "emulator/base/arn.h"
#include "emulator/services/dynamodb/errors.h"

namespace millrace::dynamodb {
namespace {

constexpr const char* kNamespace = "AWS/DynamoDB";
constexpr Millis kProvisionedEveryMs = 300'000;
constexpr Millis kProvisionedBackMs = 3'600'000;  // how far a clock that jumped is made up for

/// The member's text of the request's body, wherever it was parsed; empty: none.
std::string member_of(const protocol::Call& call, const char* member) {
  if (!call.dom) return text_of(call.input, member);
  std::string_view text;
  return call.dom->at_key(member).get(text) == simdjson::SUCCESS ? std::string(text) : std::string();
}

std::string name_of_table(const std::string& name_or_arn) {
  const auto arn = Arn::parse(name_or_arn);
  return arn && arn->resource.starts_with("table/") ? arn->resource.substr(6) : name_or_arn;
}

/// The table of each action of a transaction, in order; empty where there is none (statements of PartiQL).
std::vector<std::string> tables_of_actions(const protocol::Call& call) {
  std::vector<std::string> out;
  simdjson::dom::array items;
  if (!call.dom || call.dom->at_key("TransactItems").get(items) != simdjson::SUCCESS) return out;
  for (simdjson::dom::element item : items) {
    std::string table;
    simdjson::dom::object actions;
    if (item.get(actions) == simdjson::SUCCESS) {
      for (auto [name, action] : actions) {
        std::string_view text;
        if (action.at_key("TableName").get(text) == simdjson::SUCCESS) table = text;
      }
    }
    out.push_back(name_of_table(table));
  }
  return out;
}

}  // namespace

Metered metered_by_name(std::string_view operation) {
  for (size_t i = 0; i < kMeteredNames.size(); ++i) {
    if (operation == kMeteredNames[i]) return static_cast<Metered>(i);
  }
  return Metered::put_item;
}

TableMeter::TableMeter(ports::Metrics& metrics, const tables::Table& table)
    : metrics_(metrics), account_(table.account), region_(table.region), table_(table.name) {}

ports::MetricName TableMeter::name_of(const char* metric) const {
  return {account_, region_, kNamespace, metric, {{"TableName", table_}}, "Count"};
}

ports::MetricSeries& TableMeter::make(std::atomic<ports::MetricSeries*>& slot, const ports::MetricName& name) {
  MutexLock lock(mutex_);
  if (ports::MetricSeries* made = slot.load(std::memory_order_acquire)) return *made;
  kept_.push_back(metrics_.series(name));
  slot.store(kept_.back().get(), std::memory_order_release);
  return *kept_.back();
}

ports::MetricSeries& TableMeter::make_latency(Metered operation) {
  ports::MetricName name = name_of("SuccessfulRequestLatency");
  name.dimensions["Operation"] = kMeteredNames[static_cast<size_t>(operation)];
  name.unit = "Milliseconds";
  return make(latency_[static_cast<size_t>(operation)], name);
}

/// nullptr: the table has too many.
ports::MetricSeries* TableMeter::other(const ports::MetricName& name, const std::string& key) {
  MutexLock lock(mutex_);
  auto found = others_.find(key);
  if (found != others_.end()) return found->second.get();
  if (others_.size() >= kOthersMax) return nullptr;
  return (others_[key] = metrics_.series(name)).get();
}

void TableMeter::index_consumed(Millis at, Direction direction, const std::string& index, double units) {
  const char* metric = direction == Direction::read ? kRead : kWrite;
  ports::MetricName name = name_of(metric);
  name.dimensions["GlobalSecondaryIndexName"] = index;
  if (ports::MetricSeries* series = other(name, metric + index)) series->add(at, units);
}

void TableMeter::returned_items(Metered operation, Millis at, size_t items) {
  const char* text = kMeteredNames[static_cast<size_t>(operation)];
  ports::MetricName name = name_of("ReturnedItemCount");
  name.dimensions["Operation"] = text;
  if (ports::MetricSeries* series = other(name, std::string("ReturnedItemCount") + text))
    series->add(at, static_cast<double>(items));
}

void TableMeter::happened(const char* metric, Millis at, const char* dimension, const std::string& value) {
  ports::MetricName name = name_of(metric);
  if (dimension) name.dimensions[dimension] = value;
  if (ports::MetricSeries* series = other(name, std::string(metric) + "/" + value)) series->add(at, 1);
}

void TableMeter::provisioned(const tables::Table& table, Millis at) {
  auto tell = [&](const tables::Throughput& units, const std::string& index) {
    for (const auto& [metric, value] : {std::pair("ProvisionedReadCapacityUnits", units.read_units),
                                        std::pair("ProvisionedWriteCapacityUnits", units.write_units)}) {
      ports::MetricName name = name_of(metric);
      if (!index.empty()) name.dimensions["GlobalSecondaryIndexName"] = index;
      metrics_.gauge(name, at, static_cast<double>(value));
    }
  };
  tell(table.throughput, "");
  for (const tables::Index& index : table.indexes) {
    if (index.kind == tables::IndexKind::global) tell(index.throughput, index.name);
  }
}

TableMeter* Meter::of(const tables::Table& table) {
  MutexLock lock(mutex_);
  auto found = tables_.find(table.id);
  if (found != tables_.end()) return found->second.get();
  ports::Metrics* metrics = metrics_.get();
  if (!metrics || tables_.size() >= kTablesMax) return nullptr;
  return (tables_[table.id] = std::make_unique<TableMeter>(*metrics, table)).get();
}

void Meter::count_of_table(const protocol::Call& call, const std::string& table, const char* metric,
                           bool by_operation) {
  ports::MetricName name{call.caller.account, call.caller.region, kNamespace, metric, {{"TableName", table}}, "Count"};
  if (by_operation && call.operation) name.dimensions["Operation"] = call.operation->name;
  metrics_.get()->count(name, 1);
}

/// A cancelled transaction: what its actions were refused for. unverified: that it is no user error besides.
void Meter::count_cancellation(const protocol::Call& call, const AwsError& error) {
  const std::vector<std::string> tables = tables_of_actions(call);
  const auto reasons = error.extra.find("CancellationReasons");
  if (reasons == error.extra.end()) return;
  for (size_t i = 0; i < reasons->size() && i < tables.size(); ++i) {
    const std::string code = text_of((*reasons)[i], "Code");
    if (code == "ConditionalCheckFailed") count_of_table(call, tables[i], "ConditionalCheckFailedRequests", false);
    if (code == "TransactionConflict") count_of_table(call, tables[i], "TransactionConflict", false);
  }
}

void Meter::refused(const protocol::Call& call, const AwsError& error) {
  if (!metrics_.get() || error.kind->http_status == 501) return;
  const std::string table = name_of_table(member_of(call, "TableName"));
  if (error.kind->http_status >= 500) {
    if (!table.empty()) count_of_table(call, table, "SystemErrors", true);
  } else if (error.is(errors::conditional_check_failed)) {
    count_of_table(call, table, "ConditionalCheckFailedRequests", false);
  } else if (error.is(errors::transaction_conflict)) {
    count_of_table(call, table, "TransactionConflict", false);
  } else if (error.is(errors::transaction_canceled)) {
    count_cancellation(call, error);
  } else if (error.is(errors::throughput_exceeded) || error.is(errors::throttling)) {
    if (!table.empty()) count_of_table(call, table, "ThrottledRequests", true);
  } else {
    metrics_.get()->count({call.caller.account, call.caller.region, kNamespace, "UserErrors", {}, "Count"}, 1);
  }
}

bool Meter::sample(Millis now, const std::function<tables::TablePtr(uint64_t)>& by_id) {
  std::vector<std::pair<uint64_t, TableMeter*>> all;
  Millis from = 0;
  {
    MutexLock lock(mutex_);
    from = std::max(sampled_, now - kProvisionedBackMs) / kProvisionedEveryMs * kProvisionedEveryMs;
    sampled_ = now;
    for (const auto& [id, meter] : tables_) all.emplace_back(id, meter.get());
  }
  for (const auto& [id, meter] : all) {
    const tables::TablePtr table = by_id(id);
    if (!table || table->billing != tables::BillingMode::provisioned) continue;
    for (Millis at = from; at <= now; at += kProvisionedEveryMs) meter->provisioned(*table, at);
  }
  return false;
}

}  // namespace millrace::dynamodb
