#include "emulator/services/dynamodb/items/read_request.h"

#include "emulator/services/dynamodb/expression/syntax.h"
#include "emulator/services/dynamodb/items/keys.h"
#include "emulator/services/dynamodb/items/throttle.h"
#include "emulator/services/dynamodb/items/usage.h"

namespace millrace::dynamodb {

Result<void> check_parameters(ReadRequest& request) {
  ItemInput& input = request.input;
  const ReadOperation& operation = request.operation;
  request.start = input.attributes("ExclusiveStartKey");
  if (operation.has_key_condition) request.key_conditions = read_legacy(input, "KeyConditions");
  request.legacy_filter = read_legacy(input, operation.legacy_filter);
  input.read_placeholders();
  TRY_VOID(input.check(operation.shape(), operation.reword));
  TRY_VOID(input.check_mixing(operation.legacy, operation.expressions));
  TRY_VOID(input.check_placeholders_allowed(operation.expressions, operation.expressions_with_values));
  if (auto wrong = input.check_values("ExclusiveStartKey"); wrong.has_error()) {
    return input.invalid("The provided starting key is invalid: " + wrong.error().message);
  }
  TRY(request.filter, filter_condition(input, operation.legacy_filter, request.legacy_filter));
  TRY(request.projection, attributes_to_get(input));
  return check_select(input);
}

Result<void> check_expressions(ReadRequest& request) {
  ItemInput& input = request.input;
  TRY_VOID(input.placeholders(request.placeholders));
  // An empty one comes before what is wrong with the key's.
  for (auto [member, kind] : {std::pair("FilterExpression", ExpressionKind::filter),
                              std::pair("ProjectionExpression", ExpressionKind::projection)}) {
    auto text = input.optional_text(member);
    auto wrong = text && text->empty() ? check_text(kind, *text) : std::nullopt;
    if (wrong) return input.invalid(std::move(wrong->message));
  }
  auto key = request.operation.has_key_condition ? input.optional_text("KeyConditionExpression") : std::nullopt;
  if (key) {
    TRY(Condition condition,
        checked(parse_condition(*key, request.placeholders, ExpressionKind::key_condition), input));
    TRY(request.terms, checked(key_terms(condition), input));
  }
  if (auto expression = input.optional_text("FilterExpression")) {
    TRY(request.filter, checked(parse_condition(*expression, request.placeholders, ExpressionKind::filter), input));
  }
  if (auto expression = input.optional_text("ProjectionExpression")) {
    TRY(request.projection, checked(parse_projection(*expression, request.placeholders), input));
  }
  if (auto unused = request.placeholders.unused()) return input.invalid(*unused);
  return {};
}

Result<PageRequest> page_request(ReadRequest& request, const tables::Table& table, const tables::Index* index) {
  const ItemInput& input = request.input;
  TRY_VOID(check_paths_into_keys(table, request.filter, index));
  if (request.projection) TRY_VOID(check_projection_paths(table, index, *request.projection));
  TRY(Selection selection, select(input.text("Select"), table, index, std::move(request.projection)));
  PageRequest page;
  page.table = &table;
  page.index = index;
  page.limit = static_cast<size_t>(input.integer("Limit").value_or(INT64_MAX));
  page.consistent = input.flag("ConsistentRead");
  page.filter = request.filter ? &*request.filter : nullptr;
  page.projection = std::move(selection.projection);
  page.count_only = selection.count_only;
  page.fetch_items = selection.fetch_items;
  return page;
}

Result<protocol::HttpReply> answer_page(const ItemContext& db, const protocol::Call& call, const ReadRequest& request,
                                        const PageRequest& page) {
  if (db.throttle) TRY_VOID(db.throttle->admit(*page.table, page.index, Direction::read));
  TRY(Page result, read_page(db.store, page));
  const Metered metered = request.operation.has_key_condition ? Metered::query : Metered::scan;
  spend(db, *page.table, result.consumed, Direction::read, call.received_ms);
  served(db, *page.table, metered, call, result.count);
  return json_reply(page_answer(page, result, capacity_mode(request.input.text("ReturnConsumedCapacity"))));
}

protocol::Shape select_shape() {
  return protocol::string().one_of({"SPECIFIC_ATTRIBUTES", "COUNT", "ALL_ATTRIBUTES", "ALL_PROJECTED_ATTRIBUTES"});
}

}  // namespace millrace::dynamodb
