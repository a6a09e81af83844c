// CreateTable's input as a table, in the order in which AWS complains.

#include "emulator/services/dynamodb/table/table_rules.h"
#include "emulator/services/dynamodb/table/table_service.h"

namespace millrace::dynamodb {

using namespace tables;

namespace {

Result<void> read_billing(const Json& input, const std::string& region, Table& table) {
  std::string mode = text_of(input, "BillingMode");
  const Json* throughput = find(input, "ProvisionedThroughput");
  table.billing = mode == "PAY_PER_REQUEST" ? BillingMode::pay_per_request : BillingMode::provisioned;
  table.billing_was_set = table.billing == BillingMode::pay_per_request;
  if (table.billing == BillingMode::provisioned && !throughput)
    return invalid_values(
        "ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED");
  if (table.billing == BillingMode::pay_per_request && throughput)
    return invalid_values(
        "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is "
        "PAY_PER_REQUEST");
  if (!throughput) return {};
  TRY_VOID(check_units(*throughput, region, nullptr));
  table.throughput = read_throughput(*throughput);
  return {};
}

Result<void> check_definitions(const std::vector<KeyAttribute>& defined) {
  std::set<std::string> seen;
  for (const auto& attribute : defined) {
    if (!seen.insert(attribute.name).second) return validation_error("Attribute Name is duplicated: " + attribute.name);
  }
  return {};
}

Result<void> read_local_indexes(const Json& input, Table& table) {
  const Json* list = find(input, "LocalSecondaryIndexes");
  if (!list) return {};
  if (list->empty()) return invalid_values("List of LocalSecondaryIndexes is empty");
  if (table.key.sort.empty())
    return invalid_values(
        "Table KeySchema does not have a range key, which is required when specifying a LocalSecondaryIndex");
  if (list->size() > kLocalIndexesMax)
    return invalid_values("Number of LocalSecondaryIndexes exceeds per-table limit of 5");
  for (const Json& element : *list) {
    TRY(Index index, read_local_index(element, table));
    if (table.index(index.name)) return invalid_values("Duplicate index name: " + index.name);
    table.indexes.push_back(std::move(index));
  }
  return {};
}

Result<void> read_global_indexes(const Json& input, const std::string& region, Table& table) {
  const Json* list = find(input, "GlobalSecondaryIndexes");
  if (!list) return {};
  if (list->empty()) return invalid_values("List of GlobalSecondaryIndexes is empty");
  if (list->size() > kGlobalIndexesMax)
    return invalid_values("GlobalSecondaryIndex count exceeds the per-table limit of 20");
  for (const Json& element : *list) {
    TRY(Index index, read_global_index(element, table.attributes, table.billing, region));
    if (table.index(index.name)) return invalid_values("Duplicate index name: " + index.name);
    table.indexes.push_back(std::move(index));
  }
  return {};
}

}  // namespace

Result<void> check_stream_at_creation(const Json& input) {
  const Json* stream = find(input, "StreamSpecification");
  if (!stream) return {};
  bool has_view = find(*stream, "StreamViewType") != nullptr;
  if (bool_of(*stream, "StreamEnabled")) {
    if (!has_view) return invalid_values("Table is being created with a stream enabled, UpdateViewType is required");
  } else if (has_view) {
    return invalid_values("Table is being created with a stream disabled, UpdateViewType should not be specified");
  }
  return {};
}

Result<void> check_table_class(const std::string& table_class) {
  if (table_class.empty() || table_class == "STANDARD" || table_class == "STANDARD_INFREQUENT_ACCESS") return {};
  return validation_error(
      "Invalid table-class parameter provided. Please try again with a valid table-class value: [STANDARD, "
      "STANDARD_INFREQUENT_ACCESS].");
}

Result<Table> read_table_definition(const Json& input, const std::string& region) {
  Table table;
  table.name = text_of(input, "TableName");
  TRY_VOID(read_billing(input, region, table));
  table.attributes = read_attributes_defined(*find(input, "AttributeDefinitions"));
  TRY_VOID(check_definitions(table.attributes));
  TRY(table.key, read_key_schema(*find(input, "KeySchema"), table.attributes, nullptr, IndexKind::local));
  TRY_VOID(read_local_indexes(input, table));
  TRY_VOID(read_global_indexes(input, region, table));
  TRY_VOID(check_attributes_used(table));
  TRY_VOID(check_non_key_attributes(table));
  if (const Json* on_demand = find(input, "OnDemandThroughput"))
    TRY_VOID(read_on_demand(*on_demand, table.on_demand, table.billing, nullptr));
  if (const Json* warm = find(input, "WarmThroughput"))
    TRY_VOID(read_warm_at_creation(*warm, table.warm, table.billing, table.throughput, nullptr));
  return table;
}

}  // namespace millrace::dynamodb
