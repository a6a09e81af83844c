#include <set>

#include "emulator/base/encoding.h"
#include "emulator/services/dynamodb/errors.h"
#include "emulator/services/dynamodb/items/keys.h"
#include "emulator/services/dynamodb/items/operations.h"
#include "emulator/services/dynamodb/items/parts.h"
#include "emulator/services/dynamodb/items/transaction.h"
#include "emulator/services/dynamodb/items/usage.h"
#include "emulator/tables/item_keys.h"

namespace millrace::dynamodb {
namespace {

using protocol::optional;
using protocol::required;
namespace dom = simdjson::dom;

/// One action: its member, the members that hold attributes and its expressions.
struct ActionKind {
  const char* member;
  ItemWrite::Kind kind;
  const char* attributes;
  bool needs_condition;
  bool has_update;
};
constexpr ActionKind kActions[] = {
    {"ConditionCheck", ItemWrite::Kind::check, "Key", true, false},
    {"Put", ItemWrite::Kind::put, "Item", false, false},
    {"Delete", ItemWrite::Kind::remove, "Key", false, false},
    {"Update", ItemWrite::Kind::update, "Key", false, true},
};

protocol::Shape action_shape(const ActionKind& action) {
  std::vector<protocol::Member> members;
  members.push_back(required(action.attributes, protocol::map(protocol::any())));
  if (action.has_update) members.push_back(required("UpdateExpression", protocol::string()));
  members.push_back(required("TableName", item_table_shape()));
  if (action.needs_condition) {
    members.push_back(required("ConditionExpression", protocol::string()));
  } else {
    members.push_back(optional("ConditionExpression", protocol::string()));
  }
  members.push_back(optional("ExpressionAttributeNames", names_shape()));
  members.push_back(optional("ReturnValuesOnConditionCheckFailure", failure_values_shape()));
  return protocol::structure(std::move(members)).named(model_name(action.member));
}

const protocol::Shape& input_shape() {
  static const protocol::Shape shape = [] {
    std::vector<protocol::Member> members;
    for (const ActionKind& action : kActions) members.push_back(optional(action.member, action_shape(action)));
    return protocol::structure({
        optional("ClientRequestToken", protocol::string().length(1, 36)),
        optional("ReturnConsumedCapacity", capacity_shape()),
        optional("ReturnItemCollectionMetrics", metrics_shape()),
        required("TransactItems",
                 protocol::list(protocol::structure(std::move(members)).named(model_name("TransactWriteItem")))
                     .length(1, 100)),
    });
  }();
  return shape;
}

struct Action {
  explicit Action(dom::element content) : input(content, Wording::plain) {}
  ItemInput input;
  const ActionKind* kind = nullptr;
  Placeholders placeholders;
  std::optional<Condition> condition;
  std::optional<Update> update;
  ItemWrite write;
};

struct Transaction {
  explicit Transaction(const protocol::Call& call) : input(call, Wording::plain) {}
  ItemInput input;
  std::vector<std::unique_ptr<Action>> actions;
  size_t request_bytes = 0;  // of the items and keys that it brings
  bool malformed = false;    // an element with no action or with several
  RequestToken token;
};

void read_actions(Transaction& transaction) {
  dom::array items;
  auto list = transaction.input.find("TransactItems");
  if (!list || list->get_array().get(items)) return;
  for (dom::element item : items) {
    ItemInput members(item, Wording::plain);
    int found = 0;
    for (const ActionKind& kind : kActions) {
      auto content = members.find(kind.member);
      if (!content) continue;
      ++found;
      auto action = std::make_unique<Action>(*content);
      action->kind = &kind;
      action->write.kind = kind.kind;
      action->write.in_transaction = true;
      auto& attributes = kind.kind == ItemWrite::Kind::put ? action->write.item : action->write.key_attributes;
      attributes = action->input.attributes(kind.attributes);
      action->input.read_placeholders();
      action->write.item_on_failure = action->input.text("ReturnValuesOnConditionCheckFailure") == "ALL_OLD";
      transaction.actions.push_back(std::move(action));
    }
    if (found != 1) transaction.malformed = true;
  }
  transaction.token.token = std::string(transaction.input.text("ClientRequestToken"));
  if (!transaction.token.token.empty()) transaction.token.digest = digest_of(*list);
}

Result<void> check(Action& action) {
  ItemInput& input = action.input;
  if (action.kind->has_update) {
    TRY_VOID(input.check_placeholders_allowed({"UpdateExpression", "ConditionExpression"},
                                              {"UpdateExpression", "ConditionExpression"}));
  } else {
    TRY_VOID(input.check_placeholders_allowed({"ConditionExpression"}, {"ConditionExpression"}));
  }
  // Values that nest too deeply come after the expressions, every other mistake in them before.
  auto values = input.check_values(action.kind->attributes);
  if (values.has_error() && values.error().message != kTooDeep) return values;
  TRY_VOID(input.placeholders(action.placeholders));
  if (auto expression = input.optional_text("UpdateExpression")) {
    TRY(action.update, checked_in_transaction(parse_update(*expression, action.placeholders)));
    action.write.update = &*action.update;
  }
  if (auto expression = input.optional_text("ConditionExpression")) {
    TRY(action.condition, checked_in_transaction(parse_condition(*expression, action.placeholders)));
    action.write.condition = &*action.condition;
  }
  if (auto unused = action.placeholders.unused()) return input.invalid(*unused);
  TRY_VOID(values);
  if (size_bytes(action.write.item) > kItemBytesMax) return validation_error(kItemTooLarge);
  return {};
}

Result<void> check_size(Transaction& transaction) {
  size_t total = 0;
  for (const auto& action : transaction.actions) {
    total += size_bytes(action->write.item) + size_bytes(action->write.key_attributes);
  }
  if (total > kTransactionBytesMax) return transaction_too_large();
  transaction.request_bytes = total;
  return {};
}

/// What the schema says against one action.
Result<void> find_key(Action& action) {
  ItemWrite& write = action.write;
  TRY_VOID(check_paths_into_keys(*write.table, action.condition));
  if (action.update) TRY_VOID(check_update_paths(*write.table, *action.update));
  if (write.kind == ItemWrite::Kind::put) {
    TRY(write.key, key_of_new_item(*write.table, write.item));
    write.key_attributes = tables::key_attributes(write.table->key, write.item);
  } else {
    TRY(write.key, key_of(*write.table, write.key_attributes));
  }
  return {};
}

Result<void> find_keys(const ItemContext& db, const protocol::Caller& caller, Transaction& transaction) {
  for (const auto& action : transaction.actions) {
    TRY(action->write.table, find_table(db, caller, action->input.text("TableName")));
  }
  Cancellation cancellation(transaction.actions.size());
  std::set<std::string> seen;
  for (size_t i = 0; i < transaction.actions.size(); ++i) {
    Action& action = *transaction.actions[i];
    auto found = find_key(action);
    if (found.has_error()) {
      if (refuses_all(found.error())) return found;
      cancellation.add(i, found.error());
    } else if (!seen.insert(action.write.key).second) {
      return multiple_operations();
    }
  }
  if (!cancellation.empty()) return cancellation.error();
  return {};
}

Result<void> prepare(const ItemContext& db, const protocol::Call& call, Transaction& transaction) {
  transaction.token = {call.caller.account, call.caller.region, {}, {}};
  read_actions(transaction);
  TRY_VOID(transaction.input.check(input_shape()));
  for (const auto& action : transaction.actions) TRY_VOID(action->input.check_types());
  if (transaction.malformed) {
    return transaction.input.invalid("TransactItems can only contain one of Check, Put, Update or Delete");
  }
  for (const auto& action : transaction.actions) TRY_VOID(check(*action));
  TRY_VOID(check_size(transaction));
  return find_keys(db, call.caller, transaction);
}

protocol::HttpReply answer(const Transaction& transaction, std::map<std::string, Consumed> consumed,
                           CapacityDirection direction) {
  std::string body;
  {
    std::map<std::string, std::string> metrics;
    for (const auto& action : transaction.actions) {
      if (!has_local_index(*action->write.table) || action->write.kind == ItemWrite::Kind::check) continue;
      std::string& list = metrics[action->write.table->name];
      if (!list.empty()) list.push_back(',');
      append_collection_metrics(list, *action->write.table, action->write.key_attributes);
    }
    for (auto& [name, units] : consumed) units.scale(2);
    append_consumed_list(body, consumed, capacity_mode(transaction.input.text("ReturnConsumedCapacity")), direction);
    if (transaction.input.text("ReturnItemCollectionMetrics") == "SIZE") append_collection_metrics_map(body, metrics);
  }
  if (!body.empty()) body.erase(0, 1);  // the first comma
  return json_reply("{" + body + "}");
}

/// The whole transaction, on the writer thread: nothing runs beside it, and an error takes all of it back.
Result<protocol::HttpReply> run(storage::Txn& txn, const ItemContext& db, const Transaction& transaction) {
  std::map<std::string, Consumed> consumed;
  if (!transaction.token.token.empty()) {
    TRY(bool done, already_done(txn, db, transaction.token));
    if (done) {
      for (const auto& action : transaction.actions) {
        auto stored = txn.get(storage::Family::items, action->write.key);
        consumed[action->write.table->name].table += read_units(stored ? stored->size() : 0, true);
      }
      return answer(transaction, std::move(consumed), CapacityDirection::read);
    }
  }
  Cancellation cancellation(transaction.actions.size());
  size_t updated_bytes = 0;
  for (size_t i = 0; i < transaction.actions.size(); ++i) {
    const ItemWrite& write = transaction.actions[i]->write;
    auto result = apply_write(txn, db, write);
    const bool is_update = write.kind == ItemWrite::Kind::update && !result.has_error() && result->new_item;
    if (is_update) updated_bytes += size_bytes(*result->new_item);
    if (result.has_error()) {
      if (result.error().is(errors::resource_not_found) || refuses_all(result.error())) {
        return std::move(result).error();
      }
      cancellation.add(i, result.error());
    } else {
      consumed[write.table->name].add(result->consumed);
    }
  }
  if (!cancellation.empty()) return cancellation.error();
  // What updates make counts as what is put does: "the aggregate size of the items in the transaction".
  if (transaction.request_bytes + updated_bytes > kTransactionBytesMax) return transaction_too_large();
  return answer(transaction, std::move(consumed), CapacityDirection::write);
}

}  // namespace

protocol::Operation transact_write_items(const ItemContext& db) {
  return {.name = "TransactWriteItems",
          .access = access_to_transact_items(db),
          .handle = protocol::AsyncHandler([db](std::shared_ptr<protocol::Call> call, protocol::Responder respond) {
            auto transaction = std::make_shared<Transaction>(*call);
            if (auto checked = prepare(db, *call, *transaction); checked.has_error())
              return respond(std::move(checked).error());
            std::vector<std::string> keys;
            for (const auto& action : transaction->actions) keys.push_back(action->write.key);
            auto accepted = accept(db, std::move(keys), transaction->token);
            if (accepted.has_error()) return respond(std::move(accepted).error());
            answer_after_write(
                db, std::move(respond),
                [db, call, transaction](storage::Txn& txn) {
                  auto written = run(txn, db, *transaction);
                  if (written.has_error()) return written;
                  served_each(
                      db, transaction->actions, [](const auto& action) { return action->write.table.get(); },
                      Metered::transact_write_items, *call);
                  return written;
                },
                std::move(accepted).value());
          }),
          .dom_input = true};
}

}  // namespace millrace::dynamodb
