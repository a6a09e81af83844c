#include "emulator/services/dynamodb/table/description.h"
#include "emulator/services/dynamodb/table/lifecycle.h"
#include "emulator/services/dynamodb/table/replicas.h"
#include "emulator/services/dynamodb/table/table_shapes.h"

namespace millrace::dynamodb {

using namespace protocol;

namespace {

Result<void> check_deletable(const tables::Table& table) {
  TRY_VOID(check_not_busy(table));
  if (table.deletion_protection)
    return validation_error(
        "Resource cannot be deleted as it is currently protected against deletion. Disable deletion "
        "protection first.");
  TRY_VOID(check_can_leave(table));
  for (const auto& index : table.indexes) {
    if (index.status != tables::IndexStatus::active)
      return AwsError(errors::resource_in_use,
                      "Attempt to change a resource which is still in use: Cannot delete table while indexes "
                      "are being created, updated, or deleted.");
  }
  return {};
}

}  // namespace

Operation delete_table(TableService& service) {
  static const Shape input = structure({required("TableName", named_table_shape())});
  auto handle = [&service](Call& call) -> Result<Json> {
    TRY(tables::TablePtr named, find_table(service, call));
    Json description = describe_deleting(*named, service.tables.statistics);
    bool delayed = service.context.aws_delays;
    TRY_VOID(service.context.store.transact([&](storage::Txn& txn) -> Result<void> {
      tables::TablePtr table = service.tables.catalog.by_id(named->id);
      if (!table) return no_such_table(named->name);
      TRY_VOID(check_deletable(*table));
      if (!delayed) {
        erase_table(service, txn, *table);
        return {};
      }
      tables::Table deleting = *table;
      deleting.status = tables::TableStatus::deleting;
      service.tables.catalog.put(txn, std::move(deleting));
      return {};
    }));
    if (delayed) schedule_settling(service, named->id, kDeleteMs);
    return Json{{"TableDescription", std::move(description)}};
  };
  return {.name = "DeleteTable",
          .input = &input,
          .access = table_access(service, "DeleteTable"),
          .handle = JsonHandler(handle)};
}

}  // namespace millrace::dynamodb
