#include <set>

#include "emulator/base/attribute/item_codec.h"
#include "emulator/services/dynamodb/errors.h"
#include "emulator/services/dynamodb/items/keys.h"
#include "emulator/services/dynamodb/items/operations.h"
#include "emulator/services/dynamodb/items/parts.h"
#include "emulator/services/dynamodb/items/stored_item.h"
#include "emulator/services/dynamodb/items/transaction.h"
#include "emulator/services/dynamodb/items/usage.h"

namespace millrace::dynamodb {
namespace {

using protocol::optional;
using protocol::required;
namespace dom = simdjson::dom;

const protocol::Shape& input_shape() {
  static const protocol::Shape shape = protocol::structure({
      optional("ReturnConsumedCapacity", capacity_shape()),
      required("TransactItems",
               protocol::list(
                   protocol::structure(
                       {
                           required("Get", protocol::structure({
                                                                   required("Key", protocol::map(protocol::any())),
                                                                   required("TableName", item_table_shape()),
                                                                   optional("ProjectionExpression", protocol::string()),
                                                                   optional("ExpressionAttributeNames", names_shape()),
                                                               })
                                               .named(model_name("Get"))),
                       })
                       .named(model_name("TransactGetItem")))
                   .length(1, 100)),
  });
  return shape;
}

struct Get {
  explicit Get(dom::element content) : input(content, Wording::plain) {}
  ItemInput input;
  AttributeMap key;
  Placeholders placeholders;
  std::optional<Projection> projection;
  tables::TablePtr table;
  std::string stored_key;
};
using Gets = std::vector<std::unique_ptr<Get>>;

Gets read_gets(const ItemInput& input) {
  Gets out;
  dom::array items;
  auto list = input.find("TransactItems");
  if (!list || list->get_array().get(items)) return out;
  for (dom::element item : items) {
    auto content = ItemInput(item, Wording::plain).find("Get");
    if (!content) continue;
    auto get = std::make_unique<Get>(*content);
    get->key = get->input.attributes("Key");
    get->input.read_placeholders();
    out.push_back(std::move(get));
  }
  return out;
}

Result<void> check(Get& get) {
  ItemInput& input = get.input;
  TRY_VOID(input.check_placeholders_allowed({"ProjectionExpression"}, {"ProjectionExpression"}));
  TRY_VOID(input.check_values("Key"));
  TRY_VOID(input.placeholders(get.placeholders));
  if (auto expression = input.optional_text("ProjectionExpression")) {
    TRY(get.projection, checked_in_transaction(parse_projection(*expression, get.placeholders)));
  }
  if (auto unused = get.placeholders.unused()) return input.invalid(*unused);
  return {};
}

/// The keys; one that doesn't fit its table cancels the transaction.
Result<void> find_keys(const ItemContext& db, const protocol::Caller& caller, const Gets& gets) {
  for (const auto& get : gets) {
    TRY(get->table, find_table(db, caller, get->input.text("TableName")));
  }
  std::set<std::string> seen;
  for (size_t i = 0; i < gets.size(); ++i) {
    auto key = key_of(*gets[i]->table, gets[i]->key);
    if (key.has_error()) {
      if (refuses_all(key.error())) return std::move(key).error();
      Cancellation cancellation(gets.size());
      cancellation.add(i, key.error());
      return cancellation.error();
    }
    gets[i]->stored_key = std::move(key).value();
    if (!seen.insert(gets[i]->stored_key).second) return multiple_operations();
  }
  return {};
}

Result<protocol::HttpReply> run(const ItemContext& db, const protocol::Call& call) {
  ItemInput input(call, Wording::plain);
  Gets gets = read_gets(input);
  TRY_VOID(input.check(input_shape()));
  for (const auto& get : gets) TRY_VOID(get->input.check_types());
  for (const auto& get : gets) TRY_VOID(check(*get));
  TRY_VOID(find_keys(db, call.caller, gets));

  std::vector<std::string> keys;
  for (const auto& get : gets) keys.push_back(get->stored_key);
  TRY_VOID(check_conflicts(db, keys));
  std::vector<const tables::Table*> tables;
  for (const auto& get : gets) tables.push_back(get->table.get());
  TRY_VOID(admit_reads(db, tables));
  auto snapshot = db.store.snapshot();
  std::string body = "{\"Responses\":[";
  std::map<std::string, Consumed> consumed;
  size_t total = 0;
  for (const auto& get : gets) {
    if (get != gets.front()) body.push_back(',');
    auto stored = snapshot->get(storage::Family::items, get->stored_key);
    const size_t size = stored ? stored_size_bytes(*stored).value_or(0) : 0;
    total += size;
    if (total > kTransactionBytesMax) return transaction_too_large();
    body.push_back('{');
    if (stored) TRY_VOID(append_stored_item(body.append("\"Item\":"), *stored, get->projection));
    body.push_back('}');
    Consumed one;
    one.table = 2 * read_units(size, true);
    spend(db, *get->table, one, Direction::read, call.received_ms);
    consumed[get->table->name].add(one);
  }
  body.push_back(']');
  append_consumed_list(body, consumed, capacity_mode(input.text("ReturnConsumedCapacity")), CapacityDirection::read);
  served_each(
      db, gets, [](const auto& get) { return get->table.get(); }, Metered::transact_get_items, call);
  return json_reply(body + "}");
}

}  // namespace

protocol::Operation transact_get_items(const ItemContext& db) {
  return {.name = "TransactGetItems",
          .access = access_to_transact_items(db),
          .handle = protocol::ReplyHandler([db](protocol::Call& call) { return run(db, call); }),
          .dom_input = true};
}

}  // namespace millrace::dynamodb
