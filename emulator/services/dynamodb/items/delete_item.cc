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

/// Whether lists and maps nest deeper than `levels_max`.
bool nests_deeper(simdjson::dom::element value, size_t levels_max) {
  simdjson::dom::array list;
  simdjson::dom::object map;
  if (value["L"].get(list) == simdjson::SUCCESS) {
    if (levels_max == 0) return true;
    for (simdjson::dom::element one : list) {
      if (nests_deeper(one, levels_max - 1)) return true;
    }
  } else if (value["M"].get(map) == simdjson::SUCCESS) {
    if (levels_max == 0) return true;
    for (const auto& [name, one] : map) {
      if (nests_deeper(one, levels_max - 1)) return true;
    }
  }
  return false;
}

/// Beyond 62 levels in the key, ReturnValues comes before the values, in words of the layer beneath.
Result<void> check_first(const WriteRequest& request) {
  constexpr size_t kLevelsMax = 62;
  auto given = request.input.find("Key");
  simdjson::dom::object attributes;
  if (!given || given->get(attributes) != simdjson::SUCCESS) return {};
  for (const auto& [name, value] : attributes) {
    if (!nests_deeper(value, kLevelsMax)) continue;
    if (check_returns_old_only(request.input).has_error())
      return validation_error("ReturnValues can only be ALL_OLD or NONE");
  }
  return {};
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
                              .check_first = check_first,
                              .key = key,
                              .returned = old_if_asked});
}

}  // namespace millrace::dynamodb
