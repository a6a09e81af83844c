// Conditions, operands and literals of statements.

#include <algorithm>

#include "emulator/base/attribute/item_json.h"
#include "emulator/services/dynamodb/partiql/statement_parser.h"

namespace millrace::dynamodb {
namespace {

using Kind = PartiqlToken::Kind;

constexpr size_t kInOperandsMax = 100;

Condition joined(ConditionKind kind, Condition left, Condition right) {
  Condition condition;
  condition.kind = kind;
  condition.children.push_back(std::move(left));
  condition.children.push_back(std::move(right));
  return condition;
}

Condition negated(Condition inner) {
  Condition condition;
  condition.kind = ConditionKind::not_;
  condition.children.push_back(std::move(inner));
  return condition;
}

}  // namespace

Condition StatementParser::or_() {
  Condition left = and_();
  while (!failed() && take_word("OR")) {
    if (peek().kind == Kind::end) fail("Missing right-hand side expression of infix operator");
    left = joined(ConditionKind::or_, std::move(left), and_());
  }
  return left;
}

Condition StatementParser::and_() {
  Condition left = not_();
  while (!failed() && take_word("AND")) {
    if (peek().kind == Kind::end) fail("Missing right-hand side expression of infix operator");
    left = joined(ConditionKind::and_, std::move(left), not_());
  }
  return left;
}

Condition StatementParser::not_() {
  Depth depth(*this);
  if (failed()) return {};
  if (take_word("NOT")) return negated(not_());
  return comparison();
}

std::optional<Function> StatementParser::condition_function() const {
  if (peek().kind != Kind::word || !at_symbol("(", 1)) return std::nullopt;
  for (Function function : {Function::begins_with, Function::contains, Function::attribute_type,
                            Function::attribute_exists, Function::attribute_not_exists}) {
    if (equals_ignore_case(peek().text, function_name(function))) return function;
  }
  return std::nullopt;
}

Condition StatementParser::function_condition(Function function) {
  Condition condition;
  condition.kind = ConditionKind::function;
  condition.function = function;
  const bool one = function == Function::attribute_exists || function == Function::attribute_not_exists;
  condition.operands = arguments(one ? 1 : 2, false);
  return condition;
}

Condition StatementParser::comparison() {
  if (auto function = condition_function()) {
    advance();
    return function_condition(*function);
  }
  // A parenthesis opens a condition; operands need none.
  if (at_symbol("(")) {
    advance();
    Condition inner = or_();
    expect_symbol(")");
    return inner;
  }
  Operand left = operand();
  if (failed()) return {};
  return comparison_after(std::move(left));
}

Condition StatementParser::comparison_after(Operand left) {
  if (take_word("IS")) return is(std::move(left));
  if (at_word("LIKE")) {
    unsupported("Unsupported operator: LIKE " + location(text_, peek()));  // unverified wording
    advance();
    operand();
    return {};
  }
  if (unsupported_ && at_end_of_condition()) return {};  // a function alone; it is refused in the end
  const bool is_negated = at_word("NOT") && (at_word("IN", 1) || at_word("BETWEEN", 1));
  if (is_negated) advance();
  Condition condition;
  condition.operands.push_back(std::move(left));
  if (take_word("BETWEEN")) {
    condition.kind = ConditionKind::between;
    condition.operands.push_back(operand());
    expect_word("AND");
    if (!failed()) condition.operands.push_back(operand());
  } else if (take_word("IN")) {
    condition.kind = ConditionKind::in;
    const char* end = at_symbol("(") ? ")" : "]";
    if (!take_symbol("(")) expect_symbol("[");
    do {
      if (failed()) return condition;
      condition.operands.push_back(operand());
    } while (take_symbol(","));
    expect_symbol(end);
    // unverified wording; the limit is documented ("IN" in the PartiQL reference), as is the one of keys in
    // execution.cc.
    if (condition.operands.size() > kInOperandsMax + 1) refuse("The IN operator takes at most 100 values");
  } else {
    static const std::pair<const char*, ConditionKind> kOperators[] = {
        {"=", ConditionKind::eq},  {"<>", ConditionKind::ne}, {"!=", ConditionKind::ne}, {"<", ConditionKind::lt},
        {"<=", ConditionKind::le}, {">", ConditionKind::gt},  {">=", ConditionKind::ge}};
    auto found =
        std::find_if(std::begin(kOperators), std::end(kOperators), [&](const auto& op) { return at_symbol(op.first); });
    if (found == std::end(kOperators)) {
      // A value alone is no condition: unverified wording. What follows a whole expression is one token too
      // many.
      if (peek().kind == Kind::end) {
        refuse("Where clause must be a condition");
      } else {
        fail("Unexpected token after expression");
      }
      return condition;
    }
    advance();
    condition.kind = found->second;
    if (peek().kind == Kind::end) {
      fail("Missing right-hand side expression of infix operator");
      return condition;
    }
    condition.operands.push_back(operand());
  }
  return is_negated ? negated(std::move(condition)) : condition;
}

/// IS [NOT] MISSING, IS [NOT] NULL
Condition StatementParser::is(Operand left) {
  const bool is_negated = take_word("NOT");
  Condition condition;
  condition.kind = ConditionKind::function;
  condition.operands.push_back(std::move(left));
  if (take_word("MISSING")) {
    condition.function = Function::attribute_not_exists;
  } else {
    if (!take_word("NULL")) fail("Expected type name");
    condition.function = Function::attribute_type;
    condition.operands.push_back(value_operand(AttributeValue("NULL")));
  }
  return is_negated ? negated(std::move(condition)) : condition;
}

Operand StatementParser::value_operand(AttributeValue value) {
  Operand operand;
  operand.value = &statement_->values.emplace_back(std::move(value));
  return operand;
}

Operand StatementParser::operand() {
  Depth depth(*this);
  Operand result;
  if (failed()) return result;
  if (at_value()) return value_operand(value());
  if (at_word("size") && at_symbol("(", 1)) {
    advance();
    result.kind = Operand::Kind::function;
    result.function = Function::size;
    result.arguments = arguments(1, false);
    return result;
  }
  result.kind = Operand::Kind::path;
  const bool is_path = peek().kind == Kind::quoted_word || (peek().kind == Kind::word && !is_keyword(peek()));
  if (!is_path) {
    fail(unexpected(peek()));
    return result;
  }
  if (at_symbol("(", 1)) {
    unsupported_function();
    return value_operand(AttributeValue());
  }
  result.path = path();
  return result;
}

bool StatementParser::at_value() const {
  switch (peek().kind) {
    case Kind::string:
    case Kind::number:
    case Kind::parameter: return true;
    case Kind::word: return at_word("TRUE") || at_word("FALSE") || at_word("NULL");
    case Kind::symbol: return at_symbol("[") || at_symbol("{") || at_symbol("<<") || at_symbol("-") || at_symbol("+");
    default: return false;
  }
}

AttributeValue StatementParser::value() {
  Depth depth(*this);
  if (failed()) return {};
  const PartiqlToken token = peek();
  if (token.kind == Kind::parameter) {
    advance();
    // Too few of them are an error that comes after those of the grammar.
    return next_parameter_ < parameters_.size() ? parameters_[next_parameter_++] : AttributeValue();
  }
  if (token.kind == Kind::string) {
    advance();
    return token.text;
  }
  if (take_word("TRUE")) return AttributeValue(true);
  if (take_word("FALSE")) return AttributeValue(false);
  if (take_word("NULL")) return Null{};
  if (at_symbol("{")) return map_literal();
  if (at_symbol("<<")) return set_literal();
  if (take_symbol("[")) {
    List list;
    while (!failed() && !at_symbol("]")) {
      list.push_back(value());
      if (!take_symbol(",")) break;
    }
    expect_symbol("]");
    return list;
  }
  std::string sign = at_symbol("-") ? "-" : "";
  if (at_symbol("-") || at_symbol("+")) advance();
  if (peek().kind != Kind::number) {
    fail(unexpected(peek()));
    return {};
  }
  NumberError why{};
  auto number = Number::parse(sign + peek().text, &why);
  if (!number) refuse(number_error_text(why, peek().text));
  advance();
  return number ? AttributeValue(*number) : AttributeValue();
}

namespace {
/// "[a, b, a]": the members as they were written.
std::string listing(const List& members) {
  std::string out;
  for (const AttributeValue& member : members) {
    const auto* text = member.get_if<std::string>();
    const auto* binary = member.get_if<Binary>();
    out.append(out.empty() ? "[" : ", ").append(text ? *text : binary ? to_base64(binary->bytes) : "");
  }
  return out + "]";
}

enum class Members { fit, differ, repeat };

/// Fills `out` if all members are of the set's type.
template <class Set, class T>
Members collect_set(const List& members, AttributeValue& out) {
  Set set;
  for (const auto& member : members) {
    auto* one = member.get_if<T>();
    if (!one) return Members::differ;
    if constexpr (std::is_same_v<T, Binary>) {
      set.members.push_back(one->bytes);
    } else {
      set.members.push_back(*one);
    }
  }
  std::sort(set.members.begin(), set.members.end());
  const bool repeat = std::adjacent_find(set.members.begin(), set.members.end()) != set.members.end();
  out = AttributeValue(std::move(set));
  return repeat ? Members::repeat : Members::fit;
}

}  // namespace

AttributeValue StatementParser::set_literal() {
  List members;
  expect_symbol("<<");
  while (!failed() && !at_symbol(">>")) {
    members.push_back(value());
    if (!take_symbol(",")) break;
  }
  expect_symbol(">>");
  AttributeValue out;
  if (failed()) return out;
  Members fit = members.empty() ? Members::differ : collect_set<StringSet, std::string>(members, out);
  if (fit == Members::differ && !members.empty()) fit = collect_set<NumberSet, Number>(members, out);
  if (fit == Members::differ && !members.empty()) fit = collect_set<BinarySet, Binary>(members, out);
  // unverified wording of the first; the others are those of a set in an item
  if (fit == Members::differ) fail("A set holds strings, numbers or binaries, and at least one");
  if (fit == Members::repeat && out.type() == AttributeType::NS) {
    refuse("Input collection contains duplicates");
  } else if (fit == Members::repeat) {
    refuse("One or more parameter values were invalid: Input collection " + listing(members) +
           (out.type() == AttributeType::BS ? "of type BS contains duplicates." : " contains duplicates."));
  }
  return out;
}

AttributeMap StatementParser::map_literal() {
  AttributeMap map;
  expect_symbol("{");
  while (!failed() && !at_symbol("}")) {
    if (peek().kind != Kind::string && peek().kind != Kind::quoted_word && peek().kind != Kind::word) {
      fail(unexpected(peek()));
      break;
    }
    std::string key = peek().text;
    advance();
    expect_symbol(":");
    map.set(key, value());
    if (!take_symbol(",")) break;
  }
  expect_symbol("}");
  return map;
}

}  // namespace millrace::dynamodb
