// Auto scaling of a global table's replicas: the settings are kept and shown, each region's with its own
// table, but nothing scales by itself here. A table whose writes scale may have replicas though it is
// PROVISIONED.

#include <algorithm>

#include "emulator/base/arn.h"
#include "emulator/services/dynamodb/table/replicas.h"
#include "emulator/services/dynamodb/table/table_shapes.h"

namespace millrace::dynamodb {

using namespace protocol;
using tables::Table;
using tables::TablePtr;

namespace {

// In a table's settings: {"Read": settings, "Write": settings, "Indexes": {name: {"Read", "Write"}}}.
constexpr const char* kSettings = "AutoScaling";

Shape scaling_update_shape() {
  Shape tracking = structure({optional("DisableScaleIn", boolean()), optional("ScaleInCooldown", integer_shape()),
                              optional("ScaleOutCooldown", integer_shape()), required("TargetValue", number())})
                       .named(model_name("AutoScalingTargetTrackingScalingPolicyConfigurationUpdate"));
  Shape policy = structure({optional("PolicyName", string().length(1, 256)),
                            required("TargetTrackingScalingPolicyConfiguration", tracking)})
                     .named(model_name("AutoScalingPolicyUpdate"));
  return structure({optional("MinimumUnits", long_shape().at_least(1)),
                    optional("MaximumUnits", long_shape().at_least(1)), optional("AutoScalingDisabled", boolean()),
                    optional("AutoScalingRoleArn", string().length(1, 1600)), optional("ScalingPolicyUpdate", policy)})
      .named(model_name("AutoScalingSettingsUpdate"));
}

/// What an AutoScalingSettingsUpdate makes of the settings so far.
Result<Json> updated(const Json* current, const Json& update, const Table& table, const std::string& default_policy) {
  Json out = current ? *current : Json::object();
  if (bool_of(update, "AutoScalingDisabled")) return Json{{"AutoScalingDisabled", true}};
  out.erase("AutoScalingDisabled");
  for (const char* member : {"MinimumUnits", "MaximumUnits", "AutoScalingRoleArn"}) {
    if (const Json* value = find(update, member)) out[member] = *value;
  }
  // unverified: the wording of both
  if (!out.contains("MinimumUnits") || !out.contains("MaximumUnits"))
    return invalid_values("MinimumUnits and MaximumUnits must both be specified when auto scaling is enabled");
  if (int_of(out, "MinimumUnits") > int_of(out, "MaximumUnits"))
    return invalid_values("MinimumUnits must be less than or equal to MaximumUnits");
  if (!out.contains("AutoScalingRoleArn"))
    out["AutoScalingRoleArn"] = make_arn("iam", "", table.account,
                                         "role/aws-service-role/dynamodb.application-autoscaling.amazonaws.com/"
                                         "AWSServiceRoleForApplicationAutoScaling_DynamoDBTable");
  if (const Json* policy = find(update, "ScalingPolicyUpdate")) {
    Json shown = *policy;
    if (!shown.contains("PolicyName")) shown["PolicyName"] = default_policy;
    out["ScalingPolicies"] = Json::array({std::move(shown)});
  }
  return out;
}

/// One direction ("Read", "Write") of a table or of one of its indexes.
Result<void> set_scaling(Table& table, const std::string& index, const std::string& direction, const Json* update) {
  if (!update) return {};
  if (!index.empty() && !table.index(index))
    return AwsError(errors::resource_not_found,
                    "Requested resource not found: Index " + index + " for table " + table.name);
  Json& all = table.settings[kSettings];
  if (all.is_null()) all = Json::object();
  Json& place = index.empty() ? all : all["Indexes"][index];
  std::string policy =
      "DynamoDB" + direction + "CapacityUtilization:table/" + table.name + (index.empty() ? "" : "/index/" + index);
  TRY(Json after, updated(place.is_object() ? find(place, direction) : nullptr, *update, table, policy));
  place[direction] = std::move(after);
  return {};
}

Json shown_scaling(const Json* settings, const char* direction) {
  const Json* value = settings ? find(*settings, direction) : nullptr;
  return value ? *value : Json{{"AutoScalingDisabled", true}};
}

/// One region's part of the description.
Json scaling_of(const Table& table) {
  const Json* settings = find(table.settings, kSettings);
  const Json* of_indexes = settings ? find(*settings, "Indexes") : nullptr;
  Json indexes = Json::array();
  for (const auto& index : table.indexes) {
    if (index.kind != tables::IndexKind::global) continue;
    const Json* own = of_indexes ? find(*of_indexes, index.name) : nullptr;
    indexes.push_back({{"IndexName", index.name},
                       {"IndexStatus", text(index.status)},
                       {"ProvisionedReadCapacityAutoScalingSettings", shown_scaling(own, "Read")},
                       {"ProvisionedWriteCapacityAutoScalingSettings", shown_scaling(own, "Write")}});
  }
  return {{"RegionName", table.region},
          {"GlobalSecondaryIndexes", std::move(indexes)},
          {"ReplicaProvisionedReadCapacityAutoScalingSettings", shown_scaling(settings, "Read")},
          {"ReplicaProvisionedWriteCapacityAutoScalingSettings", shown_scaling(settings, "Write")},
          {"ReplicaStatus", text(table.status)}};
}

Result<TablePtr> find_group(const TableService& service, const Call& call) {
  std::string name = text_of(call.input, "TableName");
  TablePtr table = service.tables.catalog.find(call.caller.account, call.caller.region, name);
  if (!table || table->replicas.empty())
    return AwsError(errors::resource_not_found, "Global table with name: '" + name_of(name) + "' does not exist.");
  return table;
}

Json description_of(TableService& service, const Table& table) {
  Json replicas = Json::array({scaling_of(table)});
  for (const TablePtr& peer : group_of(service, table)) replicas.push_back(scaling_of(*peer));
  return {{"TableAutoScalingDescription",
           {{"TableName", table.name}, {"TableStatus", text(table.status)}, {"Replicas", std::move(replicas)}}}};
}

/// Writes scale alike in all regions, reads as each region's part says.
Result<void> apply_scaling(Table& table, const Json& input) {
  TRY_VOID(set_scaling(table, "", "Write", find(input, "ProvisionedWriteCapacityAutoScalingUpdate")));
  if (const Json* indexes = find(input, "GlobalSecondaryIndexUpdates")) {
    for (const Json& index : *indexes)
      TRY_VOID(set_scaling(table, text_of(index, "IndexName"), "Write",
                           find(index, "ProvisionedWriteCapacityAutoScalingUpdate")));
  }
  const Json* regions = find(input, "ReplicaUpdates");
  for (const Json& region : regions ? *regions : Json::array()) {
    if (text_of(region, "RegionName") != table.region) continue;
    TRY_VOID(set_scaling(table, "", "Read", find(region, "ReplicaProvisionedReadCapacityAutoScalingUpdate")));
    const Json* indexes = find(region, "ReplicaGlobalSecondaryIndexUpdates");
    for (const Json& index : indexes ? *indexes : Json::array())
      TRY_VOID(set_scaling(table, text_of(index, "IndexName"), "Read",
                           find(index, "ProvisionedReadCapacityAutoScalingUpdate")));
  }
  return {};
}

Result<void> check_regions_known(const Table& table, const Json& input) {
  const Json* regions = find(input, "ReplicaUpdates");
  for (const Json& element : regions ? *regions : Json::array()) {
    std::string region = text_of(element, "RegionName");
    bool known = region == table.region || std::any_of(table.replicas.begin(), table.replicas.end(),
                                                       [&](const auto& replica) { return replica.region == region; });
    if (!known) return no_such_replica(table, region);
  }
  return {};
}

}  // namespace

bool writes_scale(const Table& table) {
  const Json* settings = find(table.settings, kSettings);
  const Json* write = settings ? find(*settings, "Write") : nullptr;
  return write && !bool_of(*write, "AutoScalingDisabled");
}

Operation describe_table_replica_auto_scaling(TableService& service) {
  static const Shape input = structure({required("TableName", named_table_shape())});
  auto handle = [&service](Call& call) -> Result<Json> {
    TRY(TablePtr table, find_group(service, call));
    return description_of(service, *table);
  };
  return {.name = "DescribeTableReplicaAutoScaling",
          .input = &input,
          .access = table_access(service, "DescribeTableReplicaAutoScaling"),
          .handle = JsonHandler(handle)};
}

Operation update_table_replica_auto_scaling(TableService& service) {
  static const Shape index_reads =
      structure({optional("IndexName", index_name_shape()),
                 optional("ProvisionedReadCapacityAutoScalingUpdate", scaling_update_shape())})
          .named(model_name("ReplicaGlobalSecondaryIndexAutoScalingUpdate"));
  static const Shape index_writes =
      structure({optional("IndexName", index_name_shape()),
                 optional("ProvisionedWriteCapacityAutoScalingUpdate", scaling_update_shape())})
          .named(model_name("GlobalSecondaryIndexAutoScalingUpdate"));
  static const Shape replica =
      structure({required("RegionName", string()), optional("ReplicaGlobalSecondaryIndexUpdates", list(index_reads)),
                 optional("ReplicaProvisionedReadCapacityAutoScalingUpdate", scaling_update_shape())})
          .named(model_name("ReplicaAutoScalingUpdate"));
  static const Shape input = structure({required("TableName", named_table_shape()),
                                        optional("GlobalSecondaryIndexUpdates", list(index_writes).length(1, -1)),
                                        optional("ProvisionedWriteCapacityAutoScalingUpdate", scaling_update_shape()),
                                        optional("ReplicaUpdates", list(replica).length(1, -1))});
  auto handle = [&service](Call& call) -> Result<Json> {
    TRY(TablePtr named, find_group(service, call));
    TRY_VOID(check_regions_known(*named, call.input));
    TRY_VOID(service.context.store.transact([&](storage::Txn& txn) -> Result<void> {
      TablePtr current = service.tables.catalog.by_id(named->id);
      if (!current) return no_such_table(named->name);
      auto members = group_of(service, *current);
      members.push_back(current);
      for (const TablePtr& member : members) {
        TRY_VOID(check_not_busy(*member));
        Table changed = *member;
        TRY_VOID(apply_scaling(changed, call.input));
        service.tables.catalog.put(txn, std::move(changed));
      }
      return {};
    }));
    TRY(TablePtr after, find_group(service, call));
    return description_of(service, *after);
  };
  return {.name = "UpdateTableReplicaAutoScaling",
          .input = &input,
          .access = table_access(service, "UpdateTableReplicaAutoScaling"),
          .handle = JsonHandler(handle)};
}

}  // namespace millrace::dynamodb
