// Conditions, operands and literals of statements.

#include <algorithm>
#include <charconv>

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
  condition.operands = arguments(function_name(function), one ? 1 : 2, false);
  if (one && !failed() && !condition.operands.empty() && condition.operands[0].kind != Operand::Kind::path) {
    unsupported(std::string("Operator or function requires a document path; operator or function: ") +
                function_name(function));
  }
  return condition;
}

/// `attribute_exists(a) = true`: a function's answer compared with TRUE or FALSE.
Condition StatementParser::compared_with_truth(Condition condition) {
  const bool equal = at_symbol("="), differs = at_symbol("<>") || at_symbol("!=");
  if (failed() || (!equal && !differs)) return condition;
  advance();
  if (!at_value()) {
    fail(peek().kind == Kind::end ? "Missing right-hand side expression of infix operator" : unexpected(peek()));
    return condition;
  }
  const AttributeValue truth = value();
  const bool* flag = truth.get_if<bool>();
  if (!flag) unsupported("Unexpected token after expression");  // unverified: compared with another type
  return flag && *flag == equal ? condition : negated(std::move(condition));
}

/// Only strings, numbers and binaries have an order.
void StatementParser::check_types(const Condition& condition) {
  if (condition.kind < ConditionKind::lt || condition.kind > ConditionKind::between) return;
  for (const Operand& operand : condition.operands) {
    if (operand.kind != Operand::Kind::value || !operand.value) continue;
    const AttributeType type = operand.value->type();
    if (type == AttributeType::S || type == AttributeType::N || type == AttributeType::B) continue;
    unsupported(std::string("Incorrect operand type for operator or function; operator or function: ") +
                operator_text(condition.kind) + ", operand type: " + type_name(type));
  }
}

void StatementParser::check_depth(const AttributeValue& value) {
  if (nesting_levels(value) > kNestingLevelsMax) unsupported(kTooDeep);
}

Condition StatementParser::comparison() {
  if (auto function = condition_function()) {
    advance();
    return compared_with_truth(function_condition(*function));
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
  check_types(condition);
  return is_negated ? negated(std::move(condition)) : condition;
}

namespace {

struct TypeWord {
  const char* word;
  std::vector<const char*> types;  // DynamoDB's; empty: AWS knows the word but not what to do with it
};

/// unverified: which type each word but the first six names.
const TypeWord kTypeWords[] = {{"BOOL", {"BOOL"}}, {"STRING", {"S"}},     {"NUMBER", {"N"}},
                               {"LIST", {"L"}},    {"STRUCT", {"M"}},     {"INTEGER", {"N"}},
                               {"NULL", {"NULL"}}, {"INT", {"N"}},        {"DECIMAL", {"N"}},
                               {"NUMERIC", {"N"}}, {"BOOLEAN", {"BOOL"}}, {"FLOAT", {"N"}},
                               {"REAL", {"N"}},    {"SMALLINT", {"N"}},   {"TUPLE", {"M"}},
                               {"BLOB", {"B"}},    {"CLOB", {"S"}},       {"SYMBOL", {"S"}},
                               {"VARCHAR", {"S"}}, {"CHAR", {"S"}},       {"BAG", {"SS", "NS", "BS"}},
                               {"INT2", {}},       {"INT4", {}},          {"INT8", {}},
                               {"BIGINT", {}},     {"DOUBLE", {}},        {"CHARACTER", {}},
                               {"DATE", {}},       {"TIME", {}},          {"TIMESTAMP", {}}};

}  // namespace

/// IS [NOT] and a type's name
Condition StatementParser::is_type(Operand left) {
  auto type =
      std::find_if(std::begin(kTypeWords), std::end(kTypeWords), [&](const auto& one) { return at_word(one.word); });
  Condition condition;
  condition.kind = ConditionKind::function;
  if (type == std::end(kTypeWords)) {
    fail("Expected type name");
    return condition;
  }
  advance();
  for (const char* second : {"PRECISION", "VARYING"}) take_word(second);
  if (type->types.empty()) unsupported("Unsupported operation: IsType");
  std::optional<Condition> any;
  for (const char* name : type->types) {
    Condition one;
    one.kind = ConditionKind::function;
    one.function = Function::attribute_type;
    one.operands = {left, value_operand(AttributeValue(name))};
    any = any ? joined(ConditionKind::or_, std::move(*any), std::move(one)) : std::move(one);
  }
  return any ? std::move(*any) : condition;
}

/// IS [NOT] MISSING, IS [NOT] and a type's name
Condition StatementParser::is(Operand left) {
  const bool is_negated = take_word("NOT");
  Condition condition;
  if (take_word("MISSING")) {
    condition.kind = ConditionKind::function;
    condition.function = Function::attribute_not_exists;
    condition.operands.push_back(std::move(left));
  } else {
    condition = is_type(std::move(left));
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
  if (at_value()) {
    AttributeValue read = value();
    check_depth(read);
    return value_operand(std::move(read));
  }
  if (at_word("size") && at_symbol("(", 1)) {
    advance();
    result.kind = Operand::Kind::function;
    result.function = Function::size;
    result.arguments = arguments("size", 1, false);
    return result;
  }
  if (at_word("EXISTS") && at_symbol("(", 1)) {
    unsupported_function("Unrecognized function: exists");
    return value_operand(AttributeValue());
  }
  result.kind = Operand::Kind::path;
  const bool is_path = peek().kind == Kind::quoted_word || (peek().kind == Kind::word && !is_keyword(peek()));
  if (!is_path) {
    fail(unexpected(peek()));
    return result;
  }
  if (at_symbol("(", 1)) {
    unsupported_function("Unrecognized function: " + to_lower(peek().text));
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

namespace {
/// The statement's reader keeps exponents in 32 bits.
bool fits_reader(std::string_view number) {
  const size_t mark = number.find_first_of("eE");
  if (mark == std::string_view::npos) return true;
  std::string_view digits = number.substr(mark + 1);
  if (digits.starts_with('+')) digits.remove_prefix(1);
  int32_t exponent = 0;
  const size_t point = number.find('.');
  const int64_t fraction = point < mark ? static_cast<int64_t>(mark - point) - 1 : 0;
  if (std::from_chars(digits.data(), digits.data() + digits.size(), exponent).ec != std::errc()) return false;
  return fraction - exponent <= INT32_MAX && fraction - exponent >= INT32_MIN;
}
}  // namespace

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
    const std::string here = literal_path_;
    while (!failed() && !at_symbol("]")) {
      literal_path_ = here + "[" + std::to_string(list.size()) + "]";
      list.push_back(value());
      if (!take_symbol(",")) break;
    }
    literal_path_ = here;
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
  if (!number && !fits_reader(peek().text)) {
    fail("");
  } else if (!number) {
    refuse(number_error_text(why, peek().text) + " under " + literal_path_);
  }
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
  if (at_symbol(">>")) {
    advance();
    unsupported("Empty bags are not supported");
    return AttributeValue(StringSet{});
  }
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
  const std::string here = literal_path_;
  expect_symbol("{");
  while (!failed() && !at_symbol("}")) {
    if (peek().kind != Kind::string && peek().kind != Kind::quoted_word && peek().kind != Kind::word) {
      fail(unexpected(peek()));
      break;
    }
    std::string key = peek().text;
    advance();
    expect_symbol(":");
    literal_path_ = here + "." + key;
    map.set(key, value());
    if (!take_symbol(",")) break;
  }
  literal_path_ = here;
  expect_symbol("}");
  return map;
}

}  // namespace millrace::dynamodb
