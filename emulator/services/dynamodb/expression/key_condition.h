#pragma once
// Which items a query reads: a KeyConditionExpression, or the legacy KeyConditions, brought into one form.

#include <optional>
#include <string>
#include <vector>

#include "emulator/services/dynamodb/expression/ast.h"
#include "emulator/tables/table.h"

namespace millrace::dynamodb {

/// A condition on one key attribute. begins_with is `function`; `high` is set for `between` only.
struct KeyTerm {
  std::string attribute;
  ConditionKind kind = ConditionKind::eq;
  AttributeValue low;
  AttributeValue high;
};

/// The query's target: one item collection, and a range of its sort keys.
struct KeyCondition {
  std::vector<AttributeValue> partition;   // the value of each partition attribute
  std::vector<AttributeValue> sort_equal;  // values of the first sort attributes
  std::optional<KeyTerm> sort_range;       // a condition other than = on the sort attribute after those
};

/// The terms of an expression; errors about forms that no schema allows.
Parsed<std::vector<KeyTerm>> key_terms(const Condition& condition);

/// The terms matched with the schema of what is queried.
/// Schemas of several attributes on a side, which only global indexes have, are told by words of their own.
Parsed<KeyCondition> match_key(std::vector<KeyTerm> terms, const tables::KeySchema& schema);

/// Whether a sort attribute's value fits the term.
bool fits(const KeyTerm& term, const AttributeValue& value);

}  // namespace millrace::dynamodb
