#include "emulator/services/dynamodb/expression/projection.h"
#include "emulator/services/dynamodb/expression/update.h"
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
      optional("ReturnItemCollectionMetrics", metrics_shape()),
      optional("ReturnValues", return_values_shape()),
      optional("ConditionalOperator", conditional_operator_shape()),
      required("Key", protocol::map(protocol::any())),
      optional("Expected", expected_shape()),
      optional("AttributeUpdates", attribute_updates_shape()),
      optional("UpdateExpression", protocol::string()),
      optional("ConditionExpression", protocol::string()),
      optional("ExpressionAttributeNames", names_shape()),
      optional("ReturnValuesOnConditionCheckFailure", failure_values_shape()),
  });
  return shape;
}

/// A bad ReturnValues is told alone, in an order and with a slip that are AWS's.
std::optional<std::string> reworded(const ItemInput& input, const std::string& message) {
  if (auto text = empty_table_name(input)) return text;
  if (message.find("' at 'returnValues' failed") == std::string::npos) return std::nullopt;
  return "1 validation error detected: Value '" + std::string(input.text("ReturnValues")) +
         "' at 'returnValues' failed to satisfy constraint: Member must satisfy enum value set: [ALL_OLD, UPDATED_OLD, "
         "ALL_NEW, UPDATE_NEW, NONE]";
}

Result<void> check(WriteRequest& request) {
  if (!request.input.has("AttributeUpdates")) return {};
  TRY(request.update, legacy_update(request.input, request.attribute_updates));
  request.write.legacy_update = true;
  return {};
}

Result<std::string> key(WriteRequest& request) {
  const tables::Table& table = *request.write.table;
  if (request.update) TRY_VOID(check_update_paths(table, *request.update));
  if (request.update && request.write.legacy_update) TRY_VOID(check_legacy_index_keys(table, *request.update));
  return key_of(table, request.write.key_attributes);
}

/// ReturnValues; `Attributes` is left out when there is nothing to report.
std::optional<AttributeMap> returned(const WriteRequest& request, const WriteResult& result) {
  std::string_view wanted = request.input.text("ReturnValues");
  if (wanted == "ALL_OLD") return result.old_item;
  if (wanted == "ALL_NEW") return result.new_item;
  const auto& image = wanted == "UPDATED_OLD" ? result.old_item : result.new_item;
  if (!wanted.starts_with("UPDATED_") || !image || !request.update) return std::nullopt;
  AttributeMap touched = project(*image, touched_paths(*request.update));
  if (touched.empty()) return std::nullopt;
  return touched;
}

}  // namespace

protocol::Operation update_item(const ItemContext& db) {
  return write_operation(db, {.name = "UpdateItem",
                              .kind = ItemWrite::Kind::update,
                              .shape = input_shape,
                              .reword = reworded,
                              .attributes = "Key",
                              .legacy = {"AttributeUpdates", "Expected", "ConditionalOperator"},
                              .expressions = {"UpdateExpression", "ConditionExpression"},
                              .check = check,
                              .key = key,
                              .returned = returned});
}

}  // namespace millrace::dynamodb
