#include "emulator/base/attribute/item_codec.h"
#include "emulator/services/dynamodb/expression/projection.h"
#include "emulator/services/dynamodb/items/keys.h"
#include "emulator/services/dynamodb/items/legacy.h"
#include "emulator/services/dynamodb/items/operations.h"
#include "emulator/services/dynamodb/items/parts.h"
#include "emulator/services/dynamodb/items/stored_item.h"
#include "emulator/services/dynamodb/items/throttle.h"
#include "emulator/services/dynamodb/items/usage.h"

namespace millrace::dynamodb {
namespace {

using protocol::optional;
using protocol::required;

const protocol::Shape& input_shape() {
  static const protocol::Shape shape = protocol::structure({
      optional("ReturnConsumedCapacity", capacity_shape()),
      optional("AttributesToGet", attributes_to_get_shape()),
      required("TableName", item_table_shape()),
      required("Key", protocol::map(protocol::any())),
      optional("ProjectionExpression", protocol::string()),
      optional("ExpressionAttributeNames", names_shape()),
      optional("ConsistentRead", protocol::boolean()),
  });
  return shape;
}

Result<protocol::HttpReply> run(const ItemContext& db, const protocol::Call& call) {
  ItemInput input(call, Wording::bare);
  AttributeMap key = input.attributes("Key");
  input.read_placeholders();
  TRY_VOID(
      input.check(input_shape(), [](const ItemInput& given, const std::string&) { return empty_table_name(given); }));
  TRY_VOID(input.check_mixing({"AttributesToGet"}, {"ProjectionExpression"}));
  TRY_VOID(input.check_placeholders_allowed({"ProjectionExpression"}, {"ProjectionExpression"}));
  TRY_VOID(input.check_values("Key"));
  TRY(auto projection, attributes_to_get(input));
  Placeholders placeholders;
  TRY_VOID(input.placeholders(placeholders));
  if (auto expression = input.optional_text("ProjectionExpression")) {
    TRY(projection, checked(parse_projection(*expression, placeholders), input));
  }
  if (auto unused = placeholders.unused()) return input.invalid(*unused);

  TRY(auto table, find_table(db, call.caller, input.text("TableName")));
  if (projection) TRY_VOID(check_projection_paths(*table, nullptr, *projection));
  TRY(std::string stored_key, key_of(*table, key));

  if (db.throttle) TRY_VOID(db.throttle->admit(*table, nullptr, Direction::read));
  auto stored = db.store.get(storage::Family::items, stored_key);
  auto mode = capacity_mode(input.text("ReturnConsumedCapacity"));
  Consumed consumed;
  consumed.table = read_units_of_stored(stored ? &*stored : nullptr, input.flag("ConsistentRead"));
  spend(db, *table, consumed, Direction::read, call.received_ms);
  std::string body;
  {
    JsonObject answer(body);
    if (stored) TRY_VOID(append_stored_item(answer.member("Item"), *stored, projection));
    if (mode != CapacityMode::none) append_consumed(answer.member("ConsumedCapacity"), table->name, consumed, mode);
  }
  served(db, *table, Metered::get_item, call);
  return json_reply(std::move(body));
}

}  // namespace

protocol::Operation get_item(const ItemContext& db) {
  return {.name = "GetItem",
          .access = access_to_table(db, "GetItem"),
          .handle = protocol::ReplyHandler([db](protocol::Call& call) { return run(db, call); }),
          .runs = protocol::Runs::inlined,
          .dom_input = true};
}

}  // namespace millrace::dynamodb
