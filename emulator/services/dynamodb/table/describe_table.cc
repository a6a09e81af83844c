#include "emulator/services/dynamodb/table/description.h"
#include "emulator/services/dynamodb/table/table_service.h"
#include "emulator/services/dynamodb/table/table_shapes.h"

namespace millrace::dynamodb {

using namespace protocol;

Operation describe_table(TableService& service) {
  static const Shape input = structure({required("TableName", named_table_shape())});
  auto handle = [&service](Call& call) -> Result<Json> {
    TRY(tables::TablePtr table, find_table(service, call));
    return Json{{"Table", describe(*table, service.tables.statistics)}};
  };
  return {.name = "DescribeTable",
          .input = &input,
          .access = table_access(service, "DescribeTable"),
          .handle = JsonHandler(handle),
          .runs = Runs::inlined};
}

}  // namespace millrace::dynamodb
