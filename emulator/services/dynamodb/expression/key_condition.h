#pragma once
// Which items a query reads: a KeyConditionExpression, or the legacy KeyConditions, brought into one form.

#include <optional>
#include <string>
#include <vector>

#include "emulator/services/dynamodb/expression/ast.h"

namespace millrace::dynamodb {

/// One key attribute of a table or index.
struct KeyAttribute {
  std::string name;
  AttributeType type = AttributeType::S;
  friend bool operator==(const KeyAttribute&, const KeyAttribute&) = default;
};

/// A key schema: one partition and at most one sort attribute, or up to four of each on a global secondary index.
struct KeySchema {
  std::vector<KeyAttribute> hash;
  std::vector<KeyAttribute> range;
  friend bool operator==(const KeySchema&, const KeySchema&) = default;
};

/// A condition on one key attribute. begins_with is `function`; `high` is set for `between` only.
struct KeyTerm {
  std::string attribute;
  ConditionKind kind = ConditionKind::eq;
  AttributeValue low;
  AttributeValue high;
};

/// The query's target: one item collection, and a range of its sort keys.
struct KeyCondition {
  std::vector<AttributeValue> hash;         // the value of each partition attribute
  std::vector<AttributeValue> range_equal;  // values of the first sort attributes
  std::optional<KeyTerm> range;             // a condition other than = on the sort attribute after those
};

/// The terms of an expression; errors about forms that no schema allows.
Parsed<std::vector<KeyTerm>> key_terms(const Condition& condition);

/// The terms matched with the schema of what is queried.
Parsed<KeyCondition> match_key(std::vector<KeyTerm> terms, const KeySchema& schema);

/// Whether a sort attribute's value fits the term.
bool fits(const KeyTerm& term, const AttributeValue& value);

}  // namespace millrace::dynamodb
