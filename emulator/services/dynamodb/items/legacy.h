#pragma once
// The parameters that expressions replaced: Expected, AttributeUpdates, KeyConditions, QueryFilter, ScanFilter,
// ConditionalOperator, AttributesToGet. They become the same trees as expressions.

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "emulator/services/dynamodb/expression/ast.h"
#include "emulator/services/dynamodb/expression/key_condition.h"
#include "emulator/services/dynamodb/items/input.h"

namespace millrace::dynamodb {

/// One attribute's entry of Expected, AttributeUpdates or a condition map, as it came.
struct LegacyEntry {
  std::string attribute;
  std::optional<std::string> operation;  // ComparisonOperator, or Action
  std::optional<bool> exists;
  std::optional<AttributeValue> value;
  std::optional<std::vector<AttributeValue>> list;  // AttributeValueList
};

/// Reads a map of entries; what is wrong with its values is kept in the input under `member`.
std::vector<LegacyEntry> read_legacy(ItemInput& input, std::string_view member);

/// Trees made of entries point to the values in them, so the entries must stay alive and where they are.
Result<std::optional<Condition>> expected_condition(const ItemInput& input, const std::vector<LegacyEntry>& entries);
/// QueryFilter and ScanFilter.
Result<std::optional<Condition>> filter_condition(const ItemInput& input, std::string_view member,
                                                  const std::vector<LegacyEntry>& entries);
Result<Update> legacy_update(const ItemInput& input, const std::vector<LegacyEntry>& entries);
Result<std::vector<KeyTerm>> legacy_key_terms(const ItemInput& input, const std::vector<LegacyEntry>& entries);

/// AttributesToGet: the attributes, or nullopt where it is absent.
Result<std::optional<Projection>> attributes_to_get(const ItemInput& input);

// Their shapes.
protocol::Shape expected_shape();
protocol::Shape attribute_updates_shape();
protocol::Shape conditions_shape();
protocol::Shape conditional_operator_shape();
protocol::Shape attributes_to_get_shape();

}  // namespace millrace::dynamodb
