#include "emulator/services/dynamodb/expression/syntax.h"

#include <algorithm>
#include <charconv>

#include "emulator/base/encoding.h"
#include "emulator/services/dynamodb/expression/reserved_words.h"

namespace millrace::dynamodb {
namespace {

// Source: developer guide, "Expression parameters" quotas.
constexpr size_t kExpressionBytesMax = 4096;
constexpr size_t kPathStepsMax = 32;
constexpr int kNestingMax = 700;
constexpr size_t kListIndexMax = INT32_MAX;

constexpr std::string_view kKeywords[] = {"AND", "OR", "NOT", "BETWEEN", "IN", "SET", "REMOVE", "ADD", "DELETE"};

std::string headed(ExpressionKind kind, const std::string& text) {
  return std::string("Invalid ") + kind_name(kind) + ": " + text;
}

}  // namespace

const char* kind_name(ExpressionKind kind) {
  switch (kind) {
    case ExpressionKind::condition: return "ConditionExpression";
    case ExpressionKind::filter: return "FilterExpression";
    case ExpressionKind::key_condition: return "KeyConditionExpression";
    case ExpressionKind::projection: return "ProjectionExpression";
    case ExpressionKind::update: return "UpdateExpression";
  }
  return "";
}

std::optional<ExpressionError> check_text(ExpressionKind kind, std::string_view expression) {
  if (expression.find_first_not_of(" \t\r\n\f") == std::string_view::npos) {
    return ExpressionError{headed(kind, "The expression can not be empty;")};
  }
  if (expression.size() > kExpressionBytesMax) {
    return ExpressionError{headed(kind, "Expression size has exceeded the maximum allowed size; expression size: " +
                                            std::to_string(expression.size()))};
  }
  return std::nullopt;
}

Syntax::Syntax(ExpressionKind kind, std::string_view expression, Placeholders& placeholders)
    : kind_(kind), expression_(expression), placeholders_(placeholders), tokens_(tokenize(expression)) {}

Syntax::Nesting::Nesting(Syntax& syntax) : syntax_(syntax) {
  if (++syntax.depth_ > kNestingMax && !syntax.failed()) {
    syntax.syntax_error_ = "The expression has redundant parentheses;";
  }
}

bool Syntax::at_keyword(std::string_view keyword) const {
  return peek().kind == TokenKind::name && equals_ignore_case(peek().text, keyword);
}

bool Syntax::at_any_keyword() const {
  return std::any_of(std::begin(kKeywords), std::end(kKeywords), [&](auto keyword) { return at_keyword(keyword); });
}

bool Syntax::take_symbol(std::string_view symbol) {
  if (!at_symbol(symbol)) return false;
  advance();
  return true;
}

bool Syntax::take_keyword(std::string_view keyword) {
  if (!at_keyword(keyword)) return false;
  advance();
  return true;
}

void Syntax::expect_symbol(std::string_view symbol) {
  if (!take_symbol(symbol)) fail();
}

void Syntax::fail() {
  if (!syntax_error_) syntax_error_ = syntax_error(expression_, tokens_, at_);
}

std::optional<ExpressionError> Syntax::error() const {
  auto text = syntax_error_ ? syntax_error_ : faults_.first(kind_);
  if (!text) return std::nullopt;
  return ExpressionError{headed(kind_, *text)};
}

void Syntax::name_step(Path& path) {
  const Token& token = peek();
  if (token.kind == TokenKind::name && !at_any_keyword()) {
    if (is_reserved_word(token.text)) {
      faults_.note(Check::reserved_word,
                   "Attribute name is a reserved keyword; reserved keyword: " + std::string(token.text));
    }
    path.emplace_back(std::string(token.text));
  } else if (token.kind == TokenKind::name_placeholder) {
    const std::string* attribute = placeholders_.name(token.text);
    if (!attribute) {
      faults_.note(Check::undefined_name,
                   "An expression attribute name used in the document path is not defined; attribute name: " +
                       std::string(token.text));
    }
    path.emplace_back(attribute ? *attribute : std::string(token.text));
  } else {
    return fail();
  }
  advance();
}

Path Syntax::path() {
  Path path;
  name_step(path);
  while (!failed() && (at_symbol(".") || at_symbol("["))) path_step(path);
  if (path.size() > kPathStepsMax) {
    // unverified wording; the limit is documented.
    faults_.note(Check::document_path,
                 "The document path has too many nesting elements; nesting levels: " + std::to_string(path.size()));
  }
  return path;
}

void Syntax::path_step(Path& path) {
  if (take_symbol(".")) return name_step(path);
  advance();
  if (peek().kind != TokenKind::number) return fail();
  const std::string digits(peek().text);
  size_t index = 0;
  const bool fits = std::from_chars(digits.data(), digits.data() + digits.size(), index).ec == std::errc();
  if (!fits || index > kListIndexMax) {
    faults_.note(Check::list_index, "List index is not within the allowable range; index: [" + digits + "]");
  }
  path.emplace_back(index);
  advance();
  expect_symbol("]");
}

Syntax::Call Syntax::call() {
  Nesting nesting(*this);
  Call call{std::string(peek().text), {}};
  advance();
  advance();
  do {
    if (failed()) return call;
    call.arguments.push_back(operand());
  } while (take_symbol(","));
  if (!failed()) expect_symbol(")");
  return call;
}

Operand Syntax::operand() {
  Nesting nesting(*this);
  Operand result;
  if (failed()) return result;
  if (peek().kind == TokenKind::value_placeholder) {
    result.value = placeholders_.value(peek().text);
    if (!result.value) {
      faults_.note(Check::undefined_value,
                   "An expression attribute value used in expression is not defined; attribute value: " +
                       std::string(peek().text));
    }
    advance();
    return result;
  }
  if (at_symbol("(")) {
    advance();
    if (at_symbol("(")) faults_.note(Check::parentheses, "The expression has redundant parentheses;");
    result = operand();
    if (!failed()) expect_symbol(")");
    return result;
  }
  if (at_call() && !at_any_keyword()) return operand_of(call());
  result.kind = Operand::Kind::path;
  result.path = path();
  return result;
}

std::optional<Function> Syntax::function_of(const std::string& name) {
  for (Function function :
       {Function::attribute_exists, Function::attribute_not_exists, Function::attribute_type, Function::begins_with,
        Function::contains, Function::size, Function::if_not_exists, Function::list_append}) {
    if (name == function_name(function)) return function;
  }
  faults_.note(Check::unknown_function, "Invalid function name; function: " + name);
  return std::nullopt;
}

void Syntax::note_misuse(Function function) {
  const bool of_updates = function == Function::if_not_exists || function == Function::list_append;
  const bool in_update = kind_ == ExpressionKind::update;
  std::string text = "The function is not allowed to be used this way in an expression; function: ";
  if (in_update && !of_updates) text = "The function is not allowed in an update expression; function: ";
  if (!in_update && of_updates) text = "The function is not allowed in a condition expression; function: ";
  faults_.note(Check::misused_function, text + function_name(function));
}

Operand Syntax::operand_of(Call call) {
  Operand result;
  auto function = function_of(call.name);
  if (failed() || !function) return result;
  const bool of_updates = *function == Function::if_not_exists || *function == Function::list_append;
  const bool fits = kind_ == ExpressionKind::update ? of_updates : *function == Function::size;
  if (!fits) {
    note_misuse(*function);
    return result;
  }
  check_function(*function, call.arguments, faults_);
  result.kind = Operand::Kind::function;
  result.function = *function;
  result.arguments = std::move(call.arguments);
  return result;
}

}  // namespace millrace::dynamodb
