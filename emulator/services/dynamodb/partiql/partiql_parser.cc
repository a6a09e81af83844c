// The grammar (keywords in any case; {} repeats, [] is optional):
//
//   statement := select | insert | update | delete | EXISTS "(" select ")"
//   select    := SELECT ( "*" | path {"," path} ) FROM table [ WHERE or ] [ ORDER BY path [ASC|DESC] {"," ...} ]
//   insert    := INSERT INTO table VALUE map
//   update    := UPDATE table { SET set {"," set} | REMOVE path {"," path} } [ WHERE or ] [ returning ]
//   delete    := DELETE FROM table [ WHERE or ] [ returning ]     (a missing WHERE fixes no key: refused when it is bound)
//   returning := RETURNING ( ALL | MODIFIED ) ( OLD | NEW ) "*"
//   table     := name [ "." name ]
//   or, and, not as usual;  comparison := operand ( op operand | IN list | BETWEEN operand AND operand
//                                        | IS [NOT] ( MISSING | NULL ) ) | function | "(" or ")"

#include "emulator/base/attribute/item_json.h"
#include "emulator/base/encoding.h"
#include "emulator/services/dynamodb/partiql/partiql_lexer.h"
#include "emulator/services/dynamodb/partiql/statement.h"

#include <algorithm>

namespace millrace::dynamodb {
namespace {

using Kind = PartiqlToken::Kind;

constexpr int kDepthMax = 100;  // of parentheses and literals; deeper statements are refused
constexpr size_t kInOperandsMax = 100;
constexpr char kMalformed[] = "Statement wasn't well formed, can't be processed: ";

class StatementParser {
 public:
  StatementParser(std::vector<PartiqlToken> tokens, const std::vector<AttributeValue>& parameters)
      : tokens_(std::move(tokens)), parameters_(parameters), statement_(std::make_unique<Statement>()) {}

  Parsed<std::unique_ptr<Statement>> parse();

 private:
  const PartiqlToken& peek(size_t ahead = 0) const { return tokens_[std::min(at_ + ahead, tokens_.size() - 1)]; }
  bool at_word(std::string_view word, size_t ahead = 0) const {
    return peek(ahead).kind == Kind::word && equals_ignore_case(peek(ahead).text, word);
  }
  bool at_symbol(std::string_view symbol, size_t ahead = 0) const {
    return peek(ahead).kind == Kind::symbol && peek(ahead).text == symbol;
  }
  void advance() { if (at_ + 1 < tokens_.size()) ++at_; }
  bool take_word(std::string_view word) { return at_word(word) ? (advance(), true) : false; }
  bool take_symbol(std::string_view symbol) { return at_symbol(symbol) ? (advance(), true) : false; }
  void expect_word(std::string_view word) { if (!take_word(word)) fail("Expected keyword " + std::string(word)); }
  void expect_symbol(std::string_view symbol) { if (!take_symbol(symbol)) fail("Expected " + std::string(symbol)); }
  void fail(const std::string& why) { refuse(kMalformed + why); }
  void refuse(std::string text) { if (!error_) error_ = std::move(text); }
  bool failed() const { return error_.has_value(); }

  void select();
  void insert();
  void update();
  void remove();
  void set_action();
  void where();
  void order_by();
  void returning();
  void table();

  Condition or_();
  Condition and_();
  Condition not_();
  Condition comparison();
  Condition comparison_after(Operand left);
  Condition is(Operand left);
  Condition function_condition(Function function);
  std::optional<Function> condition_function() const;
  Operand operand();
  Operand update_operand();
  Operand value_operand(AttributeValue value);
  bool at_value() const;
  AttributeValue value();
  AttributeValue set_literal();
  AttributeMap map_literal();
  Path path();
  std::string name();
  std::vector<Operand> arguments(size_t count, bool in_update);

  struct Depth {
    explicit Depth(StatementParser& parser) : parser_(parser) {
      if (++parser_.depth_ > kDepthMax) parser_.fail("The statement is nested too deeply");
    }
    ~Depth() { --parser_.depth_; }
    StatementParser& parser_;
  };

