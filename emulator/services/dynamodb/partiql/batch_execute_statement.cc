#include "emulator/services/dynamodb/errors.h"
#include "emulator/services/dynamodb/items/operations.h"
#include "emulator/services/dynamodb/items/parts.h"
#include "emulator/services/dynamodb/items/throttle.h"
#include "emulator/services/dynamodb/items/usage.h"
#include "emulator/services/dynamodb/partiql/execution.h"
#include "emulator/services/dynamodb/partiql/statement_input.h"

namespace millrace::dynamodb {
namespace {

using protocol::optional;
using protocol::required;

const protocol::Shape& input_shape() {
  static const protocol::Shape shape = [] {
    auto members = statement_members();
    members.push_back(optional("ConsistentRead", protocol::boolean()));
    return protocol::structure({
        required("Statements",
                 protocol::list(protocol::structure(std::move(members)).named(model_name("BatchStatementRequest")))
                     .length(1, 25)),
        optional("ReturnConsumedCapacity", capacity_shape()),
    });
  }();
  return shape;
}

/// One statement; where it can't even be bound, its error is its answer.
struct Entry {
  explicit Entry(simdjson::dom::element object) : statement(object) {}
  StatementInput statement;
  BoundStatementPtr bound;
  std::optional<AwsError> error;
};

struct Batch {
  explicit Batch(const protocol::Call& call) : input(call, Wording::plain) {
    simdjson::dom::array list;
    auto statements = input.find("Statements");
    if (!statements || statements->get_array().get(list)) return;
    for (simdjson::dom::element one : list) entries.push_back(std::make_unique<Entry>(one));
  }
  ItemInput input;
  std::vector<std::unique_ptr<Entry>> entries;
  bool writes = false;
};

Result<void> prepare(const ItemContext& db, const protocol::Call& call, Batch& batch) {
  TRY_VOID(batch.input.check(input_shape()));
  bool reads = false;
  for (const auto& entry : batch.entries) {
    const ItemInput& input = entry->statement.input;
    TRY_VOID(input.check_types());
    if (auto wrong = input.check_values("Parameters"); wrong.has_error()) {
      entry->error = std::move(wrong).error();
      continue;
    }
    auto bound = bind_statement(db, call.caller, input.text("Statement"), entry->statement.parameters);
    if (bound.has_error()) {
      entry->error = std::move(bound).error();
      continue;
    }
    entry->bound = std::move(bound).value();
    entry->bound->write.item_on_failure = input.text("ReturnValuesOnConditionCheckFailure") == "ALL_OLD";
    (entry->bound->is_read() ? reads : batch.writes) = true;
    const bool is_write = !entry->bound->is_read();
    if (is_write && db.ongoing.holds(entry->bound->write.key)) entry->error = transaction_conflict();
  }
  if (reads && batch.writes) {
    // unverified wording; AWS refuses a mixture.
    return validation_error("BatchExecuteStatement cannot mix read and write statements in the same request");
  }
  return {};
}

/// BatchStatementErrorCodeEnum
std::string error_code(const AwsError& error) {
  if (error.is(errors::validation)) return "ValidationError";
  std::string code = error.kind->code;
  constexpr std::string_view kEnd = "Exception";
  if (code.ends_with(kEnd)) code.resize(code.size() - kEnd.size());
  return code;
}

void append_error(std::string& out, const AwsError& error, const std::string* table) {
  Json body = Json::object();
  body["Code"] = error_code(error);
  body["Message"] = error.message;
  if (auto item = error.extra.find("Item"); item != error.extra.end()) body["Item"] = *item;
  out.append("{\"Error\":").append(to_text(body));
  if (table) append_json_string(out.append(",\"TableName\":"), *table);
  out.push_back('}');
}

class Answer {
 public:
  /// `table`: of a statement that was run.
  void add_error(const AwsError& error, const std::string* table = nullptr) { append_error(next(), error, table); }
  void add(const Entry& entry, const std::optional<std::string>& item, const Consumed& consumed) {
    std::string& out = next();
    out.append("{\"TableName\":");
    append_json_string(out, entry.bound->table->name);
    if (item) out.append(",\"Item\":").append(*item);
    out.push_back('}');
    consumed_[entry.bound->table->name].add(consumed);
  }
  protocol::HttpReply reply(const ItemInput& input) {
    std::string body = "{\"Responses\":[" + responses_ + "]";
    append_consumed_list(body, consumed_, capacity_mode(input.text("ReturnConsumedCapacity")));
    return json_reply(body + "}");
  }

 private:
  std::string& next() {
    if (!responses_.empty()) responses_.push_back(',');
    return responses_;
  }
  std::string responses_;
  std::map<std::string, Consumed> consumed_;
};

Result<protocol::HttpReply> read(const ItemContext& db, const Batch& batch) {
  Answer answer;
  for (const auto& entry : batch.entries) {
    if (entry->error) {
      answer.add_error(*entry->error);
      continue;
    }
    if (db.throttle) {
      auto admitted = db.throttle->admit(*entry->bound->table, nullptr, Direction::read);
      if (admitted.has_error()) {
        answer.add_error(admitted.error());
        continue;
      }
    }
    auto key = key_of_read(*entry->bound, "BatchExecuteStatement");
    if (key.has_error()) {
      answer.add_error(key.error());
      continue;
    }
    Consumed consumed;
    auto item = read_one_item(db.store, *entry->bound, *key, entry->statement.input.flag("ConsistentRead"), consumed);
    if (item.has_error()) {
      answer.add_error(item.error());
    } else {
      spend(db, *entry->bound->table, consumed, Direction::read, db.clock.now_ms());
      answer.add(*entry, *item, consumed);
    }
  }
  return answer.reply(batch.input);
}

/// Each statement stands for itself: a failure leaves the others' changes, and changes nothing.
Result<protocol::HttpReply> write(storage::Txn& txn, const ItemContext& db, const Batch& batch) {
  Answer answer;
  for (const auto& entry : batch.entries) {
    if (entry->error) {
      answer.add_error(*entry->error);
      continue;
    }
    auto result = run_write(txn, db, *entry->bound);
    if (result.has_error()) {
      answer.add_error(result.error(), &entry->bound->table->name);
      continue;
    }
    std::optional<std::string> item;
    if (auto attributes = returned_attributes(*entry->bound, *result)) append_json(item.emplace(), *attributes);
    answer.add(*entry, item, result->consumed);
  }
  return answer.reply(batch.input);
}

/// The batch itself always succeeds.
void count(const ItemContext& db, const Batch& batch, const protocol::Call& call) {
  auto table_of = [](const auto& entry) { return entry->bound ? entry->bound->table.get() : nullptr; };
  served_each(db, batch.entries, table_of, Metered::batch_execute_statement, call);
}

}  // namespace

protocol::Operation batch_execute_statement(const ItemContext& db) {
  return {.name = "BatchExecuteStatement",
          .access = access_to_statements(db, "Statements"),
          .handle = protocol::AsyncHandler([db](std::shared_ptr<protocol::Call> call, protocol::Responder respond) {
            auto batch = std::make_shared<Batch>(*call);
            if (auto checked = prepare(db, *call, *batch); checked.has_error())
              return respond(std::move(checked).error());
            count(db, *batch, *call);
            if (!batch->writes) return respond(read(db, *batch));
            answer_after_write(db, std::move(respond),
                               [db, call, batch](storage::Txn& txn) { return write(txn, db, *batch); });
          }),
          .dom_input = true};
}

}  // namespace millrace::dynamodb
