#pragma once
// Applies an update to an item.

#include "emulator/services/dynamodb/expression/ast.h"

namespace millrace::dynamodb {

/// The item after the update. All operands read `old` (empty when the item doesn't exist), list positions refer
/// to the lists in `old`. `existed` says whether the item is there: removing below a missing parent is an error
/// only in an item that is. Errors are complete messages of ValidationExceptions, without a head.
Parsed<AttributeMap> apply(const Update& update, const AttributeMap& old, bool existed);

/// What the update's text and values count towards the item's limit, with the values that it computed and that `item`,
/// the finished one, holds: UpdateItem refuses an expression that makes more of this than an item may have, whatever it
/// leaves of the item. Observed in most regions in 2026.
size_t expression_bytes(const Update& update, const AttributeMap& item);

/// The document paths that the update names.
Projection touched_paths(const Update& update);

/// True if the update can create an item: one of REMOVE and DELETE alone creates nothing.
bool can_create(const Update& update);

}  // namespace millrace::dynamodb
