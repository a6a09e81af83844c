#pragma once
// Short ways to write items, placeholders and expressions in tests.

#include <gtest/gtest.h>

#include <string>

#include "emulator/base/attribute/item_json.h"
#include "emulator/services/dynamodb/expression/parser.h"

namespace millrace::dynamodb {

inline AttributeMap item(const std::string& json) {
  simdjson::dom::parser parser;
  auto result = read_attributes(parser.parse(json).value());
  if (auto* error = std::get_if<AttributeError>(&result)) ADD_FAILURE() << json << ": " << error->message;
  return std::holds_alternative<AttributeMap>(result) ? std::get<AttributeMap>(result) : AttributeMap();
}

inline std::string json(const AttributeMap& map) {
  std::string out;
  append_json(out, map);
  return out;
}

/// `names` is {"#n":"attribute"}, `values` {":v":{"S":"x"}}.
inline Placeholders placeholders(const std::string& names = "{}", const std::string& values = "{}") {
  Placeholders out;
  const Json aliases = Json::parse(names);
  for (const auto& [key, value] : aliases.items()) out.add_name(key, value.get<std::string>());
  const AttributeMap attributes = item(values);
  for (const auto& [key, value] : attributes) out.add_value(key, value);
  out.seal();
  return out;
}

/// The values most tests use.
inline const std::string kValues =
    R"({":a":{"S":"a"},":b":{"S":"b"},":n":{"N":"1"},":m":{"N":"2"},":bin":{"B":"AQ=="},":t":{"BOOL":true},
        ":nul":{"NULL":true},":l":{"L":[{"N":"9"}]},":map":{"M":{}},":ss":{"SS":["a","b"]},":ns":{"NS":["1","2"]},
        ":S":{"S":"S"},":X":{"S":"X"}})";

}  // namespace millrace::dynamodb
