// The grammar (keywords in any case; {} repeats, [] is optional):
//
//   statement  := select | insert | update | delete | EXISTS "(" select ")"
//   select     := SELECT ( "*" | path {"," path} ) FROM table [ WHERE or ] [ ORDER BY order {"," order} ]
//   order      := name [ASC|DESC]
//   insert     := INSERT INTO table VALUE map
//   update     := UPDATE table actions [ WHERE or ] [ returning ] | FROM table [ WHERE or ] actions [ returning ]
//   actions    := { SET set {"," set} | REMOVE path {"," path} }
//   delete     := DELETE FROM table [ WHERE or ] [ returning ]
//   returning  := RETURNING ( ALL | MODIFIED ) ( OLD | NEW ) "*"
//   table      := name [ "." name ]
//   comparison := operand ( op operand | IN list | BETWEEN operand AND operand | IS [NOT] ( MISSING | type ) )
//                 | function [ ( "=" | "<>" ) ( TRUE | FALSE ) ] | "(" or ")"
//
// or, and, not as usual. An UPDATE's or DELETE's missing WHERE fixes no key: it is refused when it is bound. Aliases,
// joins, DISTINCT, GROUP BY, HAVING and LIMIT are understood, so that they are refused by name.

#include <algorithm>

#include "emulator/services/dynamodb/partiql/statement_parser.h"

