#pragma once
// A template's tree.

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "emulator/services/apigateway/vtl/template.h"

namespace millrace::apigateway::vtl {

struct Expression;
using ExpressionPtr = std::unique_ptr<Expression>;
struct Node;
using Block = std::vector<Node>;

/// One step of a reference: `.name`, `.name(arguments)`, `[index]`.
struct Step {
  std::string name;
  bool is_call = false;
  std::vector<ExpressionPtr> arguments;
  ExpressionPtr index;
};

struct Reference {
  std::string name;
  std::vector<Step> steps;
};

struct Expression {
  enum class Kind { literal, interpolated, reference, list, map, range, unary_not, negate, binary };
  Kind kind = Kind::literal;
  Value literal;
  Block text;  // interpolated: "a $b c"
  Reference reference;
  std::vector<std::pair<ExpressionPtr, ExpressionPtr>> entries;  // map: key, value; list: nullptr, value
  std::string op;                                                // binary: "||", "==", "+", ...
  ExpressionPtr left, right;                                     // binary, range; left alone: unary
};

struct Branch {
  ExpressionPtr condition;  // nullptr: #else
  Block body;
};

struct Node {
  enum class Kind { text, reference, set, branches, loop, stop_loop, stop };
  Kind kind = Kind::text;
  std::string text;  // also a reference as it was written
  Reference reference;
  ExpressionPtr value;           // #set's right side, #foreach's collection
  std::vector<Branch> branches;  // #if
  Block body;                    // #foreach
};

/// The tree, or why there is none.
std::variant<Block, Failure> parse(const std::string& source);

}  // namespace millrace::apigateway::vtl
