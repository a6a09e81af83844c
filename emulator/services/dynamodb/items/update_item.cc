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
      required("Key", protocol::map(protocol::any())),
      optional("ConditionalOperator", conditional_operator_shape()),
      optional("Expected", expected_shape()),
      optional("AttributeUpdates", attribute_updates_shape()),
      optional("UpdateExpression", protocol::string()),
      optional("ConditionExpression", protocol::string()),
      optional("ExpressionAttributeNames", names_shape()),
      optional("ReturnValuesOnConditionCheckFailure", failure_values_shape()),
  });
  return shape;
}

Result<void> check(WriteRequest& request) {
  ItemInput& input = request.input;
  read_shared(request);
  request.write.kind = ItemWrite::Kind::update;
  request.write.key_attributes = input.attributes("Key");
  request.attribute_updates = read_legacy(input, "AttributeUpdates");
  TRY_VOID(input.check(input_shape()));
  TRY_VOID(input.check_mixing({"AttributeUpdates", "Expected", "ConditionalOperator"},
                              {"UpdateExpression", "ConditionExpression"}));
  TRY_VOID(input.check_placeholders_allowed({"UpdateExpression", "ConditionExpression"},
                                            {"UpdateExpression", "ConditionExpression"}));
  TRY_VOID(input.check_values("Key"));
  if (input.has("AttributeUpdates")) {
    TRY(request.update, legacy_update(input, request.attribute_updates));
    request.write.legacy_update = true;
  }
  TRY(request.condition, expected_condition(input, request.expected));
  TRY_VOID(input.placeholders(request.placeholders));
  if (auto expression = input.optional_text("UpdateExpression")) {
    TRY(request.update, checked(parse_update(*expression, request.placeholders), input));
  }
  if (auto expression = input.optional_text("ConditionExpression")) {
    TRY(request.condition, checked(parse_condition(*expression, request.placeholders), input));
  }
  if (auto unused = request.placeholders.unused()) return input.invalid(*unused);
  return {};
}

Result<void> prepare(const ItemContext& db, const protocol::Call& call, WriteRequest& request) {
  TRY_VOID(check(request));
  ItemWrite& write = request.write;
  TRY(write.table, find_table(db, call.caller.account, call.caller.region, request.input.text("TableName")));
  TRY_VOID(check_paths_into_keys(*write.table, request.condition));
  if (request.update) TRY_VOID(check_update_paths(*write.table, *request.update));
  TRY(write.key, key_of(*write.table, write.key_attributes));
  if (request.condition) write.condition = &*request.condition;
  if (request.update) write.update = &*request.update;
  return {};
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
  return {.name = "UpdateItem",
          .access = access_to_table(db, "UpdateItem"),
          .handle = protocol::AsyncHandler([db](std::shared_ptr<protocol::Call> call, protocol::Responder respond) {
            auto request = std::make_shared<WriteRequest>(*call);
            if (auto checked = prepare(db, *call, *request); checked.has_error()) return respond(std::move(checked).error());
            answer_after_write(db, std::move(respond),
                               [db, call, request](storage::Txn& txn) -> Result<protocol::HttpReply> {
                                 TRY(WriteResult result, apply_write(txn, db, request->write));
                                 return write_answer(*request, result, returned(*request, result));
                               });
          }),
          .dom_input = true};
}

}  // namespace millrace::dynamodb