namespace millrace::dynamodb {
namespace {

using Kind = PartiqlToken::Kind;

/// Whether an identifier stands here.
bool is_identifier(const PartiqlToken& token) {
  return token.kind == Kind::quoted_word || (token.kind == Kind::word && !is_keyword(token));
}

}  // namespace

Parsed<std::unique_ptr<Statement>> StatementParser::parse() {
  if (at_word("EXISTS") && at_symbol("(", 1) && !at_word("SELECT", 2)) {
    unsupported_function("Unrecognized function: exists");
  } else if (take_word("EXISTS")) {
    expect_symbol("(");
    expect_word("SELECT");
    select();
    statement_->kind = Statement::Kind::exists;
    expect_symbol(")");
  } else if (take_word("SELECT")) {
    select();
  } else if (at_word("INSERT") && at_word("INTO", 1)) {
    insert();
  } else if (take_word("UPDATE")) {
    update();
  } else if (take_word("FROM")) {
    update_after_from();
  } else if (take_word("DELETE")) {
    remove();
  } else {
    no_statement();
  }
  expect_end();
  auto placeholders =
      std::count_if(tokens_.begin(), tokens_.end(), [](const auto& t) { return t.kind == Kind::parameter; });
  if (error_ && error_->starts_with(kMalformed)) return ExpressionError{*error_};
  if (static_cast<size_t>(placeholders) != parameters_.size()) {
    return ExpressionError{"Number of parameters in request and statement don't match."};
  }
  if (error_ || unsupported_) return ExpressionError{error_ ? *error_ : *unsupported_};
  return std::move(statement_);
}

/// Words that begin no statement are read as an expression: `SELEC * FROM t` multiplies SELEC by a FROM
/// clause, which lacks its operation.
void StatementParser::no_statement() {
  const bool is_term = peek().kind == Kind::quoted_word || peek().kind == Kind::string || peek().kind == Kind::number ||
                       peek().kind == Kind::parameter || (peek().kind == Kind::word && !is_keyword(peek()));
  if (is_term && at_symbol("*", 1) && at_word("FROM", 2)) return fail("Expected data manipulation");
  if (!is_term && !at_word("NOT")) return fail(unexpected(peek()));
  fail("Unexpected token after expression");
}

void StatementParser::expect_end() {
  const bool ended = take_symbol(";");
  if (failed() || peek().kind == Kind::end) return;
  fail(ended ? "Unexpected token after semicolon. (Only one query is allowed.)" : "Unexpected token after expression");
}

std::string StatementParser::name(const std::string& otherwise) {
  std::string text = peek().text;
  const bool is_name = is_identifier(peek());
  if (!is_name) {
    fail(otherwise);
    return {};
  }
  advance();
  return text;
}

void StatementParser::table() {
  const bool is_source = statement_->kind == Statement::Kind::select;
  statement_->table = is_source ? name(unexpected(peek())) : name();
  if (failed()) return;
  if (take_symbol(".")) statement_->index = name("Invalid path dot component");
  if (failed()) return;
  if (at_symbol("[")) unsupported("Unexpected path component " + location(text_, peek(1)));
  if (at_symbol(".")) unsupported("A path may contain at most 2 components in the FROM clause");
  while (!failed() && take_symbol(".")) name("Invalid path dot component");
  const bool has_empty = statement_->table.empty() || (statement_->index && statement_->index->empty());
  if (has_empty && !failed()) unsupported("Path component cannot be an empty string");
  if (statement_->kind != Statement::Kind::insert) return alias();
  if (is_identifier(peek())) fail("Unexpected token after expression");
}

/// `AS x`, or the name alone, after a selected path or a table.
void StatementParser::alias() {
  if (failed()) return;
  const bool named = take_word("AS") || take_word("AT");
  const bool is_name = is_identifier(peek());
  if (named && !is_name) return fail("Expected identifier for alias");
  if (!is_name) return;
  advance();
  unsupported("Aliasing is not supported");
}

Path StatementParser::path() {
  Path path{name()};
  while (!failed()) {
    if (take_symbol(".")) {
      path.emplace_back(name("Invalid path dot component"));
    } else if (at_symbol("[")) {
      advance();
      if (peek().kind == Kind::number && peek().text.size() <= 9 &&
          peek().text.find_first_not_of("0123456789") == std::string::npos) {
        path.emplace_back(static_cast<size_t>(std::stoul(peek().text)));
      } else if (peek().kind == Kind::string) {
        path.emplace_back(peek().text);
      } else {
        fail("Invalid path component for simple path");
      }
      advance();
      expect_symbol("]");
    } else {
      break;
    }
  }
  return path;
}

void StatementParser::unsupported_function(const std::string& what) {
  unsupported(what + " " + location(text_, peek()));
  advance();
  int open = 0;
  do {
    if (peek().kind == Kind::end) return fail(expected_symbol(")"));
    open += at_symbol("(") ? 1 : at_symbol(")") ? -1 : 0;
    advance();
  } while (open > 0);
}

/// The selected paths; functions and aliases are refused.
void StatementParser::projection() {
  statement_->projection.emplace();
  do {
    const bool is_path = is_identifier(peek());
    if (at_word("FROM")) return fail("Expected data manipulation");  // read as a FROM clause of its own
    if (!is_path && !at_value()) return fail(unexpected(peek()));
    if (is_path && at_symbol("(", 1)) {
      unsupported_function("Unexpected path component");
    } else if (is_path) {
      statement_->projection->push_back(path());
    } else {
      unsupported("Unsupported projection " + location(text_, peek()));  // unverified wording: a literal
      value();
    }
    alias();
  } while (!failed() && take_symbol(","));
}

void StatementParser::select() {
  statement_->kind = Statement::Kind::select;
  // unverified wording of all clauses but LIMIT
  if (at_word("DISTINCT")) unsupported("Unsupported clause: DISTINCT " + location(text_, peek()));
  if (!take_word("DISTINCT")) take_word("ALL");
  if (!take_symbol("*")) projection();
  if (!statement_->projection && at_symbol(",")) {
    fail("Other expressions may not be present in the select list when '*' is used without dot notation.");
  }
  if (!failed() && !take_word("FROM")) fail("Expected FROM after SELECT list");
  if (failed()) return;
  table();
  joins();
  if (take_word("WHERE")) where();
  if (take_word("ORDER")) order_by();
  unsupported_clauses();
}

/// More tables: read so that mistakes in them come first.
void StatementParser::joins() {
  while (!failed() && (take_symbol(",") || take_word("JOIN") || (take_word("INNER") && take_word("JOIN")) ||
                       ((take_word("LEFT") || take_word("RIGHT") || take_word("CROSS")) && take_word("JOIN")))) {
    unsupported("Only select from a single table or index is supported.");
    name(unexpected(peek()));
    alias();
    if (!failed() && take_word("ON")) or_();
  }
}

void StatementParser::unsupported_clauses() {
  if (!failed() && take_word("GROUP")) {
    expect_word("BY");
    unsupported("Unsupported clause: GROUP BY " + location(text_, peek()));
    do {
      path();
    } while (!failed() && take_symbol(","));
  }
  if (!failed() && take_word("HAVING")) {
    unsupported("Unsupported clause: HAVING " + location(text_, peek()));
    or_();
  }
  for (const char* clause : {"LIMIT", "OFFSET"}) {
    if (failed() || !take_word(clause)) continue;
    // The place is that of the clause's expression.
    unsupported(std::string("Unsupported clause: ") + clause + " " + location(text_, peek()));
    operand();
  }
}

void StatementParser::order_by() {
  expect_word("BY");
  do {
    Statement::Order order;
    order.attribute = name(unexpected(peek()));
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
  advance();
  advance();
  table();
  if (failed()) return;
  if (at_word("VALUES") || at_symbol("<<")) {
    return refuse(
        "Unsupported operation: Inserting multiple items in a single statement is not supported, use "
        "\"INSERT INTO tableName VALUE item\" instead");
  }
  if (!take_word("VALUE")) return fail(unexpected(peek()));
  const bool is_map = at_symbol("{") || peek().kind == Kind::parameter;
  AttributeValue item = value();
  auto* map = item.get_if<AttributeMap>();
  if (map) statement_->item = std::move(*map);
  for (const auto& [attribute, content] : statement_->item) {
    if (auto wrong = attribute_name_error(attribute, ValueLayer::older)) unsupported(std::move(*wrong));
    check_depth(content);
  }
  if (!map && !(is_map && parameters_.empty())) fail("Expected a tuple");  // unverified wording
}

void StatementParser::update() {
  statement_->kind = Statement::Kind::update;
  table();
  update_actions();
  if (take_word("WHERE")) where();
  returning();
}

void StatementParser::update_after_from() {
  statement_->kind = Statement::Kind::update;
  table();
  if (!failed() && take_word("WHERE")) where();
  update_actions();
  if (!failed() && at_word("WHERE")) fail("Unexpected token after expression");
  returning();
}

void StatementParser::update_actions() {
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
  if (statement_->update.actions.empty()) fail("Expected data manipulation");
}

void StatementParser::remove() {
  statement_->kind = Statement::Kind::remove;
  if (!take_word("FROM")) return fail("Expected FROM after DELETE");
  table();
  if (take_word("WHERE")) where();
  returning();
  const char* words = statement_->returning == Returning::all_new        ? "ALL NEW"
                      : statement_->returning == Returning::modified_old ? "MODIFIED OLD"
                      : statement_->returning == Returning::modified_new ? "MODIFIED NEW"
                                                                         : nullptr;
  if (!words) return;
  unsupported(std::string("Invalid returning clause: RETURNING ") + words +
              " *. Only RETURNING ALL OLD * is allowed in DELETE statements.");
}

void StatementParser::returning() {
  if (!take_word("RETURNING")) return;
  const bool all = take_word("ALL"), modified = !all && take_word("MODIFIED");
  const bool old = take_word("OLD"), fresh = !old && take_word("NEW");
  if (!(all || modified) || !(old || fresh)) {
    return fail("Expected ( MODIFIED | ALL ) ( NEW | OLD ) in each returning element.");
  }
  expect_symbol("*");
  statement_->returning =
      all ? (old ? Returning::all_old : Returning::all_new) : (old ? Returning::modified_old : Returning::modified_new);
}

void StatementParser::where() {
  statement_->where = or_();
}

void StatementParser::set_action() {
  UpdateAction action;
  action.path = path();
  if (!failed() && !take_symbol("=")) fail("Expected '='");
  if (failed()) return;
  for (auto [word, section] :
       {std::pair("set_add", UpdateSection::add), std::pair("set_delete", UpdateSection::delete_)}) {
    if (!at_word(word) || !at_symbol("(", 1)) continue;
    set_function(section, action);
    if (!failed()) statement_->update.actions.push_back(std::move(action));
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

/// `c = set_add(c, <<'a'>>)`, `c = set_delete(c, ?)`: ADD and DELETE.
void StatementParser::set_function(UpdateSection section, UpdateAction& action) {
  const std::string place = " " + location(text_, peek());
  const std::string name = section == UpdateSection::add ? "SET_ADD" : "SET_DELETE";
  advance();
  expect_symbol("(");
  std::vector<Operand> operands;
  while (!failed() && !at_symbol(")")) {
    operands.push_back(update_operand());
    if (!take_symbol(",")) break;
  }
  expect_symbol(")");
  if (failed()) return;
  auto is_set = [](const Operand& operand) {
    return operand.kind == Operand::Kind::value && operand.value->type() >= AttributeType::SS;
  };
  // unverified: that the place is the function's name
  if (operands.size() != 2) return unsupported(name + " must have exactly two arguments" + place);
  if (operands[0].kind != Operand::Kind::path || operands[0].path != action.path) {
    unsupported("The first argument to " + name + " must equal the assignment value" + place);
  }
  if (!is_set(operands[1])) {
    unsupported("The second argument to " + name + " must be a value with type SET" + place);
  }
  action.section = section;
  action.value = std::move(operands[1]);
}

Operand StatementParser::update_operand() {
  for (const char* word : {"set_add", "set_delete"}) {
    if (!at_word(word) || !at_symbol("(", 1)) continue;
    // unverified: when AWS says this; the words and the place's form are AWS's
    unsupported_function("Unsupported data type: " + std::string(word) + " under key root");
    return value_operand(AttributeValue());
  }
  for (Function function : {Function::list_append, Function::if_not_exists}) {
    if (!at_word(function_name(function)) || !at_symbol("(", 1)) continue;
    advance();
    Operand result;
    result.kind = Operand::Kind::function;
    result.function = function;
    result.arguments = arguments(function_name(function), 2, true);
    for (const Operand& argument : result.arguments) {
      if (failed() || argument.kind != Operand::Kind::function || argument.function != Function::list_append) continue;
      // unverified: that AWS refuses it here too, in UpdateItem's words
      unsupported("The function is not allowed to be used this way in an expression; function: list_append");
    }
    if (!failed() && !result.arguments.empty() && function == Function::if_not_exists &&
        result.arguments[0].kind != Operand::Kind::path) {
      fail("Function if_not_exists takes a path");
    }
    return result;
  }
  return operand();
}

std::vector<Operand> StatementParser::arguments(const char* function, size_t count, bool in_update) {
  Depth depth(*this);
  std::vector<Operand> out;
  expect_symbol("(");
  while (!failed() && !at_symbol(")")) {
    out.push_back(in_update ? update_operand() : operand());
    if (!take_symbol(",")) break;
  }
  expect_symbol(")");
  if (out.size() != count) {
    unsupported(std::string("Incorrect number of operands for operator or function; operator or function: ") +
                function + ", number of operands: " + std::to_string(out.size()));
    out.resize(count);
  }
  return out;
}

Parsed<std::unique_ptr<Statement>> parse_statement(std::string_view text,
                                                   const std::vector<AttributeValue>& parameters) {
  auto tokens = tokenize_partiql(text);
  // The reference implementation's lexer has a code and a place for what it can't read, but no message.
  if (!tokens) return ExpressionError{kMalformed};
  return StatementParser(text, std::move(*tokens), parameters).parse();
}

}  // namespace millrace::dynamodb
