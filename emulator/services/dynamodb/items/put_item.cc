#include "emulator/services/dynamodb/items/keys.h"
#include "emulator/services/dynamodb/items/operations.h"
#include "emulator/services/dynamodb/items/write_request.h"
#include "emulator/tables/item_keys.h"

namespace millrace::dynamodb {
namespace {

using protocol::optional;
using protocol::required;

const protocol::Shape& input_shape() {
  static const protocol::Shape shape = protocol::structure({
      optional("ReturnConsumedCapacity", capacity_shape()),
      required("TableName", item_table_shape()),
      required("Item", protocol::map(protocol::any())),
      optional("ConditionalOperator", conditional_operator_shape()),
      optional("Expected", expected_shape()),
      optional("ReturnValues", return_values_shape()),
      optional("ReturnItemCollectionMetrics", metrics_shape()),
      optional("ConditionExpression", protocol::string()),
      optional("ExpressionAttributeNames", names_shape()),
      optional("ReturnValuesOnConditionCheckFailure", failure_values_shape()),
  });
  return shape;
}

Result<void> check(WriteRequest& request) {
  TRY_VOID(check_returns_old_only(request.input));
  if (size_bytes(request.write.item) > kItemBytesMax) return validation_error(kItemTooLarge);
  return {};
}

Result<std::string> key(WriteRequest& request) {
  ItemWrite& write = request.write;
  TRY(std::string key, key_of_new_item(*write.table, write.item));
  write.key_attributes = tables::key_attributes(write.table->key, write.item);
  return key;
}

}  // namespace

protocol::Operation put_item(const ItemContext& db) {
  return write_operation(db, {.name = "PutItem",
                              .kind = ItemWrite::Kind::put,
                              .shape = input_shape,
                              .reword = table_name_first,
                              .attributes = "Item",
                              .legacy = {"Expected", "ConditionalOperator"},
                              .expressions = {"ConditionExpression"},
                              .check = check,
                              .key = key,
                              .returned = old_if_asked});
}

}  // namespace millrace::dynamodb
