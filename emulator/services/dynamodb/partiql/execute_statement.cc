#include "emulator/base/page_token.h"
#include "emulator/services/dynamodb/items/operations.h"
#include "emulator/services/dynamodb/items/parts.h"
#include "emulator/services/dynamodb/items/usage.h"
#include "emulator/services/dynamodb/partiql/execution.h"
#include "emulator/services/dynamodb/partiql/statement_input.h"

namespace millrace::dynamodb {
namespace {

using protocol::optional;

const protocol::Shape& input_shape() {
  static const protocol::Shape shape = [] {
    auto members = statement_members();
    members.push_back(optional("ConsistentRead", protocol::boolean()));
    members.push_back(optional("NextToken", protocol::string().length(1, 32768)));
    members.push_back(optional("ReturnConsumedCapacity", capacity_shape()));
    members.push_back(optional("Limit", protocol::integer().at_least(1)));
    return protocol::structure(std::move(members));
  }();
  return shape;
}

struct Request {
  explicit Request(const protocol::Call& call) : statement(*call.dom) {}
  StatementInput statement;
  BoundStatementPtr bound;
};

std::string list_of(const Request& request) {
  return "ExecuteStatement " + request.bound->table->arn + " " + std::string(request.statement.input.text("Statement"));
}

/// The token is the key to continue after; it is good only for the statement that it came from.
std::string next_token(const Request& request, const AttributeMap& key) {
  std::string position;
  append_json(position, key);
  return page_token(list_of(request), position);
}

Result<std::optional<AttributeMap>> start_of(const Request& request) {
  auto token = request.statement.input.optional_text("NextToken");
  if (!token) return std::optional<AttributeMap>();
  auto position = page_position(list_of(request), *token);
  auto json = position ? parse_json(*position) : std::nullopt;
  auto key = json ? read_attributes(*json) : std::variant<AttributeMap, AttributeError>(AttributeError{});
  if (!std::holds_alternative<AttributeMap>(key)) return validation_error("Invalid NextToken");  // unverified wording
  return std::optional(std::get<AttributeMap>(std::move(key)));
}

Result<void> prepare(const ItemContext& db, const protocol::Call& call, Request& request) {
  const ItemInput& input = request.statement.input;
  TRY_VOID(input.check(input_shape()));
  TRY_VOID(input.check_values("Parameters"));
  TRY(request.bound, bind_statement(db, call.caller, input.text("Statement"), request.statement.parameters));
  if (request.bound->statement->kind == Statement::Kind::exists) {
    return validation_error("EXISTS clause is only supported in transactions");  // unverified wording
  }
  request.bound->write.item_on_failure = input.text("ReturnValuesOnConditionCheckFailure") == "ALL_OLD";
  return {};
}

Result<protocol::HttpReply> read(const ItemContext& db, const protocol::Call& call, const Request& request) {
  const ItemInput& input = request.statement.input;
  SelectOptions options;
  options.consistent = input.flag("ConsistentRead");
  options.limit = static_cast<size_t>(input.integer("Limit").value_or(INT64_MAX));
  TRY(options.start, start_of(request));
  TRY(Page page, run_select(db, *request.bound, options));
  served(db, *request.bound->table, Metered::execute_statement, call, page.count);
  std::string body;
  {
    JsonObject answer(body);
    answer.member("Items").append("[").append(page.items).append("]");
    if (page.last_evaluated_key) {
      append_json_string(answer.member("NextToken"), next_token(request, *page.last_evaluated_key));
      append_json(answer.member("LastEvaluatedKey"), *page.last_evaluated_key);
    }
    auto mode = capacity_mode(input.text("ReturnConsumedCapacity"));
    if (mode != CapacityMode::none)
      append_consumed(answer.member("ConsumedCapacity"), request.bound->table->name, page.consumed, mode);
  }
  return json_reply(std::move(body));
}

Result<protocol::HttpReply> write(storage::Txn& txn, const ItemContext& db, const protocol::Call& call,
                                  const Request& request) {
  TRY(WriteResult result, run_write(txn, db, *request.bound));
  served(db, *request.bound->table, Metered::execute_statement, call);
  auto attributes = returned_attributes(*request.bound, result);
  std::string body;
  {
    JsonObject answer(body);
    std::string& items = answer.member("Items");
    items.push_back('[');
    if (attributes) append_json(items, *attributes);
    items.push_back(']');
    auto mode = capacity_mode(request.statement.input.text("ReturnConsumedCapacity"));
    if (mode != CapacityMode::none)
      append_consumed(answer.member("ConsumedCapacity"), request.bound->table->name, result.consumed, mode);
  }
  return json_reply(std::move(body));
}

}  // namespace

protocol::Operation execute_statement(const ItemContext& db) {
  return {.name = "ExecuteStatement",
          .access = access_to_statements(db, nullptr),
          .handle = protocol::AsyncHandler([db](std::shared_ptr<protocol::Call> call, protocol::Responder respond) {
            auto request = std::make_shared<Request>(*call);
            if (auto checked = prepare(db, *call, *request); checked.has_error())
              return respond(std::move(checked).error());
            if (request->bound->is_read()) return respond(read(db, *call, *request));
            if (db.ongoing.holds(request->bound->write.key)) return respond(transaction_conflict());
            answer_after_write(db, std::move(respond),
                               [db, call, request](storage::Txn& txn) { return write(txn, db, *call, *request); });
          }),
          .dom_input = true};
}

}  // namespace millrace::dynamodb
