#pragma once
// Conditions on an item, and paths into it.

#include <compare>
#include <functional>
#include <optional>

#include "emulator/services/dynamodb/expression/ast.h"

namespace millrace::dynamodb {

/// The value at the path; nullptr if there is none.
const AttributeValue* find_path(const AttributeMap& item, const Path& path);

/// The order of two strings, two numbers or two binaries; nullopt for other or different types.
std::optional<std::strong_ordering> compare_scalars(const AttributeValue& a, const AttributeValue& b);

/// Whether the condition holds for the item; an item that doesn't exist is an empty map. Never fails: operands
/// that are missing or of the wrong type make a comparison false (`<>` true).
bool holds(const Condition& condition, const AttributeMap& item);

/// Calls `visit` with every document path in the condition.
void for_each_path(const Condition& condition, const std::function<void(const Path&)>& visit);

}  // namespace millrace::dynamodb
