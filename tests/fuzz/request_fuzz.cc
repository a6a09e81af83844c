// The request decoder: a JSON body to checked members, attribute values and parsed expressions; and the ways
// of an item through its stored form and back to JSON.

#include <simdjson.h>

#include "emulator/base/attribute/item_codec.h"
#include "emulator/base/attribute/item_json.h"
#include "emulator/services/dynamodb/items/legacy.h"
#include "emulator/services/dynamodb/items/parts.h"
#include "fuzz.h"

namespace millrace::dynamodb {
namespace {

using fuzz::promise;

const protocol::Shape& shape() {
  static const protocol::Shape shape = protocol::structure({
      protocol::required("TableName", item_table_shape()),
      protocol::required("Item", protocol::map(protocol::any())),
      protocol::optional("Key", protocol::map(protocol::any())),
      protocol::optional("Expected", expected_shape()),
      protocol::optional("AttributeUpdates", attribute_updates_shape()),
      protocol::optional("QueryFilter", conditions_shape()),
      protocol::optional("AttributesToGet", attributes_to_get_shape()),
      protocol::optional("ReturnValues", return_values_shape()),
      protocol::optional("Limit", protocol::integer().at_least(1)),
      protocol::optional("ConsistentRead", protocol::boolean()),
      protocol::optional("ExpressionAttributeNames", names_shape()),
      protocol::optional("ConditionExpression", protocol::string()),
      protocol::optional("UpdateExpression", protocol::string()),
      protocol::optional("ProjectionExpression", protocol::string()),
  });
  return shape;
}

/// An item is the same after it was stored and read, and after it was printed and parsed.
void check_round_trips(const AttributeMap& item) {
  const std::string stored = encode_item(item);
  auto decoded = decode_item(stored);
  promise(decoded && *decoded == item, "an item comes back from its stored form");
  promise(stored_size_bytes(stored) == size_bytes(item), "the stored form's size is the item's");
  std::string printed, straight;
  append_json(printed, item);
  promise(append_item_json(straight, stored) && straight == printed, "the stored form prints like the item");
  simdjson::dom::parser parser;
  simdjson::dom::element again;
  promise(!parser.parse(printed).get(again), "a printed item is JSON");
  auto reread = read_attributes(again);
  promise(std::holds_alternative<AttributeMap>(reread) && std::get<AttributeMap>(reread) == item,
          "a printed item reads the same");
}

void parse_expressions(const ItemInput& input, Placeholders& placeholders) {
  if (auto text = input.optional_text("ConditionExpression")) (void)parse_condition(*text, placeholders);
  if (auto text = input.optional_text("UpdateExpression")) (void)parse_update(*text, placeholders);
  if (auto text = input.optional_text("ProjectionExpression")) (void)parse_projection(*text, placeholders);
  (void)placeholders.unused();
}

void decode(simdjson::dom::element body) {
  ItemInput input(body, Wording::prefixed);
  AttributeMap item = input.attributes("Item");
  input.attributes("Key");
  auto expected = read_legacy(input, "Expected");
  auto updates = read_legacy(input, "AttributeUpdates");
  auto filter = read_legacy(input, "QueryFilter");
  input.read_placeholders();
  if (input.check(shape()).has_error()) return;
  (void)expected_condition(input, expected);
  (void)legacy_update(input, updates);
  (void)filter_condition(input, "QueryFilter", filter);
  (void)attributes_to_get(input);
  Placeholders placeholders;
  if (!input.placeholders(placeholders).has_error()) parse_expressions(input, placeholders);
  if (!input.has_invalid_values("Item")) check_round_trips(item);
}

}  // namespace
}  // namespace millrace::dynamodb

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static simdjson::dom::parser parser;
  std::string body(millrace::fuzz::as_text(data, size));
  body.reserve(size + simdjson::SIMDJSON_PADDING);
  simdjson::dom::element root;
  if (!parser.parse(body.data(), body.size(), false).get(root) && root.is_object()) millrace::dynamodb::decode(root);
  // Damaged bytes in the store are told, not believed.
  if (auto item = millrace::decode_item(body)) {
    millrace::fuzz::promise(millrace::stored_size_bytes(body).has_value(), "what decodes has a size");
  }
  return 0;
}
