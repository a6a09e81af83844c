#pragma once
// Items as JSON on the wire: `{"pk":{"S":"a"},"n":{"N":"1"}}`. Reading gives DynamoDB's own errors.

#include <simdjson.h>

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "emulator/base/attribute/attribute_value.h"
#include "emulator/base/json.h"

namespace millrace {

/// AWS checks values in two layers that word some errors differently: PutItem, UpdateItem, DeleteItem, GetItem,
/// BatchGetItem and Query have the current one; BatchWriteItem, transactions, Scan, PartiQL and all else the older one.
enum class ValueLayer { older, current };

/// What is wrong with an attribute value on the wire, in DynamoDB's words.
struct AttributeError {
  bool serialization = false;  // a SerializationException; otherwise a ValidationException
  std::string message;
};

/// Levels of one attribute: a scalar is one, a list or map one more than the deepest value in it. AWS takes a scalar in
/// 31 lists and refuses it in 32.
inline constexpr size_t kNestingLevelsMax = 32;
inline constexpr char kTooDeep[] =
    "Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported limit";
size_t nesting_levels(const AttributeValue& value);

/// What is wrong with the name of an item's attribute, in DynamoDB's words; nullopt: nothing.
std::optional<std::string> attribute_name_error(std::string_view name, ValueLayer layer = ValueLayer::current);

/// Why a number was refused, in DynamoDB's words.
std::string number_error_text(NumberError why, std::string_view literal, ValueLayer layer = ValueLayer::older);

/// Reads one attribute value / one map of them from a parsed document.
std::variant<AttributeValue, AttributeError> read_attribute(simdjson::dom::element element,
                                                            ValueLayer layer = ValueLayer::older);
std::variant<AttributeMap, AttributeError> read_attributes(simdjson::dom::element element,
                                                           ValueLayer layer = ValueLayer::older);

/// Appends `{"S":"a"}` / `{"pk":{"S":"a"},...}`.
void append_json(std::string& out, const AttributeValue& value);
void append_json(std::string& out, const AttributeMap& map);

/// The same through the control planes' JSON (PartiQL parameters, tests). Errors as above.
std::variant<AttributeMap, AttributeError> read_attributes(const Json& object);
std::variant<AttributeValue, AttributeError> read_attribute(const Json& object);
Json to_json(const AttributeMap& map);
Json to_json(const AttributeValue& value);

}  // namespace millrace
