#pragma once

#include <vector>

#include "emulator/services/dynamodb/items/input.h"

namespace millrace::dynamodb {

/// A Statement with its Parameters, as an operation's input or as an element of its list.
struct StatementInput {
  explicit StatementInput(simdjson::dom::element object) : input(object, Wording::plain) {
    simdjson::dom::array list;
    auto element = input.find("Parameters");
    if (!element || element->get_array().get(list)) return;
    for (simdjson::dom::element value : list) parameters.push_back(input.attribute(value, "Parameters"));
  }

  ItemInput input;
  std::vector<AttributeValue> parameters;
};

/// The members that every statement has, for shapes.
inline std::vector<protocol::Member> statement_members() {
  return {protocol::required("Statement", protocol::string().length(1, 8192)),
          protocol::optional("Parameters", protocol::list(protocol::any()).length(1, -1)),
          protocol::optional("ReturnValuesOnConditionCheckFailure", protocol::string().one_of({"ALL_OLD", "NONE"}))};
}

}  // namespace millrace::dynamodb
