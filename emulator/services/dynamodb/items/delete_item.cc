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
  ItemInput& input = request.input;
  read_shared(request);
  request.write.kind = ItemWrite::Kind::remove;
  request.write.key_attributes = input.attributes("Key");
  TRY_VOID(input.check(input_shape()));
  TRY_VOID(input.check_mixing({"Expected", "ConditionalOperator"}, {"ConditionExpression"}));
  TRY_VOID(input.check_placeholders_allowed({"ConditionExpression"}, {"ConditionExpression"}));
  TRY_VOID(input.check_values("Key"));
  TRY_VOID(check_returns_old_only(input));
  TRY(request.condition, expected_condition(input, request.expected));
  TRY_VOID(input.placeholders(request.placeholders));
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
  TRY(write.key, key_of(*write.table, write.key_attributes));
  if (request.condition) write.condition = &*request.condition;
  return {};
}

}  // namespace

protocol::Operation delete_item(const ItemContext& db) {
  return {.name = "DeleteItem",
          .access = access_to_table(db, "DeleteItem"),
          .handle = protocol::AsyncHandler([db](std::shared_ptr<protocol::Call> call, protocol::Responder respond) {
            auto request = std::make_shared<WriteRequest>(*call);
            if (auto checked = prepare(db, *call, *request); checked.has_error()) return respond(std::move(checked).error());
            answer_after_write(db, std::move(respond),
                               [db, call, request](storage::Txn& txn) -> Result<protocol::HttpReply> {
                                 TRY(WriteResult result, apply_write(txn, db, request->write));
                                 return write_answer(*request, result, old_if_asked(*request, result));
                               });
          }),
          .dom_input = true};
}

}  // namespace millrace::dynamodb
