#include "emulator/services/dynamodb/items/keys.h"
#include "emulator/services/dynamodb/items/operations.h"
#include "emulator/services/dynamodb/items/write_request.h"

namespace millrace::dynamodb {
namespace {

using protocol::optional;
using protocol::required;

const protocol::Shape& input_shape() {
  static const protocol::Shape shape = protocol::structure({
      optional("ReturnConsumedCapacity", capacity_shape()),
      required("TableName", item_table_shape()),
      optional("ReturnValues", return_values_shape()),
      optional("ReturnItemCollectionMetrics", metrics_shape()),
      required("Key", protocol::map(protocol::any())),
      optional("ConditionalOperator", conditional_operator_shape()),
      optional("Expected", expected_shape()),
      optional("ConditionExpression", protocol::string()),
      optional("ExpressionAttributeNames", names_shape()),
      optional("ReturnValuesOnConditionCheckFailure", failure_values_shape()),
  });
  return shape;
}

Result<void> check(WriteRequest& request) {
  return check_returns_old_only(request.input);
}

Result<std::string> key(WriteRequest& request) {
  return key_of(*request.write.table, request.write.key_attributes);
}

}  // namespace

protocol::Operation delete_item(const ItemContext& db) {
  return write_operation(db, {.name = "DeleteItem",
                              .kind = ItemWrite::Kind::remove,
                              .shape = input_shape,
                              .reword = table_name_first,
                              .attributes = "Key",
                              .legacy = {"Expected", "ConditionalOperator"},
                              .expressions = {"ConditionExpression"},
                              .check = check,
                              .key = key,
                              .returned = old_if_asked});
}

}  // namespace millrace::dynamodb
