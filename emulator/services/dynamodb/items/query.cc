#include "emulator/services/dynamodb/expression/evaluate.h"
#include "emulator/services/dynamodb/items/operations.h"
#include "emulator/services/dynamodb/items/query_range.h"
#include "emulator/services/dynamodb/items/read_request.h"

namespace millrace::dynamodb {
namespace {

using protocol::optional;
using protocol::required;

const protocol::Shape& input_shape() {
  static const protocol::Shape shape = protocol::structure({
      optional("Select", select_shape()),
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

/// Constraints that the current layer checks first, and words in its own way.
std::optional<std::string> reworded(const ItemInput& input, const std::string& message) {
  if (auto text = empty_table_name(input)) return text;
  if (message.find("' at 'conditionalOperator' failed") != std::string::npos) {
    return "1 validation error detected: Value '" + std::string(input.text("ConditionalOperator")) +
           "' at 'conditionalOperator' failed to satisfy constraint: Member must satisfy enum value set: [ALL, OR]";
  }
  if (message.find("' at 'limit' failed") == std::string::npos) return std::nullopt;
  return constraint_text("Limit", "Member must have value greater than or equal to 1");
}

const ReadOperation& operation() {
  static const ReadOperation query{
      .shape = input_shape,
      .legacy_filter = "QueryFilter",
      .legacy = {"AttributesToGet", "QueryFilter", "ConditionalOperator"},
      .expressions = {"ProjectionExpression", "FilterExpression", "KeyConditionExpression"},
      .expressions_with_values = {"FilterExpression", "KeyConditionExpression"},
      .has_key_condition = true,
      .wording = Wording::bare,
      .reword = reworded};
  return query;
}

Result<void> check(ReadRequest& request) {
  TRY_VOID(check_parameters(request));
  ItemInput& input = request.input;
  // KeyConditions goes with every other expression: unverified that AWS words the clash of the two like the others.
  TRY_VOID(input.check_mixing({"KeyConditions"}, {"KeyConditionExpression"}));
  if (input.has("KeyConditions")) {
    TRY(request.terms, legacy_key_terms(input, request.key_conditions));
  } else if (!input.has("KeyConditionExpression")) {
    return input.invalid(
        "Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.");
  }
  return check_expressions(request);
}

/// The filter comes after the key: it can't be about the key of what is read.
Result<void> check_filter(const ReadRequest& request, const tables::KeySchema& schema) {
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
  ReadRequest request(call, operation());
  TRY_VOID(check(request));
  const ItemInput& input = request.input;
  TRY(auto table, find_table(db, call.caller, input.text("TableName")));
  TRY(const tables::Index* index, index_to_read(input, *table));
  const tables::KeySchema& schema = index ? index->key : table->key;
  if (input.has("KeyConditions") && request.terms.size() > 2) {
    return input.invalid(
        "Conditions can be of length 1 or 2 only");  // unverified: that KeyConditions keeps these words
  }
  TRY(KeyCondition condition, checked(match_key(std::move(request.terms), schema), input));
  TRY_VOID(check_condition_values(condition, schema));
  TRY_VOID(check_filter(request, schema));
  TRY(PageRequest page, page_request(request, *table, index));
  page.reverse = input.has("ScanIndexForward") && !input.flag("ScanIndexForward");
  page.ranges = {query_range(*table, index, condition)};
  if (input.has("ExclusiveStartKey")) TRY_VOID(continue_query(page, condition, request.start));
  return answer_page(db, call, request, page);
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
