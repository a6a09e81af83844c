#include "emulator/services/dynamodb/table/description.h"
#include "emulator/services/dynamodb/table/table_key.h"
#include "emulator/services/dynamodb/table/table_service.h"
#include "emulator/services/dynamodb/table/table_shapes.h"

namespace millrace::dynamodb {

using namespace protocol;

namespace {

/// A table whose key can't be used is shown as out of reach.
void add_key_state(TableService& service, const tables::Table& table, Json& out) {
  if (!find(table.settings, "SSEDescription") || table.status != tables::TableStatus::active) return;
  if (key_is_accessible(service.key_user.keys, table)) return service.inaccessible_keys.forget(table.id);
  out["TableStatus"] = "INACCESSIBLE_ENCRYPTION_CREDENTIALS";
  out["SSEDescription"]["InaccessibleEncryptionDateTime"] =
      epoch(service.inaccessible_keys.seen(table.id, service.context.clock.now_ms()));
}

}  // namespace

Operation describe_table(TableService& service) {
  static const Shape input = structure({required("TableName", named_table_shape())});
  auto handle = [&service](Call& call) -> Result<Json> {
    TRY(tables::TablePtr table, find_table(service, call));
    Json out = describe(*table, service.tables.statistics);
    add_key_state(service, *table, out);
    return Json{{"Table", std::move(out)}};
  };
  return {.name = "DescribeTable",
          .input = &input,
          .access = table_access(service, "DescribeTable"),
          .handle = JsonHandler(handle),
          .runs = Runs::inlined};
}

}  // namespace millrace::dynamodb