  std::vector<PartiqlToken> tokens_;
  const std::vector<AttributeValue>& parameters_;
  std::unique_ptr<Statement> statement_;
  size_t at_ = 0;
  size_t next_parameter_ = 0;
  int depth_ = 0;
  std::optional<std::string> error_;
};

Parsed<std::unique_ptr<Statement>> StatementParser::parse() {
  auto placeholders = std::count_if(tokens_.begin(), tokens_.end(), [](const auto& t) { return t.kind == Kind::parameter; });
  if (static_cast<size_t>(placeholders) != parameters_.size()) {
    return ExpressionError{"Number of parameters in request and statement don't match."};
  }
  if (take_word("EXISTS")) {
    expect_symbol("(");
    expect_word("SELECT");
    select();
    statement_->kind = Statement::Kind::exists;
    expect_symbol(")");
  } else if (take_word("SELECT")) {
    select();
  } else if (take_word("INSERT")) {
    insert();
  } else if (take_word("UPDATE")) {
    update();
  } else if (take_word("DELETE")) {
    remove();
  } else {
    fail("Expected SELECT, INSERT, UPDATE or DELETE");
  }
  take_symbol(";");
  if (!failed() && peek().kind != Kind::end) fail("Unexpected term: " + peek().text);
  if (error_) return ExpressionError{*error_};
  return std::move(statement_);
}

std::string StatementParser::name() {
  std::string text = peek().text;
  if (peek().kind != Kind::word && peek().kind != Kind::quoted_word) {
    fail("Expected identifier");
    return {};
  }
  advance();
  return text;
}

void StatementParser::table() {
  statement_->table = name();
  if (take_symbol(".")) statement_->index = name();
}

Path StatementParser::path() {
  Path path{name()};
  while (!failed()) {
    if (take_symbol(".")) {
      path.emplace_back(name());
    } else if (at_symbol("[")) {
      advance();
      if (peek().kind == Kind::number && peek().text.size() <= 9 && peek().text.find_first_not_of("0123456789") == std::string::npos) {
        path.emplace_back(static_cast<size_t>(std::stoul(peek().text)));
      } else if (peek().kind == Kind::string) {
        path.emplace_back(peek().text);
      } else {
        fail("Expected an index");
      }
      advance();
      expect_symbol("]");
    } else {
      break;
    }
  }
  return path;
}

void StatementParser::select() {
  statement_->kind = Statement::Kind::select;
  if (!take_symbol("*")) {
    statement_->projection.emplace();
    do {
      statement_->projection->push_back(path());
    } while (!failed() && take_symbol(","));
  }
  expect_word("FROM");
  if (failed()) return;
  table();
  if (take_word("WHERE")) where();
  if (take_word("ORDER")) order_by();
}

void StatementParser::order_by() {
  expect_word("BY");
  do {
    Statement::Order order;
    order.attribute = name();
    if (take_word("DESC")) {
      order.descending = true;
    } else {
      take_word("ASC");
    }
    statement_->order_by.push_back(std::move(order));
  } while (!failed() && take_symbol(","));
}

void StatementParser::insert() {
  statement_->kind = Statement::Kind::insert;
  expect_word("INTO");
  if (failed()) return;
  table();
  expect_word("VALUE");
  if (failed()) return;
  AttributeValue item = value();
  if (auto* map = item.get_if<AttributeMap>()) {
    statement_->item = std::move(*map);
  } else {
    fail("Expected a tuple");
  }
}

void StatementParser::update() {
  statement_->kind = Statement::Kind::update;
  table();
  while (!failed()) {
    if (take_word("SET")) {
      do {
        set_action();
      } while (!failed() && take_symbol(","));
    } else if (take_word("REMOVE")) {
      do {
        UpdateAction action;
        action.section = UpdateSection::remove;
        action.path = path();
        statement_->update.actions.push_back(std::move(action));
      } while (!failed() && take_symbol(","));
    } else {
      break;
    }
  }
  if (statement_->update.actions.empty()) fail("Expected SET or REMOVE");
  if (take_word("WHERE")) where();
  returning();
}

void StatementParser::remove() {
  statement_->kind = Statement::Kind::remove;
  expect_word("FROM");
  if (failed()) return;
  table();
  if (take_word("WHERE")) where();
  returning();
  const bool old_only = statement_->returning == Returning::none || statement_->returning == Returning::all_old;
  if (!old_only) fail("A DELETE statement returns ALL OLD * only");  // unverified wording
}

void StatementParser::returning() {
  if (!take_word("RETURNING")) return;
  const bool all = take_word("ALL");
  if (!all) expect_word("MODIFIED");
  const bool old = take_word("OLD");
  if (!old) expect_word("NEW");
  expect_symbol("*");
  statement_->returning = all ? (old ? Returning::all_old : Returning::all_new)
                              : (old ? Returning::modified_old : Returning::modified_new);
}

void StatementParser::where() { statement_->where = or_(); }

void StatementParser::set_action() {
  UpdateAction action;
  action.path = path();
  expect_symbol("=");
  if (failed()) return;
  for (auto [word, section] : {std::pair("set_add", UpdateSection::add), std::pair("set_delete", UpdateSection::delete_)}) {
    if (!at_word(word) || !at_symbol("(", 1)) continue;
    advance();
    auto operands = arguments(2, true);
    if (failed()) return;
    if (operands[0].kind != Operand::Kind::path || operands[0].path != action.path || !operands[1].value) {
      return fail(std::string("Function ") + word + " takes the path that is set and a set");
    }
    action.section = section;
    action.value = std::move(operands[1]);
    statement_->update.actions.push_back(std::move(action));
    return;
  }
  action.value = update_operand();
  if (at_symbol("+") || at_symbol("-")) {
    Operand sum;
    sum.kind = at_symbol("+") ? Operand::Kind::plus : Operand::Kind::minus;
    advance();
    sum.arguments.push_back(std::move(action.value));
    sum.arguments.push_back(update_operand());
    action.value = std::move(sum);
  }
  statement_->update.actions.push_back(std::move(action));
}

Operand StatementParser::update_operand() {
  for (Function function : {Function::list_append, Function::if_not_exists}) {
    if (!at_word(function_name(function)) || !at_symbol("(", 1)) continue;
    advance();
    Operand result;
    result.kind = Operand::Kind::function;
    result.function = function;
    result.arguments = arguments(2, true);
    if (!failed() && function == Function::if_not_exists && result.arguments[0].kind != Operand::Kind::path) {
      fail("Function if_not_exists takes a path");
    }
    return result;
  }
  return operand();
}

std::vector<Operand> StatementParser::arguments(size_t count, bool in_update) {
  Depth depth(*this);
  std::vector<Operand> out;
  expect_symbol("(");
  do {
    if (failed()) return out;
    out.push_back(in_update ? update_operand() : operand());
  } while (take_symbol(","));
  expect_symbol(")");
  if (out.size() != count) fail("Wrong number of arguments of a function");
  return out;
}

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

Condition StatementParser::or_() {
  Condition left = and_();
  while (!failed() && take_word("OR")) left = joined(ConditionKind::or_, std::move(left), and_());
  return left;
}

Condition StatementParser::and_() {
  Condition left = not_();
  while (!failed() && take_word("AND")) left = joined(ConditionKind::and_, std::move(left), not_());
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
    // unverified wording; the limit is documented ("IN" in the PartiQL reference), as is the one of keys in execution.cc.
    if (condition.operands.size() > kInOperandsMax + 1) refuse("The IN operator takes at most 100 values");
  } else {
    static const std::pair<const char*, ConditionKind> kOperators[] = {
        {"=", ConditionKind::eq}, {"<>", ConditionKind::ne}, {"!=", ConditionKind::ne}, {"<", ConditionKind::lt},
        {"<=", ConditionKind::le}, {">", ConditionKind::gt}, {">=", ConditionKind::ge}};
    auto found = std::find_if(std::begin(kOperators), std::end(kOperators), [&](const auto& op) { return at_symbol(op.first); });
    if (found == std::end(kOperators)) {
      fail("Unexpected term: " + peek().text);
      return condition;
    }
    advance();
    condition.kind = found->second;
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
    expect_word("NULL");
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
    return parameters_[next_parameter_++];
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
    fail("Unexpected term: " + peek().text);
    return {};
  }
  NumberError why{};
  auto number = Number::parse(sign + peek().text, &why);
  if (!number) refuse(number_error_text(why, peek().text));
  advance();
  return number ? AttributeValue(*number) : AttributeValue();
}

template <class Set, class T>
bool collect_set(const List& members, AttributeValue& out) {
  Set set;
  for (const auto& member : members) {
    auto* one = member.get_if<T>();
    if (!one) return false;
    if constexpr (std::is_same_v<T, Binary>) {
      set.members.push_back(one->bytes);
    } else {
      set.members.push_back(*one);
    }
  }
  std::sort(set.members.begin(), set.members.end());
  set.members.erase(std::unique(set.members.begin(), set.members.end()), set.members.end());
  out = AttributeValue(std::move(set));
  return true;
}

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
  const bool fits = !members.empty() && (collect_set<StringSet, std::string>(members, out) ||
                                         collect_set<NumberSet, Number>(members, out) || collect_set<BinarySet, Binary>(members, out));
  if (!fits) fail("A set holds strings, numbers or binaries, and at least one");
  return out;
}

AttributeMap StatementParser::map_literal() {
  AttributeMap map;
  expect_symbol("{");
  while (!failed() && !at_symbol("}")) {
    if (peek().kind != Kind::string && peek().kind != Kind::quoted_word && peek().kind != Kind::word) {
      fail("Expected an attribute name");
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

}  // namespace

Parsed<std::unique_ptr<Statement>> parse_statement(std::string_view text, const std::vector<AttributeValue>& parameters) {
  auto tokens = tokenize_partiql(text);
  if (!tokens) return ExpressionError{std::string(kMalformed) + "Unexpected character or unterminated text"};
  return StatementParser(std::move(*tokens), parameters).parse();
}

}  // namespace millrace::dynamodb
