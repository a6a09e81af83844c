#pragma once
// Parts of an item: what a ProjectionExpression selects, and what UPDATED_OLD and UPDATED_NEW return.

#include "emulator/services/dynamodb/expression/ast.h"

namespace millrace::dynamodb {

/// The values at the paths, inside the maps and lists that hold them. List elements close ranks in the order of
/// their indexes; paths that lead nowhere are left out. The paths must not overlap.
AttributeMap project(const AttributeMap& item, const Projection& paths);

}  // namespace millrace::dynamodb
