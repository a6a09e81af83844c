#include "emulator/services/dynamodb/table/table_service.h"
#include "emulator/services/dynamodb/table/table_shapes.h"

namespace millrace::dynamodb {

using namespace protocol;

namespace {
constexpr size_t kPageMax = 100;
}  // namespace

Operation list_tables(TableService& service) {
  static const Shape input = structure(
      {optional("Limit", integer_shape().range(1, kPageMax)), optional("ExclusiveStartTableName", table_name_shape())});
  auto handle = [&service](Call& call) -> Result<Json> {
    size_t limit = static_cast<size_t>(int_of(call.input, "Limit", kPageMax));
    auto page = service.tables.catalog.list(call.caller.account, call.caller.region,
                                            text_of(call.input, "ExclusiveStartTableName"), limit + 1);
    Json names = Json::array();
    for (const auto& table : page) {
      if (names.size() < limit) names.push_back(table->name);
    }
    Json out{{"TableNames", names}};
    if (page.size() > limit) out["LastEvaluatedTableName"] = names.back();
    return out;
  };
  return {.name = "ListTables",
          .input = &input,
          .access = account_access("ListTables"),
          .handle = JsonHandler(handle),
          .runs = Runs::inlined};
}

}  // namespace millrace::dynamodb
