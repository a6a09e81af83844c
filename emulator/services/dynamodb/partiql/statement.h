#pragma once
// A PartiQL statement as DynamoDB understands it, in the trees of the expressions.

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/services/dynamodb/expression/ast.h"

namespace millrace::dynamodb {

enum class Returning { none, all_old, all_new, modified_old, modified_new };

/// Stays where it was made: its trees point to its values.
struct Statement {
  enum class Kind { select, insert, update, remove, exists };
  Kind kind = Kind::select;
  std::string table;
  std::optional<std::string> index;
  std::optional<Projection> projection;  // select; nullopt: *
  std::optional<Condition> where;
  struct Order {
    std::string attribute;
    bool descending = false;
  };
  std::vector<Order> order_by;
  AttributeMap item;  // insert
  Update update;
  Returning returning = Returning::none;

  std::deque<AttributeValue> values;  // literals and parameters

  Statement() = default;
  Statement(const Statement&) = delete;
};

/// The error is the message of a ValidationException.
Parsed<std::unique_ptr<Statement>> parse_statement(std::string_view text,
                                                   const std::vector<AttributeValue>& parameters);

}  // namespace millrace::dynamodb
