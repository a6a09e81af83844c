#pragma once
// Items as JSON on the wire: `{"pk":{"S":"a"},"n":{"N":"1"}}`. Reading gives DynamoDB's own errors.

#include <simdjson.h>

#include <string>
#include <variant>

#include "emulator/base/attribute/attribute_value.h"
#include "emulator/base/json.h"

namespace millrace {

/// What is wrong with an attribute value on the wire, in DynamoDB's words.
struct AttributeError {
  bool serialization = false;  // a SerializationException; otherwise a ValidationException
  std::string message;
};

/// Why a number was refused, in DynamoDB's words.
std::string number_error_text(NumberError why, std::string_view literal);

/// Reads one attribute value / one map of them from a parsed document.
std::variant<AttributeValue, AttributeError> read_attribute(simdjson::dom::element element);
std::variant<AttributeMap, AttributeError> read_attributes(simdjson::dom::element element);

/// Appends `{"S":"a"}` / `{"pk":{"S":"a"},...}`.
void append_json(std::string& out, const AttributeValue& value);
void append_json(std::string& out, const AttributeMap& map);

/// The same through the control planes' JSON (PartiQL parameters, tests). Errors as above.
std::variant<AttributeMap, AttributeError> read_attributes(const Json& object);
std::variant<AttributeValue, AttributeError> read_attribute(const Json& object);
Json to_json(const AttributeMap& map);
Json to_json(const AttributeValue& value);

}  // namespace millrace
