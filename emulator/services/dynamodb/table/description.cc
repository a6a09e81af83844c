#include "emulator/services/dynamodb/table/description.h"

#include <algorithm>

#include "emulator/services/dynamodb/table/table_rules.h"
#include "emulator/services/dynamodb/table/table_service.h"

namespace millrace::dynamodb {

using namespace tables;

namespace {

Json throughput_json(const Throughput& throughput) {
  Json out;
  if (throughput.last_increase_ms) out["LastIncreaseDateTime"] = epoch(throughput.last_increase_ms);
  if (throughput.last_decrease_ms) out["LastDecreaseDateTime"] = epoch(throughput.last_decrease_ms);
  out["NumberOfDecreasesToday"] = throughput.decreases_today;
  out["ReadCapacityUnits"] = throughput.read_units;
  out["WriteCapacityUnits"] = throughput.write_units;
  return out;
}

Json warm_json(const WarmThroughput& warm, const Throughput& throughput, BillingMode billing, const char* status) {
  WarmThroughput shown = warm_of(warm, throughput, billing);
  return {{"ReadUnitsPerSecond", shown.read_units}, {"WriteUnitsPerSecond", shown.write_units}, {"Status", status}};
}

Json on_demand_json(const OnDemandThroughput& on_demand) {
  return {{"MaxReadRequestUnits", on_demand.max_read_units}, {"MaxWriteRequestUnits", on_demand.max_write_units}};
}

bool is_set(const OnDemandThroughput& on_demand) {
  return on_demand.max_read_units > 0 || on_demand.max_write_units > 0;
}

Json projection_json(const Projection& projection) {
  Json out{{"ProjectionType", text(projection.type)}};
  if (!projection.non_key_attributes.empty()) out["NonKeyAttributes"] = projection.non_key_attributes;
  return out;
}

Json index_json(const Table& table, const Index& index, const Statistics& size) {
  bool global = index.kind == IndexKind::global;
  Json out{{"IndexName", index.name},
           {"KeySchema", describe_key(index.key)},
           {"Projection", projection_json(index.projection)}};
  if (global) {
    out["IndexStatus"] = text(index.status);
    if (index.status == IndexStatus::creating && table.status != TableStatus::creating)
      out["Backfilling"] = index.backfilling;
    out["ProvisionedThroughput"] = throughput_json(index.throughput);
  }
  out["IndexSizeBytes"] = size.bytes;
  out["ItemCount"] = size.items;
  out["IndexArn"] = table.arn + "/index/" + index.name;
  if (global && is_set(index.on_demand)) out["OnDemandThroughput"] = on_demand_json(index.on_demand);
  if (global && index.status == IndexStatus::active && table.status != TableStatus::creating)
    out["WarmThroughput"] = warm_json(index.warm, index.throughput, table.billing, "ACTIVE");
  return out;
}

void add_indexes(Json& out, const Table& table, const TableStatistics& statistics, IndexKind kind, const char* member) {
  Json list = Json::array();
  for (const Index& index : table.indexes) {
    if (index.kind == kind) list.push_back(index_json(table, index, statistics.of(index.id)));
  }
  if (!list.empty()) out[member] = std::move(list);
}

void add_stream(Json& out, const StreamSettings& stream) {
  if (stream.enabled)
    out["StreamSpecification"] = {{"StreamEnabled", true}, {"StreamViewType", text(stream.view_type)}};
  if (!stream.arn.empty()) {
    out["LatestStreamLabel"] = stream.label;
    out["LatestStreamArn"] = stream.arn;
  }
}

void add_replicas(Json& out, const Table& table) {
  Json list = Json::array();
  const Json* overrides = find(table.settings, "ReplicaOverrides");
  for (const Replica& replica : table.replicas) {
    Json shown{{"RegionName", replica.region}, {"ReplicaStatus", text(replica.status)}};
    const Json* own = overrides ? find(*overrides, replica.region) : nullptr;
    const Json* of_indexes = own ? find(*own, "GlobalSecondaryIndexes") : nullptr;
    if (own) shown.update(*own);
    shown.erase("GlobalSecondaryIndexes");
    Json indexes = Json::array();
    for (const Index& index : table.indexes) {
      if (index.kind != IndexKind::global) continue;
      Json entry{{"IndexName", index.name}};
      if (const Json* special = of_indexes ? find(*of_indexes, index.name) : nullptr) entry.update(*special);
      entry["WarmThroughput"] = warm_json(index.warm, index.throughput, table.billing, "ACTIVE");
      indexes.push_back(std::move(entry));
    }
    if (!indexes.empty()) shown["GlobalSecondaryIndexes"] = std::move(indexes);
    shown["WarmThroughput"] = warm_json(table.warm, table.throughput, table.billing, "ACTIVE");
    shown["GlobalTableSettingsReplicationMode"] = "ENABLED_WITH_OVERRIDES";
    list.push_back(std::move(shown));
  }
  if (list.empty()) return;
  out["Replicas"] = std::move(list);
  out["GlobalTableSettingsReplicationMode"] = "ENABLED_WITH_OVERRIDES";
}

void add_settings(Json& out, const Table& table) {
  static const char* const kShown[] = {"TableClassSummary",  "SSEDescription",         "RestoreSummary",
                                       "GlobalTableVersion", "MultiRegionConsistency", "GlobalTableWitnesses"};
  for (const char* member : kShown) {
    if (const Json* value = find(table.settings, member)) out[member] = *value;
  }
}

}  // namespace

WarmThroughput warm_of(const WarmThroughput& warm, const Throughput& throughput, BillingMode billing) {
  bool on_demand = billing == BillingMode::pay_per_request;
  return {std::max(warm.read_units, on_demand ? kInitialWarm.read_units : throughput.read_units),
          std::max(warm.write_units, on_demand ? kInitialWarm.write_units : throughput.write_units)};
}

Json describe_key(const KeySchema& key) {
  Json out = Json::array();
  for (const auto& attribute : key.partition) out.push_back({{"AttributeName", attribute.name}, {"KeyType", "HASH"}});
  for (const auto& attribute : key.sort) out.push_back({{"AttributeName", attribute.name}, {"KeyType", "RANGE"}});
  return out;
}

Json describe_attributes(const Table& table) {
  auto sorted = table.attributes;
  std::sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  Json out = Json::array();
  for (const auto& attribute : sorted)
    out.push_back({{"AttributeName", attribute.name}, {"AttributeType", type_name(attribute.type)}});
  return out;
}

Json describe(const Table& table, const TableStatistics& statistics) {
  Statistics size = statistics.of(table.id);
  Json out{{"AttributeDefinitions", describe_attributes(table)},
           {"TableName", table.name},
           {"KeySchema", describe_key(table.key)}};
  out["TableStatus"] = text(table.status);
  out["CreationDateTime"] = epoch(table.created_ms);
  out["ProvisionedThroughput"] = throughput_json(table.throughput);
  out["TableSizeBytes"] = size.bytes;
  out["ItemCount"] = size.items;
  out["TableArn"] = table.arn;
  out["TableId"] = table.uuid;
  if (table.billing_was_set) {
    out["BillingModeSummary"] = {{"BillingMode", text(table.billing)}};
    if (table.pay_per_request_since_ms)
      out["BillingModeSummary"]["LastUpdateToPayPerRequestDateTime"] = epoch(table.pay_per_request_since_ms);
  }
  add_indexes(out, table, statistics, IndexKind::local, "LocalSecondaryIndexes");
  add_indexes(out, table, statistics, IndexKind::global, "GlobalSecondaryIndexes");
  add_stream(out, table.stream);
  add_settings(out, table);
  add_replicas(out, table);
  if (is_set(table.on_demand)) out["OnDemandThroughput"] = on_demand_json(table.on_demand);
  out["DeletionProtectionEnabled"] = table.deletion_protection;
  if (table.status == TableStatus::active || table.status == TableStatus::updating)
    out["WarmThroughput"] = warm_json(table.warm, table.throughput, table.billing, "ACTIVE");
  return out;
}

Json describe_creating(Table table, const TableStatistics& statistics) {
  table.status = TableStatus::creating;
  table.pay_per_request_since_ms = 0;
  for (Index& index : table.indexes) index.status = IndexStatus::creating;
  return describe(table, statistics);
}

Json describe_deleting(Table table, const TableStatistics& statistics) {
  table.status = TableStatus::deleting;
  Json out = describe(table, statistics);
  for (const char* member :
       {"AttributeDefinitions", "KeySchema", "CreationDateTime", "LocalSecondaryIndexes", "GlobalSecondaryIndexes"}) {
    out.erase(member);
  }
  return out;
}

}  // namespace millrace::dynamodb
