#pragma once
// What the parsers make of an expression's text: names already resolved, values already looked up. A tree
// points into the Placeholders (or the statement's literals) it was parsed with and must not outlive them.

#include <boost/system/result.hpp>
#include <string>
#include <variant>
#include <vector>

#include "emulator/base/attribute/attribute_value.h"

namespace millrace::dynamodb {

/// Which parameter the text came from; errors begin with its name.
enum class ExpressionKind { condition, filter, key_condition, projection, update };

/// What is wrong with an expression, in AWS's words: "Invalid FilterExpression: Syntax error; ...".
struct ExpressionError {
  std::string message;
};
[[noreturn]] void throw_exception_from_error(const ExpressionError& error, const boost::source_location& where);

template <class T>
using Parsed = boost::system::result<T, ExpressionError>;

/// One step into a document: a map's member or a list's element.
using PathStep = std::variant<std::string, size_t>;

/// `a.b[3]`; the first step is a top-level attribute.
using Path = std::vector<PathStep>;

/// The name of the top-level attribute.
inline const std::string& attribute_of(const Path& path) {
  return std::get<std::string>(path.front());
}

/// "[a, b, [3]]": how errors print a path.
std::string path_text(const Path& path);

enum class Function {
  attribute_exists,
  attribute_not_exists,
  attribute_type,
  begins_with,
  contains,
  size,
  if_not_exists,
  list_append,
};
const char* function_name(Function function);

struct Operand {
  enum class Kind { path, value, function, plus, minus };
  Kind kind = Kind::value;
  Path path;                              // kind path
  const AttributeValue* value = nullptr;  // kind value; nullptr only while errors are being collected
  Function function = Function::size;     // kind function: size, if_not_exists or list_append
  std::vector<Operand> arguments;         // of function, plus, minus
};

/// Numbered from the comparators on so that they can be told apart by range.
enum class ConditionKind { eq, ne, lt, le, gt, ge, between, in, function, and_, or_, not_ };
/// "=", "<>", ..., "BETWEEN", "IN", "AND", "OR", "NOT".
const char* operator_text(ConditionKind kind);

struct Condition {
  ConditionKind kind = ConditionKind::eq;
  Function function = Function::attribute_exists;  // kind function
  std::vector<Operand> operands;                   // comparators: 2; between: 3; in: 1 + n; function: its arguments
  std::vector<Condition> children;                 // and_, or_: 2; not_: 1
};

enum class UpdateSection { set, remove, add, delete_ };
/// "SET", "REMOVE", "ADD", "DELETE".
const char* section_text(UpdateSection section);

struct UpdateAction {
  UpdateSection section = UpdateSection::set;
  Path path;
  Operand value;  // all but remove
};

struct Update {
  std::vector<UpdateAction> actions;  // as written
};

using Projection = std::vector<Path>;

}  // namespace millrace::dynamodb
