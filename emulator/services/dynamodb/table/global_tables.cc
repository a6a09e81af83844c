// Global tables by their operations of their own. Those of version 2017.11.29 are closed: AWS refuses to make
// them, so that none is ever found. What version 2019.11.21 has beside UpdateTable: replica_scaling.cc.

#include "emulator/services/dynamodb/table/table_service.h"
#include "emulator/services/dynamodb/table/table_shapes.h"

namespace millrace::dynamodb {

using namespace protocol;

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
  if (!other) return list(structure({optional("RegionName", string())}).named(model_name("Replica")));
  return list(structure({optional(action, region), optional(other, region)}).named(model_name("ReplicaUpdate")));
}

Operation named_operation(const char* name, const Shape* input, Result<Json> (*handle)(Call&)) {
  return {.name = name, .input = input, .access = account_access(name), .handle = JsonHandler(handle)};
}

Operation list_global_tables() {
  static const Shape input =
      structure({optional("ExclusiveStartGlobalTableName", table_name_shape()),
                 optional("Limit", integer_shape().at_least(1)), optional("RegionName", string())});
  return named_operation("ListGlobalTables", &input, [](Call&) -> Result<Json> {
    return Json{{"GlobalTables", Json::array()}};
  });
}

}  // namespace

std::vector<Operation> global_table_operations(TableService& service) {
  // The name's length is worded apart from the constraints: check_global_name().
  static const Shape named = structure({required("GlobalTableName", string())});
  static const Shape created = structure(
      {required("GlobalTableName", string()), required("ReplicationGroup", replica_list("RegionName", nullptr))});
  static const Shape updated =
      structure({required("GlobalTableName", string()), required("ReplicaUpdates", replica_list("Create", "Delete"))});
  static const Shape settings =
      structure({required("GlobalTableName", string()),
                 optional("ReplicaSettingsUpdate", list(structure({required("RegionName", string())})).length(1, 50))});
  return {named_operation("CreateGlobalTable", &created, refuse),
          named_operation("UpdateGlobalTable", &updated, refuse),
          named_operation("DescribeGlobalTable", &named, find_none),
          named_operation("DescribeGlobalTableSettings", &named, find_none),
          named_operation("UpdateGlobalTableSettings", &settings, find_none),
          list_global_tables(),
          describe_table_replica_auto_scaling(service),
          update_table_replica_auto_scaling(service)};
}

}  // namespace millrace::dynamodb
