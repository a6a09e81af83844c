#include "emulator/services/dynamodb/items/write_request.h"

#include "emulator/services/dynamodb/items/keys.h"
#include "emulator/services/dynamodb/items/usage.h"

namespace millrace::dynamodb {
namespace {

void read(WriteRequest& request, const WriteOperation& operation) {
  ItemInput& input = request.input;
  ItemWrite& write = request.write;
  write.kind = operation.kind;
  (write.kind == ItemWrite::Kind::put ? write.item : write.key_attributes) = input.attributes(operation.attributes);
  write.item_on_failure = input.text("ReturnValuesOnConditionCheckFailure") == "ALL_OLD";
  request.expected = read_legacy(input, "Expected");
  if (write.kind == ItemWrite::Kind::update) request.attribute_updates = read_legacy(input, "AttributeUpdates");
  input.read_placeholders();
}

/// All that needs no table.
Result<void> check(WriteRequest& request, const WriteOperation& operation) {
  ItemInput& input = request.input;
  TRY_VOID(input.check(operation.shape(), operation.reword));
  TRY_VOID(input.check_mixing(operation.legacy, operation.expressions));
  TRY_VOID(input.check_placeholders_allowed(operation.expressions, operation.expressions));
  if (operation.check_first) TRY_VOID(operation.check_first(request));
  TRY_VOID(input.check_values(operation.attributes));
  TRY_VOID(operation.check(request));
  TRY(request.condition, expected_condition(input, request.expected));
  TRY_VOID(input.placeholders(request.placeholders));
  const bool has_update = request.write.kind == ItemWrite::Kind::update;
  if (auto expression = input.optional_text("UpdateExpression"); expression && has_update) {
    TRY(request.update, checked(parse_update(*expression, request.placeholders), input));
    request.write.counts_expression = true;
  }
  if (auto expression = input.optional_text("ConditionExpression")) {
    TRY(request.condition, checked(parse_condition(*expression, request.placeholders), input));
  }
  if (auto unused = request.placeholders.unused()) return input.invalid(*unused);
  return {};
}

Result<void> prepare(const ItemContext& db, const protocol::Call& call, WriteRequest& request,
                     const WriteOperation& operation) {
  read(request, operation);
  TRY_VOID(check(request, operation));
  ItemWrite& write = request.write;
  TRY(write.table, find_table(db, call.caller, request.input.text("TableName")));
  TRY_VOID(check_paths_into_keys(*write.table, request.condition));
  TRY(write.key, operation.key(request));
  if (request.condition) write.condition = &*request.condition;
  if (request.update) write.update = &*request.update;
  return {};
}

/// The answer to a write that returns these attributes, with what else was asked for.
protocol::HttpReply answer(const WriteRequest& request, const WriteResult& result,
                           const std::optional<AttributeMap>& attributes) {
  const tables::Table& table = *request.write.table;
  std::string body;
  {
    JsonObject answer(body);
    if (attributes) append_json(answer.member("Attributes"), *attributes);
    auto mode = capacity_mode(request.input.text("ReturnConsumedCapacity"));
    if (mode != CapacityMode::none)
      append_consumed(answer.member("ConsumedCapacity"), table.name, result.consumed, mode);
    if (has_local_index(table) && request.input.text("ReturnItemCollectionMetrics") == "SIZE") {
      append_collection_metrics(answer.member("ItemCollectionMetrics"), table, request.write.key_attributes);
    }
  }
  return json_reply(std::move(body));
}

}  // namespace

protocol::Operation write_operation(const ItemContext& db, WriteOperation operation) {
  const Metered metered = metered_by_name(operation.name);
  auto shared = std::make_shared<const WriteOperation>(std::move(operation));
  auto handle = [db, metered, shared](std::shared_ptr<protocol::Call> call, protocol::Responder respond) {
    auto request = std::make_shared<WriteRequest>(*call);
    auto prepared = prepare(db, *call, *request, *shared);
    if (prepared.has_error()) return respond(std::move(prepared).error());
    if (db.ongoing.holds(request->write.key)) return respond(transaction_conflict());
    // `call` owns the text that the request's members point into.
    answer_after_write(db, std::move(respond),
                       [db, call, request, metered, shared](storage::Txn& txn) -> Result<protocol::HttpReply> {
                         TRY(WriteResult result, apply_write(txn, db, request->write));
                         served(db, *request->write.table, metered, *call);
                         return answer(*request, result, shared->returned(*request, result));
                       });
  };
  return {.name = shared->name,
          .access = access_to_table(db, shared->name),
          .handle = protocol::AsyncHandler(std::move(handle)),
          .dom_input = true};
}

Result<void> check_returns_old_only(const ItemInput& input) {
  auto wanted = input.optional_text("ReturnValues");
  if (!wanted || *wanted == "ALL_OLD" || *wanted == "NONE") return {};
  return input.invalid("ReturnValues can only be ALL_OLD or NONE");
}

std::optional<std::string> table_name_first(const ItemInput& input, const std::string&) {
  return empty_table_name(input);
}

std::optional<AttributeMap> old_if_asked(const WriteRequest& request, const WriteResult& result) {
  if (request.input.text("ReturnValues") != "ALL_OLD") return std::nullopt;
  return result.old_item;
}

}  // namespace millrace::dynamodb
