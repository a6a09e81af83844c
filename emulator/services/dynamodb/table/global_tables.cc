// Global tables by their operations of their own. Those of version 2017.11.29 are closed: AWS refuses to make
// them, so that none is ever found. What version 2019.11.21 has beside UpdateTable is the view of replicas'
// auto scaling.

#include "emulator/services/dynamodb/table/table_service.h"
#include "emulator/services/dynamodb/table/table_shapes.h"

namespace millrace::dynamodb {

using namespace protocol;
using tables::TablePtr;

namespace {

constexpr size_t kNameMin = 3, kNameMax = 255;

Result<void> check_global_name(const Json& input) {
  std::string name = text_of(input, "GlobalTableName");
  if (name.size() >= kNameMin && name.size() <= kNameMax) return {};
  return validation_error("TableName must be at least 3 characters long and at most 255 characters long");
}

/// CreateGlobalTable and UpdateGlobalTable.
Result<Json> refuse(Call& call) {
  TRY_VOID(check_global_name(call.input));
  return invalid_values(
      "DynamoDB global tables version 2017.11.29 is not supported. We recommend using DynamoDB global tables "
      "version "
      "2019.11.21, instead of version 2017.11.29 (Legacy).");
}

/// DescribeGlobalTable, and the settings' operations.
Result<Json> find_none(Call& call) {
  TRY_VOID(check_global_name(call.input));
  return AwsError(errors::global_table_not_found,
                  "Global table with name: '" + text_of(call.input, "GlobalTableName") + "' does not exist.");
}

Shape replica_list(const char* action, const char* other) {
  Shape region = structure({required("RegionName", string())});
  if (!other) return list(structure({optional("RegionName", string())}));
  return list(structure({optional(action, region), optional(other, region)}));
}

Operation named_operation(const char* name, const Shape* input, Result<Json> (*handle)(Call&)) {
  return {.name = name, .input = input, .access = account_access(name), .handle = JsonHandler(handle)};
}

/// One region's part of DescribeTableReplicaAutoScaling. Nothing scales by itself here.
Json scaling_of(const tables::Table& table) {
  Json disabled{{"AutoScalingDisabled", true}};
  Json indexes = Json::array();
  for (const auto& index : table.indexes) {
    if (index.kind != tables::IndexKind::global) continue;
    indexes.push_back({{"IndexName", index.name},
                       {"IndexStatus", text(index.status)},
                       {"ProvisionedReadCapacityAutoScalingSettings", disabled},
                       {"ProvisionedWriteCapacityAutoScalingSettings", disabled}});
  }
  return {{"RegionName", table.region},
          {"GlobalSecondaryIndexes", std::move(indexes)},
          {"ReplicaProvisionedReadCapacityAutoScalingSettings", disabled},
          {"ReplicaProvisionedWriteCapacityAutoScalingSettings", disabled},
          {"ReplicaStatus", text(table.status)}};
}

Result<TablePtr> find_group(const TableService& service, const Call& call) {
  std::string name = text_of(call.input, "TableName");
  TablePtr table = service.tables.catalog.find(call.caller.account, call.caller.region, name);
  if (!table || table->replicas.empty())
    return AwsError(errors::resource_not_found,
                    "Global table with name: '" + name_of(name) + "' does not exist.");
  return table;
}

Operation describe_scaling(TableService& service) {
  static const Shape input = structure({required("TableName", named_table_shape())});
  auto handle = [&service](Call& call) -> Result<Json> {
    TRY(TablePtr table, find_group(service, call));
    Json replicas = Json::array({scaling_of(*table)});
    for (const auto& replica : table->replicas) {
      if (auto peer = service.tables.catalog.find(table->account, replica.region, table->name))
        replicas.push_back(scaling_of(*peer));
    }
    return Json{{"TableAutoScalingDescription",
                 {{"TableName", table->name},
                  {"TableStatus", text(table->status)},
                  {"Replicas", std::move(replicas)}}}};
  };
  return {.name = "DescribeTableReplicaAutoScaling",
          .input = &input,
          .access = table_access(service, "DescribeTableReplicaAutoScaling"),
          .handle = JsonHandler(handle)};
}

Operation update_scaling(TableService& service) {
  static const Shape input = structure({required("TableName", named_table_shape())});
  static const ErrorKind not_implemented{"NotImplemented", 501, errors::kCoral};
  auto handle = [&service](Call& call) -> Result<Json> {
    TRY_VOID(find_group(service, call));
    return AwsError(
        not_implemented,
        "UpdateTableReplicaAutoScaling is not implemented: there is no Application Auto Scaling here.");
  };
  return {.name = "UpdateTableReplicaAutoScaling",
          .input = &input,
          .access = table_access(service, "UpdateTableReplicaAutoScaling"),
          .handle = JsonHandler(handle)};
}

Operation list_global_tables() {
  static const Shape input =
      structure({optional("ExclusiveStartGlobalTableName", table_name_shape()),
                 optional("Limit", integer().at_least(1)), optional("RegionName", string())});
  return named_operation("ListGlobalTables", &input, [](Call&) -> Result<Json> {
    return Json{{"GlobalTables", Json::array()}};
  });
}

}  // namespace

std::vector<Operation> global_table_operations(TableService& service) {
  // The name's length is worded apart from the constraints: check_global_name().
  static const Shape named = structure({required("GlobalTableName", string())});
  static const Shape created = structure({required("GlobalTableName", string()),
                                          required("ReplicationGroup", replica_list("RegionName", nullptr))});
  static const Shape updated = structure(
      {required("GlobalTableName", string()), required("ReplicaUpdates", replica_list("Create", "Delete"))});
  static const Shape settings = structure(
      {required("GlobalTableName", string()),
       optional("ReplicaSettingsUpdate", list(structure({required("RegionName", string())})).length(1, 50))});
  return {named_operation("CreateGlobalTable", &created, refuse),
          named_operation("UpdateGlobalTable", &updated, refuse),
          named_operation("DescribeGlobalTable", &named, find_none),
          named_operation("DescribeGlobalTableSettings", &named, find_none),
          named_operation("UpdateGlobalTableSettings", &settings, find_none),
          list_global_tables(),
          describe_scaling(service),
          update_scaling(service)};
}

}  // namespace millrace::dynamodb
