#include "emulator/services/dynamodb/expression/evaluate.h"
#include "emulator/services/dynamodb/expression/key_condition.h"
#include "emulator/services/dynamodb/items/keys.h"
#include "emulator/services/dynamodb/items/legacy.h"
#include "emulator/services/dynamodb/items/operations.h"
#include "emulator/services/dynamodb/items/page_reader.h"
#include "emulator/services/dynamodb/items/parts.h"
#include "emulator/services/dynamodb/items/query_range.h"
#include "emulator/services/dynamodb/items/throttle.h"

namespace millrace::dynamodb {
namespace {

using protocol::optional;
using protocol::required;

const protocol::Shape& input_shape() {
  static const protocol::Shape shape = protocol::structure({
      optional("Select", protocol::string().one_of({"SPECIFIC_ATTRIBUTES", "COUNT", "ALL_ATTRIBUTES", "ALL_PROJECTED_ATTRIBUTES"})),
      optional("IndexName", item_index_shape()),
      optional("ReturnConsumedCapacity", capacity_shape()),
      optional("QueryFilter", conditions_shape()),
      required("TableName", item_table_shape()),
      optional("ConditionalOperator", conditional_operator_shape()),
      optional("AttributesToGet", attributes_to_get_shape()),
      optional("Limit", protocol::integer().at_least(1)),
      optional("KeyConditions", conditions_shape()),
      optional("ExclusiveStartKey", protocol::map(protocol::any())),
      optional("ConsistentRead", protocol::boolean()),
      optional("ScanIndexForward", protocol::boolean()),
      optional("ProjectionExpression", protocol::string()),
      optional("FilterExpression", protocol::string()),
      optional("KeyConditionExpression", protocol::string()),
      optional("ExpressionAttributeNames", names_shape()),
  });
  return shape;
}

/// A query on its way; its trees point into it.
struct QueryRequest {
  explicit QueryRequest(const protocol::Call& call) : input(call, Wording::plain) {}

  ItemInput input;
  Placeholders placeholders;
  std::vector<LegacyEntry> key_conditions, query_filter;
  AttributeMap start;
  std::vector<KeyTerm> terms;
  std::optional<Condition> filter;
  std::optional<Projection> projection;
};

Result<void> check_expressions(QueryRequest& request) {
  ItemInput& input = request.input;
  if (auto expression = input.optional_text("KeyConditionExpression")) {
    TRY(Condition condition,
        checked(parse_condition(*expression, request.placeholders, ExpressionKind::key_condition), input));
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

Result<void> check(QueryRequest& request) {
  ItemInput& input = request.input;
  request.start = input.attributes("ExclusiveStartKey");
  request.key_conditions = read_legacy(input, "KeyConditions");
  request.query_filter = read_legacy(input, "QueryFilter");
  input.read_placeholders();
  TRY_VOID(input.check(input_shape()));
  TRY_VOID(input.check_mixing({"AttributesToGet", "QueryFilter", "ConditionalOperator", "KeyConditions"},
                              {"ProjectionExpression", "FilterExpression", "KeyConditionExpression"}));
  TRY_VOID(input.check_placeholders_allowed({"ProjectionExpression", "FilterExpression", "KeyConditionExpression"},
                                            {"FilterExpression", "KeyConditionExpression"}));
  if (auto wrong = input.check_values("ExclusiveStartKey"); wrong.has_error()) {
    return input.invalid("The provided starting key is invalid: " + wrong.error().message);
  }
  TRY(request.filter, filter_condition(input, "QueryFilter", request.query_filter));
  TRY(request.projection, attributes_to_get(input));
  TRY_VOID(check_select(input));
  if (input.has("KeyConditions")) {
    TRY(request.terms, legacy_key_terms(input, request.key_conditions));
  }
  if (!input.has("KeyConditions") && !input.has("KeyConditionExpression")) {
    return input.invalid(
        "Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.");
  }
  TRY_VOID(input.placeholders(request.placeholders));
  return check_expressions(request);
}

/// The filter comes after the key: it can't be about the key of what is read.
Result<void> check_filter(const QueryRequest& request, const tables::KeySchema& schema) {
  if (!request.filter) return {};
  std::string key_attribute;
  for_each_path(*request.filter, [&](const Path& path) {
    if (key_attribute.empty() && schema.find(attribute_of(path))) key_attribute = attribute_of(path);
  });
  if (key_attribute.empty()) return {};
  const char* what = request.input.has("FilterExpression") ? "Filter Expression" : "QueryFilter";
  return request.input.invalid(std::string(what) +
                               " can only contain non-primary key attributes: Primary key attribute: " + key_attribute);
}

Result<protocol::HttpReply> run(const ItemContext& db, const protocol::Call& call) {
  QueryRequest request(call);
  TRY_VOID(check(request));
  const ItemInput& input = request.input;
  TRY(auto table, find_table(db, call.caller.account, call.caller.region, input.text("TableName")));
  TRY(const tables::Index* index, index_to_read(input, *table));
  const tables::KeySchema& schema = index ? index->key : table->key;
  TRY(KeyCondition condition, checked(match_key(std::move(request.terms), schema), input));
  TRY_VOID(check_condition_values(condition, schema));
  TRY_VOID(check_filter(request, schema));
  TRY_VOID(check_paths_into_keys(*table, request.filter, index));
  if (request.projection) TRY_VOID(check_projection_paths(*table, index, *request.projection));
  TRY(Selection selection, select(input, *table, index, std::move(request.projection)));

  PageRequest page;
  page.table = table.get();
  page.index = index;
  page.reverse = input.has("ScanIndexForward") && !input.flag("ScanIndexForward");
  page.range = query_range(*table, index, condition);
  if (input.has("ExclusiveStartKey")) TRY_VOID(continue_query(page, condition, request.start));
  page.limit = static_cast<size_t>(input.integer("Limit").value_or(INT64_MAX));
  page.consistent = input.flag("ConsistentRead");
  page.filter = request.filter ? &*request.filter : nullptr;
  page.projection = std::move(selection.projection);
  page.count_only = selection.count_only;
  page.fetch_items = selection.fetch_items;
  if (db.throttle) TRY_VOID(db.throttle->admit(*table, index, Direction::read));
  TRY(Page result, read_page(db.store, page));
  if (db.throttle) db.throttle->spend(*table, result.consumed, Direction::read);
  return json_reply(page_answer(page, result, capacity_mode(input.text("ReturnConsumedCapacity"))));
}

}  // namespace

protocol::Operation query(const ItemContext& db) {
  return {.name = "Query",
          .access = access_to_table(db, "Query"),
          .handle = protocol::ReplyHandler([db](protocol::Call& call) { return run(db, call); }),
          .runs = protocol::Runs::inlined,
          .dom_input = true};
}

}  // namespace millrace::dynamodb
