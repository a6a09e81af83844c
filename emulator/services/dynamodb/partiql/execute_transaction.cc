#include <algorithm>
#include <set>

#include "emulator/base/attribute/item_codec.h"
#include "emulator/base/encoding.h"
#include "emulator/services/dynamodb/errors.h"
#include "emulator/services/dynamodb/items/operations.h"
#include "emulator/services/dynamodb/items/parts.h"
#include "emulator/services/dynamodb/items/stored_item.h"
#include "emulator/services/dynamodb/items/transaction.h"
#include "emulator/services/dynamodb/items/usage.h"
#include "emulator/services/dynamodb/partiql/execution.h"
#include "emulator/services/dynamodb/partiql/statement_input.h"

namespace millrace::dynamodb {
namespace {

using protocol::optional;
using protocol::required;

const protocol::Shape& input_shape() {
  static const protocol::Shape shape = protocol::structure({
      optional("ClientRequestToken", protocol::string().length(1, 36)),
      required("TransactStatements",
               protocol::list(protocol::structure(statement_members()).named(model_name("ParameterizedStatement")))
                   .length(1, 100)),
      optional("ReturnConsumedCapacity", capacity_shape()),
  });
  return shape;
}

struct Transaction {
  explicit Transaction(const protocol::Call& call) : input(call, Wording::plain) {
    simdjson::dom::array list;
    auto items = input.find("TransactStatements");
    if (!items || items->get_array().get(list)) return;
    for (simdjson::dom::element one : list) statements.emplace_back(one);
    token = {call.caller.account, call.caller.region, std::string(input.text("ClientRequestToken")), {}};
    if (!token.token.empty()) token.digest = digest_of(*items);
  }
  ItemInput input;
  std::vector<StatementInput> statements;
  std::vector<BoundStatementPtr> bound;
  std::vector<std::string> keys;  // of the items, under Family::items
  RequestToken token;
  bool reads = false, writes = false;
};

/// An error that is the whole request's, whatever the tables hold.
AwsError in_statement(size_t position, const std::string& text) {
  return validation_error("Validation failed in TransactStatements[" + std::to_string(position) + "]: " + text);
}

/// What a statement of a transaction can't be, by its text alone.
Result<void> check_statement(const Statement& statement, size_t position) {
  if (statement.returning != Returning::none) {
    return in_statement(position, "RETURNING clause is not supported in ExecuteTransaction.");
  }
  if (statement.index && statement.kind == Statement::Kind::select) {
    return in_statement(position, "Reads on indices are not supported within transactions.");
  }
  return {};
}

Result<void> prepare(const ItemContext& db, const protocol::Call& call, Transaction& transaction) {
  TRY_VOID(transaction.input.check(input_shape()));
  std::set<std::string> seen;
  Cancellation cancellation(transaction.statements.size());
  for (size_t i = 0; i < transaction.statements.size(); ++i) {
    const StatementInput& one = transaction.statements[i];
    TRY_VOID(one.input.check_types());
    TRY_VOID(one.input.check_values("Parameters"));
    auto parsed = parse_statement(one.input.text("Statement"), one.parameters);
    if (parsed.has_error()) return in_statement(i, parsed.error().message);
    TRY_VOID(check_statement(**parsed, i));
    auto result = bind_statement(db, call.caller, std::move(parsed).value());
    if (result.has_error() && !result.error().is(errors::validation)) return std::move(result).error();
    if (result.has_error()) {
      const bool is_exists = result.error().message.starts_with("EXISTS()");
      if (is_exists) return in_statement(i, result.error().message);
      const bool too_large = result.error().message == kItemTooLarge;
      if (too_large || refuses_all(result.error())) return std::move(result).error();
      cancellation.add(i, result.error());
      transaction.bound.push_back(nullptr);
      continue;
    }
    BoundStatementPtr bound = std::move(result).value();
    bound->write.item_on_failure = one.input.text("ReturnValuesOnConditionCheckFailure") == "ALL_OLD";
    (bound->is_read() ? transaction.reads : transaction.writes) = true;
    auto key = bound->is_read() ? key_of_read(*bound, "ExecuteTransaction") : Result<std::string>(bound->write.key);
    if (key.has_error()) {
      if (key.error().message.starts_with("Select statements within")) return in_statement(i, key.error().message);
      cancellation.add(i, key.error());
    } else {
      if (!seen.insert(*key).second) return multiple_operations();
      transaction.keys.push_back(std::move(key).value());
    }
    transaction.bound.push_back(std::move(bound));
  }
  if (!cancellation.empty()) return cancellation.error();
  if (transaction.reads && transaction.writes) {
    // unverified wording; AWS refuses a mixture.
    return validation_error("The transaction cannot mix read and write statements");
  }
  return {};
}

Result<protocol::HttpReply> read(const ItemContext& db, const Transaction& transaction) {
  TRY_VOID(check_conflicts(db, transaction.keys));
  std::vector<const tables::Table*> tables;
  for (const auto& bound : transaction.bound) tables.push_back(bound->table.get());
  TRY_VOID(admit_reads(db, tables));
  auto snapshot = db.store.snapshot();
  std::string body = "{\"Responses\":[";
  std::map<std::string, Consumed> consumed;
  for (size_t i = 0; i < transaction.bound.size(); ++i) {
    const BoundStatement& bound = *transaction.bound[i];
    if (i > 0) body.push_back(',');
    Consumed one;
    TRY(auto item, read_one_item(*snapshot, bound, transaction.keys[i], true, one));
    body.append(item ? "{\"Item\":" + *item + "}" : "{}");
    one.scale(2);
    spend(db, *bound.table, one, Direction::read, db.clock.now_ms());
    consumed[bound.table->name].add(one);
  }
  body.push_back(']');
  append_consumed_list(body, consumed, capacity_mode(transaction.input.text("ReturnConsumedCapacity")),
                       CapacityDirection::read);
  return json_reply(body + "}");
}

Result<protocol::HttpReply> write(storage::Txn& txn, const ItemContext& db, const Transaction& transaction) {
  std::map<std::string, Consumed> consumed;
  bool done = false;
  if (!transaction.token.token.empty()) {
    TRY(done, already_done(txn, db, transaction.token));
  }
  for (size_t i = 0; done && i < transaction.bound.size(); ++i) {
    auto stored = txn.get(storage::Family::items, transaction.keys[i]);
    consumed[transaction.bound[i]->table->name].table +=
        read_units(stored ? stored_size_bytes(*stored).value_or(0) : 0, true);
  }
  Cancellation cancellation(transaction.bound.size());
  for (size_t i = 0; !done && i < transaction.bound.size(); ++i) {
    auto result = run_write(txn, db, *transaction.bound[i]);
    if (result.has_error() && refuses_all(result.error())) return std::move(result).error();
    if (result.has_error()) {
      cancellation.add(i, result.error());
    } else {
      consumed[transaction.bound[i]->table->name].add(result->consumed);
    }
  }
  if (!cancellation.empty()) return cancellation.error();
  for (auto& [name, units] : consumed) units.scale(2);
  std::string body = "{\"Responses\":[]";
  append_consumed_list(body, consumed, capacity_mode(transaction.input.text("ReturnConsumedCapacity")),
                       done ? CapacityDirection::read : CapacityDirection::write);
  return json_reply(body + "}");
}

Result<protocol::HttpReply> counted(const ItemContext& db, const Transaction& transaction, const protocol::Call& call,
                                    Result<protocol::HttpReply> answer) {
  auto table_of = [](const auto& bound) { return bound ? bound->table.get() : nullptr; };
  if (answer.has_value()) served_each(db, transaction.bound, table_of, Metered::execute_transaction, call);
  return answer;
}

}  // namespace

protocol::Operation execute_transaction(const ItemContext& db) {
  return {.name = "ExecuteTransaction",
          .access = access_to_statements(db, "TransactStatements"),
          .handle = protocol::AsyncHandler([db](std::shared_ptr<protocol::Call> call, protocol::Responder respond) {
            auto transaction = std::make_shared<Transaction>(*call);
            if (auto checked = prepare(db, *call, *transaction); checked.has_error())
              return respond(std::move(checked).error());
            if (!transaction->writes) return respond(counted(db, *transaction, *call, read(db, *transaction)));
            auto accepted = accept(db, transaction->keys, transaction->token);
            if (accepted.has_error()) return respond(std::move(accepted).error());
            answer_after_write(
                db, std::move(respond),
                [db, call, transaction](storage::Txn& txn) {
                  return counted(db, *transaction, *call, write(txn, db, *transaction));
                },
                std::move(accepted).value());
          }),
          .dom_input = true};
}

}  // namespace millrace::dynamodb
