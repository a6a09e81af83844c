#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "emulator/base/result.h"
#include "emulator/services/dynamodb/expression/ast.h"

namespace millrace::dynamodb {

/// Appends a stored item's JSON: all of it, or what the projection selects. InternalServerError if it is damaged.
Result<void> append_stored_item(std::string& out, std::string_view stored, const std::optional<Projection>& projection);

/// A stored item's attributes; InternalServerError if it is damaged.
Result<AttributeMap> read_stored_item(std::string_view stored);

}  // namespace millrace::dynamodb
