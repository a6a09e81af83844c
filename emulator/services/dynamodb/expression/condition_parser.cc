// The grammar of conditions, filters and key conditions:
//
//   or         := and ( OR and )*
//   and        := not ( AND not )*
//   not        := NOT not | comparison
//   comparison := primary [ comparator operand | BETWEEN operand AND operand | IN "(" operand ( "," operand )* ")" ]
//   primary    := "(" or ")" | call | operand
//
// A primary alone may be an operand or a condition; what follows decides. So the functions below pass on a Node
// and the place that knows turns it into the one or the other.

#include <optional>
#include <variant>

#include "emulator/services/dynamodb/expression/syntax.h"

namespace millrace::dynamodb {
namespace {

// Source: developer guide, "Expression parameters" quotas.
constexpr int kOperatorsMax = 300;

using Call = Syntax::Call;
struct Node {
  std::variant<Operand, Call, Condition> content;
  bool in_parentheses = false;
};

class ConditionParser {
 public:
  ConditionParser(ExpressionKind kind, std::string_view expression, Placeholders& placeholders)
      : syntax_(kind, expression, placeholders) {}

  Parsed<Condition> parse();

 private:
  Node or_();
  Node and_();
  Node not_();
  Node comparison();
  Node primary();
  Node binary(ConditionKind kind, Node left, Node right);
  std::optional<ConditionKind> comparator() const;
  void between(Condition& condition);
  void in(Condition& condition);
  Operand operand_from(Node node);
  Condition condition_from(Node node);

  Syntax syntax_;
  int operators_ = 0;
};

Parsed<Condition> ConditionParser::parse() {
  Condition result = condition_from(or_());
  if (!syntax_.failed() && !syntax_.at_end()) syntax_.fail();
  if (operators_ > kOperatorsMax) {
    syntax_.faults().note(Check::operators,
                          "The expression contains too many operators; operator count: " + std::to_string(operators_));
  }
  if (auto error = syntax_.error()) return std::move(*error);
  return result;
}

Node ConditionParser::binary(ConditionKind kind, Node left, Node right) {
  Condition condition;
  condition.kind = kind;
  condition.children.push_back(condition_from(std::move(left)));
  condition.children.push_back(condition_from(std::move(right)));
  return {std::move(condition)};
}

/// A bare operand can't be joined by AND or OR: the error is at the operator.
bool is_operand(const Node& node) {
  return std::holds_alternative<Operand>(node.content);
}

Node ConditionParser::or_() {
  Node left = and_();
  while (!syntax_.failed() && syntax_.at_keyword("OR")) {
    if (is_operand(left)) {
      syntax_.fail();
      break;
    }
    syntax_.advance();
    ++operators_;
    left = binary(ConditionKind::or_, std::move(left), and_());
  }
  return left;
}

Node ConditionParser::and_() {
  Node left = not_();
  while (!syntax_.failed() && syntax_.at_keyword("AND")) {
    if (is_operand(left)) {
      syntax_.fail();
      break;
    }
    syntax_.advance();
    ++operators_;
    left = binary(ConditionKind::and_, std::move(left), not_());
  }
  return left;
}

Node ConditionParser::not_() {
  if (!syntax_.at_keyword("NOT")) return comparison();
  Syntax::Nesting nesting(syntax_);
  if (syntax_.failed()) return {};
  syntax_.advance();
  ++operators_;
  Condition condition;
  condition.kind = ConditionKind::not_;
  condition.children.push_back(condition_from(not_()));
  return {std::move(condition)};
}

std::optional<ConditionKind> ConditionParser::comparator() const {
  for (auto kind : {ConditionKind::eq, ConditionKind::ne, ConditionKind::lt, ConditionKind::le, ConditionKind::gt,
                    ConditionKind::ge}) {
    if (syntax_.at_symbol(operator_text(kind))) return kind;
  }
  return std::nullopt;
}

Node ConditionParser::comparison() {
  Node left = primary();
  if (syntax_.failed()) return left;
  Condition condition;
  if (auto kind = comparator()) {
    condition.kind = *kind;
  } else if (syntax_.at_keyword("BETWEEN")) {
    condition.kind = ConditionKind::between;
  } else if (syntax_.at_keyword("IN")) {
    condition.kind = ConditionKind::in;
  } else {
    return left;
  }
  if (std::holds_alternative<Condition>(left.content)) {
    syntax_.fail();
    return left;
  }
  syntax_.advance();
  ++operators_;
  condition.operands.push_back(operand_from(std::move(left)));
  if (condition.kind == ConditionKind::between) {
    between(condition);
  } else if (condition.kind == ConditionKind::in) {
    in(condition);
  } else {
    condition.operands.push_back(syntax_.operand());
  }
  if (!syntax_.failed()) check_condition_operands(condition, syntax_.faults());
  return {std::move(condition)};
}

void ConditionParser::between(Condition& condition) {
  condition.operands.push_back(syntax_.operand());
  if (!syntax_.failed() && !syntax_.take_keyword("AND")) syntax_.fail();
  if (!syntax_.failed()) condition.operands.push_back(syntax_.operand());
}

void ConditionParser::in(Condition& condition) {
  syntax_.expect_symbol("(");
  do {
    if (syntax_.failed()) return;
    condition.operands.push_back(syntax_.operand());
  } while (syntax_.take_symbol(","));
  if (!syntax_.failed()) syntax_.expect_symbol(")");
}

Node ConditionParser::primary() {
  Syntax::Nesting nesting(syntax_);
  if (syntax_.failed()) return {};
  if (syntax_.at_symbol("(")) {
    syntax_.advance();
    Node inner = or_();
    if (syntax_.failed()) return inner;
    if (inner.in_parentheses) syntax_.faults().note(Check::parentheses, "The expression has redundant parentheses;");
    syntax_.expect_symbol(")");
    inner.in_parentheses = true;
    return inner;
  }
  if (syntax_.at_call() && !syntax_.at_any_keyword()) return {syntax_.call()};
  return {syntax_.operand()};
}

Operand ConditionParser::operand_from(Node node) {
  if (auto* call = std::get_if<Call>(&node.content)) return syntax_.operand_of(std::move(*call));
  return std::get<Operand>(std::move(node.content));
}

Condition ConditionParser::condition_from(Node node) {
  if (auto* condition = std::get_if<Condition>(&node.content)) return std::move(*condition);
  Condition result;
  result.kind = ConditionKind::function;
  auto* call = std::get_if<Call>(&node.content);
  if (!call) {
    syntax_.fail();  // an operand where a condition must stand
    return result;
  }
  auto function = syntax_.function_of(call->name);
  if (!function || syntax_.failed()) return result;
  if (*function == Function::size || *function == Function::if_not_exists || *function == Function::list_append) {
    syntax_.note_misuse(*function);
    return result;
  }
  check_function(*function, call->arguments, syntax_.faults());
  result.function = *function;
  result.operands = std::move(call->arguments);
  return result;
}

}  // namespace

Parsed<Condition> parse_condition(std::string_view expression, Placeholders& placeholders, ExpressionKind kind) {
  if (auto error = check_text(kind, expression)) return std::move(*error);
  return ConditionParser(kind, expression, placeholders).parse();
}

}  // namespace millrace::dynamodb
