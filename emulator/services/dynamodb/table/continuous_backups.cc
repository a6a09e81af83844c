#include "emulator/services/dynamodb/table/table_service.h"
#include "emulator/services/dynamodb/table/table_shapes.h"
#include "emulator/tables/item_history.h"

namespace millrace::dynamodb {

using namespace protocol;
using tables::Table;
using tables::TablePtr;

namespace {

constexpr int64_t kRecoveryDaysMax = 35;
constexpr Millis kDayMs = 24 * 3600 * 1000;

/// `ContinuousBackups` in a table's settings: {"Days": 35, "SinceMs": ...}; absent while disabled.
Json description(const Table& table, Millis now) {
  Json recovery{{"PointInTimeRecoveryStatus", "DISABLED"}};
  if (const Json* enabled = find(table.settings, "ContinuousBackups")) {
    int64_t days = int_of(*enabled, "Days", kRecoveryDaysMax);
    Millis since = int_of(*enabled, "SinceMs");
    recovery = {{"PointInTimeRecoveryStatus", "ENABLED"},
                {"RecoveryPeriodInDays", days},
                {"EarliestRestorableDateTime", epoch(std::max(since, now - days * kDayMs))},
                {"LatestRestorableDateTime", epoch(now)}};
  }
  return {{"ContinuousBackupsDescription",
           {{"ContinuousBackupsStatus", "ENABLED"}, {"PointInTimeRecoveryDescription", recovery}}}};
}

Result<TablePtr> find_backed_up(const TableService& service, const Call& call) {
  std::string name = text_of(call.input, "TableName");
  TRY_VOID(check_table_name(name));
  TablePtr table = service.tables.catalog.find(call.caller.account, call.caller.region, name);
  if (!table) return AwsError(errors::table_not_found, "Table not found: " + name_of(name));
  if (table->status == tables::TableStatus::creating)
    return AwsError(errors::continuous_backups_unavailable,
                    "Backups are being enabled for the table: " + table->name + ". Please retry later");
  return table;
}

}  // namespace

Operation describe_continuous_backups(TableService& service) {
  static const Shape input = structure({required("TableName", named_table_shape())});
  auto handle = [&service](Call& call) -> Result<Json> {
    TRY(TablePtr table, find_backed_up(service, call));
    return description(*table, service.context.clock.now_ms());
  };
  return {.name = "DescribeContinuousBackups",
          .input = &input,
          .access = table_access(service, "DescribeContinuousBackups"),
          .handle = JsonHandler(handle),
          .runs = Runs::inlined};
}

Operation update_continuous_backups(TableService& service) {
  static const Shape input = structure({
      required("TableName", named_table_shape()),
      required("PointInTimeRecoverySpecification",
               structure({required("PointInTimeRecoveryEnabled", boolean()),
                          optional("RecoveryPeriodInDays", integer_shape().range(1, kRecoveryDaysMax))})
                   .named(model_name("PointInTimeRecoverySpecification"))),
  });
  auto handle = [&service](Call& call) -> Result<Json> {
    const Json& specification = *find(call.input, "PointInTimeRecoverySpecification");
    if (!bool_of(specification, "PointInTimeRecoveryEnabled") && find(specification, "RecoveryPeriodInDays"))
      return validation_error(
          "Invalid Request: Cannot specify RecoveryPeriodInDays when disabling point-in-time recovery.");
    TRY(TablePtr named, find_backed_up(service, call));
    Millis now = service.context.clock.now_ms();
    return service.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
      TablePtr current = service.tables.catalog.by_id(named->id);
      if (!current) return AwsError(errors::table_not_found, "Table not found: " + named->name);
      Table table = *current;
      if (bool_of(specification, "PointInTimeRecoveryEnabled")) {
        const Json* before = find(table.settings, "ContinuousBackups");
        Millis since = before ? int_of(*before, "SinceMs", now) : now;
        int64_t days = int_of(specification, "RecoveryPeriodInDays",
                              before ? int_of(*before, "Days", kRecoveryDaysMax) : kRecoveryDaysMax);
        table.settings["ContinuousBackups"] = {{"Days", days}, {"SinceMs", since}};
        if (!table.history_id) table.history_id = service.tables.catalog.next_id(txn);
      } else {
        table.settings.erase("ContinuousBackups");
        if (table.history_id) tables::erase_history(txn, table.history_id);
        table.history_id = 0;
      }
      Json answer = description(table, now);
      service.tables.catalog.put(txn, std::move(table));
      return answer;
    });
  };
  return {.name = "UpdateContinuousBackups",
          .input = &input,
          .access = table_access(service, "UpdateContinuousBackups"),
          .handle = JsonHandler(handle)};
}

}  // namespace millrace::dynamodb
