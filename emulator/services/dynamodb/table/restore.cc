// RestoreTableFromBackup and RestoreTableToPointInTime.

#include "emulator/services/dynamodb/table/restore.h"

#include "emulator/base/arn.h"
#include "emulator/base/epoch.h"
#include "emulator/services/dynamodb/table/backup_store.h"
#include "emulator/services/dynamodb/table/description.h"
#include "emulator/services/dynamodb/table/table_rules.h"
#include "emulator/services/dynamodb/table/table_shapes.h"
#include "emulator/services/dynamodb/table/unused_attributes.h"

namespace millrace::dynamodb {

using namespace protocol;
using tables::BillingMode;
using tables::Table;
using tables::TablePtr;

namespace {

constexpr Millis kDayMs = 24 * 3600 * 1000;

std::vector<Member> override_members() {
  return {
      optional("BillingModeOverride", billing_mode_shape()),
      optional("GlobalSecondaryIndexOverride", global_indexes_shape()),
      optional("LocalSecondaryIndexOverride", local_indexes_shape()),
      optional("ProvisionedThroughputOverride", throughput_shape()),
      optional("OnDemandThroughputOverride", on_demand_shape()),
      optional("SSESpecificationOverride", sse_specification_shape()),
  };
}

/// Indexes can only be left out. An override lists those to keep.
Result<void> keep_listed(Table& table, const Json* listed, tables::IndexKind kind) {
  if (!listed) return {};
  for (const Json& kept : *listed) {
    std::string name = text_of(kept, "IndexName");
    const tables::Index* index = table.index(name);
    if (!index || index->kind != kind)
      return validation_error("Invalid Request: Index " + name +
                              " does not match a secondary index that existed in the source table and cannot be "
                              "created during the restore operation");
  }
  std::erase_if(table.indexes, [&](const tables::Index& index) {
    if (index.kind != kind) return false;
    for (const Json& kept : *listed) {
      if (text_of(kept, "IndexName") == index.name) return false;
    }
    return true;
  });
  return {};
}

/// Billing mode and throughput of the request, beside those of the source.
Result<void> override_capacity(const Json& input, Table& table) {
  const Json* throughput = find(input, "ProvisionedThroughputOverride");
  std::string billing = text_of(input, "BillingModeOverride");
  if (throughput && billing == "PAY_PER_REQUEST")
    return validation_error(
        "Invalid Request: Cannot override ProvisionedThroughput if BillingMode is overridden to "
        "PAY_PER_REQUEST");
  if (throughput && billing.empty() && table.billing == BillingMode::pay_per_request)
    return validation_error("Invalid Request: Cannot override ProvisionedThroughput unless BillingMode is PROVISIONED");
  if (throughput) table.throughput = read_throughput(*throughput);
  if (billing == "PAY_PER_REQUEST") {
    table.billing = BillingMode::pay_per_request;
    table.billing_was_set = true;
    table.throughput = {};
    for (auto& index : table.indexes) index.throughput = {};
  } else if (billing == "PROVISIONED") {
    if (!table.throughput.read_units)
      return validation_error(
          "Invalid Request: Must override ProvisionedThroughput if BillingMode is overridden to PROVISIONED");
    table.billing = BillingMode::provisioned;
  }
  for (const Json& listed :
       find(input, "GlobalSecondaryIndexOverride") ? *find(input, "GlobalSecondaryIndexOverride") : Json::array()) {
    const Json* units = find(listed, "ProvisionedThroughput");
    for (auto& index : table.indexes) {
      if (units && index.name == text_of(listed, "IndexName")) index.throughput = read_throughput(*units);
    }
  }
  if (table.billing == BillingMode::provisioned) {
    for (const auto& index : table.indexes) {
      if (index.kind == tables::IndexKind::global && !index.throughput.read_units)
        return validation_error("Invalid Request: Must specify provisioned throughput for index " + index.name);
    }
  }
  const Json* on_demand = find(input, "OnDemandThroughputOverride");
  if (!on_demand) return {};
  for (const char* member : {"MaxReadRequestUnits", "MaxWriteRequestUnits"}) {
    auto given = optional_int(*on_demand, member);
    if (!given) continue;
    if (table.billing == BillingMode::provisioned)
      return validation_error(std::string("Invalid Request: Cannot override ") + member +
                              " for OnDemandThroughput unless BillingModeOverride is PAY_PER_REQUEST");
    if (*given == 0 || *given < -1)
      return validation_error(std::string("Invalid Request: Requested ") + member +
                              " for OnDemandThroughput is outside of valid range");
  }
  return read_on_demand(*on_demand, table.on_demand, table.billing, nullptr);
}

/// The new table: keys, indexes and capacity of the source, nothing else, with the request's overrides.
Result<Table> restored_table(TableService& service, const Call& call, const Table& source) {
  const Json& input = call.input;
  Table table;
  table.account = call.caller.account;
  table.region = call.caller.region;
  table.name = text_of(input, "TargetTableName");
  table.attributes = source.attributes;
  table.key = source.key;
  table.indexes = source.indexes;
  for (auto& index : table.indexes) index.backfilling = false;
  table.billing = source.billing;
  table.billing_was_set = source.billing_was_set;
  table.throughput.read_units = source.throughput.read_units;
  table.throughput.write_units = source.throughput.write_units;
  table.on_demand = source.on_demand;
  for (const char* member : {"SSEDescription", "TableClassSummary"}) {
    if (const Json* value = find(source.settings, member)) table.settings[member] = *value;
  }
  TRY_VOID(keep_listed(table, find(input, "GlobalSecondaryIndexOverride"), tables::IndexKind::global));
  TRY_VOID(keep_listed(table, find(input, "LocalSecondaryIndexOverride"), tables::IndexKind::local));
  drop_unused_attributes(table);
  TRY_VOID(override_capacity(input, table));
  if (const Json* sse = find(input, "SSESpecificationOverride")) {
    TRY_VOID(check_encryption(*sse));
    TRY_VOID(use_encryption_key(service, sse, table.account, table.region, nullptr));
    Json description = sse_description(*service.keys, *sse, table.account, table.region);
    if (description.is_null())
      table.settings.erase("SSEDescription");
    else
      table.settings["SSEDescription"] = std::move(description);
  }
  return table;
}

Result<Json> restore(TableService& service, Table table, const Filling& filling, Json summary, int64_t items) {
  TablePtr taken = service.tables.catalog.find(table.account, table.region, table.name);
  std::string backup = text_of(summary, "SourceBackupArn");
  if (taken && is_filling(*taken) && !backup.empty())
    return AwsError(errors::table_in_use, "Table: " + table.name + " is already being restored from backup: " + backup);
  if (taken) return AwsError(errors::table_already_exists, "Table already exists: " + table.name);
  summary["RestoreInProgress"] = true;
  table.settings["RestoreSummary"] = std::move(summary);
  TRY(TablePtr added, add_restored(service, std::move(table), filling, items));
  return Json{{"TableDescription", describe_creating(*added, service.tables.statistics)}};
}

/// `2026-01-31T09:05:07Z`
std::string iso_seconds(Millis at) {
  std::string text = iso_millis(at);
  return text.substr(0, text.size() - 5) + "Z";
}

struct Recovery {
  Millis earliest_ms = 0;
  Millis latest_ms = 0;
};

Result<Recovery> recovery_of(const Table& table, Millis now) {
  const Json* enabled = find(table.settings, "ContinuousBackups");
  if (!enabled)
    return AwsError(errors::recovery_unavailable,
                    "Point in time recovery is not enabled for table '" + table.name + "'");
  Millis days = int_of(*enabled, "Days", 35);
  return Recovery{std::max<Millis>(int_of(*enabled, "SinceMs"), now - days * kDayMs), now};
}

Result<TablePtr> find_source(const TableService& service, const Call& call) {
  std::string source = text_of(call.input, "SourceTableArn", text_of(call.input, "SourceTableName"));
  if (source.empty())
    return validation_error("The parameter 'TableName' is required but was not present in the request");
  if (find(call.input, "SourceTableArn") && find(call.input, "SourceTableName"))
    return validation_error("Must provide exactly one of: sourceTableArn, sourceTableName");
  bool latest = bool_of(call.input, "UseLatestRestorableTime");
  bool at = find(call.input, "RestoreDateTime") != nullptr;
  if (latest && at)
    return validation_error(
        "Invalid Request: Both RestoreDateTime and UseLatestRestorableTime cannot be set for point-in-time "
        "restore "
        "request. Please specify either RestoreDateTime time or UseLatestRestorableTime");
  if (!latest && !at)
    return validation_error(
        "Invalid Request: Either one of RestoreDateTime or UseLatestRestorableTime must be specified, but "
        "not both");
  TablePtr table = service.tables.catalog.find(call.caller.account, call.caller.region, source);
  if (!table) return AwsError(errors::table_not_found, "Table not found: " + name_of(source));
  return table;
}

}  // namespace

Operation restore_table_from_backup(TableService& service) {
  static const Shape input = [] {
    auto members = override_members();
    members.insert(members.begin(), {required("TargetTableName", table_name_shape()), required("BackupArn", string())});
    return structure(std::move(members));
  }();
  auto handle = [&service](Call& call) -> Result<Json> {
    std::string arn = text_of(call.input, "BackupArn");
    TRY_VOID(check_backup_arn(arn));
    auto backup = find_backup(service.context.store, arn);
    if (!backup) return AwsError(errors::backup_not_found, "Backup not found: " + arn);
    if (!backup->available)
      return AwsError(errors::backup_in_use, "Backup is being created: " + arn);  // unverified wording
    if (is_restoring(service, *backup))
      return AwsError(errors::backup_in_use, "Backup is being used to restore another table: " + arn);
    TRY(Table table, restored_table(service, call, backup->table));
    Json summary{{"SourceBackupArn", arn},
                 {"SourceTableArn", backup->table.arn},
                 {"RestoreDateTime", epoch(backup->created_ms)}};
    return restore(service, std::move(table), {backup->data_id, 0, 0}, std::move(summary), backup->items);
  };
  auto access = [](const Call& call) -> Result<AccessNeeds> {
    std::string target = make_arn("dynamodb", call.caller.region, call.caller.account,
                                  "table/" + text_of(call.input, "TargetTableName"));
    return AccessNeeds{{"dynamodb:RestoreTableFromBackup", text_of(call.input, "BackupArn")},
                       {"dynamodb:RestoreTableFromBackup", target}};
  };
  return {.name = "RestoreTableFromBackup", .input = &input, .access = access, .handle = JsonHandler(handle)};
}

Operation restore_table_to_point_in_time(TableService& service) {
  static const Shape input = [] {
    auto members = override_members();
    members.insert(members.begin(),
                   {optional("SourceTableArn", string().length(1, 1024)),
                    optional("SourceTableName", named_table_shape()), required("TargetTableName", table_name_shape()),
                    optional("UseLatestRestorableTime", boolean()), optional("RestoreDateTime", timestamp())});
    return structure(std::move(members));
  }();
  auto handle = [&service](Call& call) -> Result<Json> {
    TRY(TablePtr source, find_source(service, call));
    Millis now = service.context.clock.now_ms();
    TRY(Recovery recovery, recovery_of(*source, now));
    const Json* at = find(call.input, "RestoreDateTime");
    Millis when = at && at->is_number() ? millis_of_epoch(at->get<double>()) : recovery.latest_ms;
    if (when < recovery.earliest_ms || when > recovery.latest_ms)
      return AwsError(errors::invalid_restore_time,
                      "RestoreDateTime '" + iso_seconds(when) + "' must be within EarliestRestorableDateTime '" +
                          iso_seconds(recovery.earliest_ms) + "' and LatestRestorableDateTime '" +
                          iso_seconds(recovery.latest_ms) + "'");
    TRY(Table table, restored_table(service, call, *source));
    Json summary{{"SourceTableArn", source->arn}, {"RestoreDateTime", epoch(when)}};
    return restore(service, std::move(table), {source->id, source->history_id, when}, std::move(summary),
                   service.tables.statistics.of(source->id).items);
  };
  auto access = [](const Call& call) -> Result<AccessNeeds> {
    std::string source = table_arn(call, text_of(call.input, "SourceTableArn", text_of(call.input, "SourceTableName")));
    std::string target = table_arn(call, text_of(call.input, "TargetTableName"));
    return AccessNeeds{{"dynamodb:RestoreTableToPointInTime", source}, {"dynamodb:RestoreTableToPointInTime", target}};
  };
  return {.name = "RestoreTableToPointInTime", .input = &input, .access = access, .handle = JsonHandler(handle)};
}

}  // namespace millrace::dynamodb
