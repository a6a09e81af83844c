#pragma once
// The parsers of DynamoDB's expressions. Each gives a tree with all names resolved and all values looked up, or
// the error that DynamoDB would report first.

#include <string_view>

#include "emulator/services/dynamodb/expression/ast.h"
#include "emulator/services/dynamodb/expression/placeholders.h"

namespace millrace::dynamodb {

/// A condition, filter or key condition; `kind` is what errors call it.
Parsed<Condition> parse_condition(std::string_view expression, Placeholders& placeholders,
                                  ExpressionKind kind = ExpressionKind::condition);
Parsed<Update> parse_update(std::string_view expression, Placeholders& placeholders);
Parsed<Projection> parse_projection(std::string_view expression, Placeholders& placeholders);

}  // namespace millrace::dynamodb
