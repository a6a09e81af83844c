// CreateBackup, DescribeBackup, ListBackups, DeleteBackup.

#include "emulator/services/dynamodb/table/backup_store.h"
#include "emulator/services/dynamodb/table/description.h"
#include "emulator/services/dynamodb/table/table_shapes.h"

namespace millrace::dynamodb {

using namespace protocol;
using tables::Table;
using tables::TablePtr;

namespace {

constexpr size_t kPageMax = 100;
// Smaller tables are copied before the answer, so that a backup is AVAILABLE at once, as on AWS.
constexpr int64_t kCopyAtOnceItems = 20'000;

Json details(const Backup& backup) {
  Json out{{"BackupArn", backup.arn},         {"BackupName", backup.name},
           {"BackupSizeBytes", backup.bytes}, {"BackupStatus", backup.available ? "AVAILABLE" : "CREATING"},
           {"BackupType", backup.type},       {"BackupCreationDateTime", epoch(backup.created_ms)}};
  if (backup.expires_ms) out["BackupExpiryDateTime"] = epoch(backup.expires_ms);
  return out;
}

Json source_table(const Backup& backup) {
  const Table& table = backup.table;
  Json out{{"TableName", table.name},
           {"TableId", table.uuid},
           {"TableArn", table.arn},
           {"TableSizeBytes", backup.bytes},
           {"KeySchema", describe_key(table.key)},
           {"TableCreationDateTime", epoch(table.created_ms)},
           {"ProvisionedThroughput",
            {{"ReadCapacityUnits", table.throughput.read_units}, {"WriteCapacityUnits", table.throughput.write_units}}},
           {"ItemCount", backup.items},
           {"BillingMode", text(table.billing)}};
  if (table.on_demand.max_read_units > 0 || table.on_demand.max_write_units > 0)
    out["OnDemandThroughput"] = {{"MaxReadRequestUnits", table.on_demand.max_read_units},
                                 {"MaxWriteRequestUnits", table.on_demand.max_write_units}};
  return out;
}

Json index_info(const tables::Index& index) {
  Json projection{{"ProjectionType", text(index.projection.type)}};
  if (!index.projection.non_key_attributes.empty())
    projection["NonKeyAttributes"] = index.projection.non_key_attributes;
  Json out{{"IndexName", index.name}, {"KeySchema", describe_key(index.key)}, {"Projection", projection}};
  if (index.kind == tables::IndexKind::global)
    out["ProvisionedThroughput"] = {{"ReadCapacityUnits", index.throughput.read_units},
                                    {"WriteCapacityUnits", index.throughput.write_units}};
  return out;
}

Json source_features(const Table& table) {
  Json out = Json::object();
  for (const auto& index : table.indexes)
    out[index.kind == tables::IndexKind::global ? "GlobalSecondaryIndexes" : "LocalSecondaryIndexes"].push_back(
        index_info(index));
  if (table.stream.enabled)
    out["StreamDescription"] = {{"StreamEnabled", true}, {"StreamViewType", text(table.stream.view_type)}};
  if (!table.ttl_attribute.empty())
    out["TimeToLiveDescription"] = {{"TimeToLiveStatus", "ENABLED"}, {"AttributeName", table.ttl_attribute}};
  if (const Json* sse = find(table.settings, "SSEDescription")) out["SSEDescription"] = *sse;
  return out;
}

Result<Backup> find_named(const TableService& service, const Call& call) {
  std::string arn = text_of(call.input, "BackupArn");
  TRY_VOID(check_backup_arn(arn));
  auto backup = find_backup(service.context.store, arn);
  if (!backup) return AwsError(errors::backup_not_found, "Backup not found: " + arn);
  return *backup;
}

Result<void> store_backup(TableService& service, const Backup& backup) {
  return service.context.store.transact([&](storage::Txn& txn) -> Result<void> {
    put_backup(txn, backup);
    return {};
  });
}

void finish(TableService& service, const std::shared_ptr<storage::Reader>& snapshot, Backup backup,
            uint64_t source_id) {
  service.data_keys.seal_backup(backup.table, backup.data_id);
  copy_items(service.context.store, *snapshot, source_id, backup.data_id);
  service.data_keys.end_backup(backup.data_id);
  backup.available = true;
  Result<void> stored = store_backup(service, backup);
  (void)stored;  // stays CREATING, and goes at the next start
}

std::function<Result<AccessNeeds>(const Call&)> backup_access(std::string action) {
  return [action](const Call& call) -> Result<AccessNeeds> {
    return AccessNeeds{{"dynamodb:" + action, text_of(call.input, "BackupArn")}};
  };
}

}  // namespace

Operation create_backup(TableService& service) {
  static const Shape input = structure({required("TableName", named_table_shape()),
                                        required("BackupName", string().length(3, 255).pattern("[a-zA-Z0-9_.-]+"))});
  auto handle = [&service](Call& call) -> Result<Json> {
    std::string name = text_of(call.input, "TableName");
    TablePtr table = service.tables.catalog.find(call.caller.account, call.caller.region, name);
    // A table that is being created isn't seen yet.
    if (!table || table->status == tables::TableStatus::creating)
      return AwsError(errors::table_not_found, "Table not found: " + name_of(name));
    Backup backup;
    backup.created_ms = service.context.clock.now_ms();
    backup.arn = new_backup_arn(service, *table, backup.created_ms);
    backup.name = text_of(call.input, "BackupName");
    backup.table = *table;
    auto size = service.tables.statistics.of(table->id);
    backup.items = size.items;
    backup.bytes = size.bytes;
    TRY_VOID(service.context.store.transact([&](storage::Txn& txn) -> Result<void> {
      backup.data_id = service.tables.catalog.next_id(txn);
      put_backup(txn, backup);
      return {};
    }));
    std::shared_ptr<storage::Reader> snapshot = service.context.store.snapshot();
    Json answer{{"BackupDetails", details(backup)}};
    if (size.items <= kCopyAtOnceItems)
      finish(service, snapshot, backup, table->id);
    else
      service.background.post([&service, snapshot, backup, id = table->id] { finish(service, snapshot, backup, id); });
    return answer;
  };
  return {.name = "CreateBackup",
          .input = &input,
          .access = table_access(service, "CreateBackup"),
          .handle = JsonHandler(handle)};
}

Operation describe_backup(TableService& service) {
  static const Shape input = structure({required("BackupArn", string())});
  auto handle = [&service](Call& call) -> Result<Json> {
    TRY(Backup backup, find_named(service, call));
    return Json{{"BackupDescription",
                 {{"BackupDetails", details(backup)},
                  {"SourceTableDetails", source_table(backup)},
                  {"SourceTableFeatureDetails", source_features(backup.table)}}}};
  };
  return {.name = "DescribeBackup",
          .input = &input,
          .access = backup_access("DescribeBackup"),
          .handle = JsonHandler(handle)};
}

Operation delete_backup(TableService& service) {
  static const Shape input = structure({required("BackupArn", string())});
  auto handle = [&service](Call& call) -> Result<Json> {
    TRY(Backup backup, find_named(service, call));
    if (backup.type == "SYSTEM")
      return validation_error("Invalid Request: User is not allowed to delete the system backup with arn " +
                              backup.arn + ". It will automatically expire on " + iso_millis(backup.expires_ms));
    if (is_restoring(service, backup))
      return AwsError(errors::backup_in_use, "Backup is being used to restore table: " + backup.arn);
    // unverified wording
    if (!backup.available) return AwsError(errors::backup_in_use, "Backup is being created: " + backup.arn);
    TRY_VOID(service.context.store.transact([&](storage::Txn& txn) -> Result<void> {
      erase_backup(txn, backup);
      return {};
    }));
    Json shown = details(backup);
    shown["BackupStatus"] = "DELETED";
    return Json{{"BackupDescription",
                 {{"BackupDetails", shown},
                  {"SourceTableDetails", source_table(backup)},
                  {"SourceTableFeatureDetails", source_features(backup.table)}}}};
  };
  return {
      .name = "DeleteBackup", .input = &input, .access = backup_access("DeleteBackup"), .handle = JsonHandler(handle)};
}

Operation list_backups(TableService& service) {
  static const Shape input = structure({
      optional("TableName", named_table_shape()),
      optional("Limit", integer_shape().range(1, kPageMax)),
      optional("TimeRangeLowerBound", timestamp()),
      optional("TimeRangeUpperBound", timestamp()),
      optional("ExclusiveStartBackupArn", string().length(37, 1024)),
      optional("BackupType", string().one_of({"USER", "SYSTEM", "AWS_BACKUP", "ALL"})),
  });
  auto handle = [&service](Call& call) -> Result<Json> {
    std::string table = name_of(text_of(call.input, "TableName")), type = text_of(call.input, "BackupType", "USER");
    std::string after = text_of(call.input, "ExclusiveStartBackupArn");
    size_t limit = static_cast<size_t>(int_of(call.input, "Limit", kPageMax));
    auto bound = [&](const char* member, double fallback) {
      const Json* value = find(call.input, member);
      return value && value->is_number() ? value->get<double>() * 1000 : fallback;
    };
    double from = bound("TimeRangeLowerBound", 0), to = bound("TimeRangeUpperBound", 1e18);
    if (from > to) return invalid_values("Time range lower bound must be less than or equal to upper bound");
    Json summaries = Json::array();
    std::string last;
    bool more = false;
    for (const Backup& backup : list_backups(service.context.store, call.caller.account, call.caller.region)) {
      double at = static_cast<double>(backup.created_ms);
      bool chosen = (table.empty() || backup.table.name == table) && (type == "ALL" || backup.type == type) &&
                    at >= from && at < to;
      if (!chosen || backup.arn <= after) continue;
      if (summaries.size() >= limit) {
        more = true;
        break;
      }
      Json summary{{"TableName", backup.table.name}, {"TableId", backup.table.uuid}, {"TableArn", backup.table.arn}};
      summary.update(details(backup));
      summaries.push_back(std::move(summary));
      last = backup.arn;
    }
    Json answer{{"BackupSummaries", std::move(summaries)}};
    if (more) answer["LastEvaluatedBackupArn"] = last;
    return answer;
  };
  return {
      .name = "ListBackups", .input = &input, .access = account_access("ListBackups"), .handle = JsonHandler(handle)};
}

}  // namespace millrace::dynamodb
