#include "emulator/services/dynamodb/partiql/syntax_words.h"

#include <algorithm>

#include "emulator/base/encoding.h"

namespace millrace::dynamodb {
namespace {

using Kind = PartiqlToken::Kind;

// Those of SQL's keywords that a statement can run into by mistake.
constexpr std::string_view kKeywords[] = {
    "ALL",    "AND",      "AS",     "ASC",    "AT",      "BETWEEN", "BY",    "CREATE", "CROSS",     "DELETE",
    "DESC",   "DISTINCT", "DROP",   "ESCAPE", "EXISTS",  "FROM",    "FULL",  "GROUP",  "HAVING",    "IN",
    "INNER",  "INSERT",   "INTO",   "IS",     "JOIN",    "LEFT",    "LET",   "LIKE",   "LIMIT",     "MISSING",
    "NOT",    "NULL",     "OFFSET", "ON",     "OR",      "ORDER",   "OUTER", "REMOVE", "RETURNING", "RIGHT",
    "SELECT", "SET",      "TABLE",  "UNION",  "UNPIVOT", "UPDATE",  "VALUE", "VALUES", "WHERE",     "WITH"};

size_t characters(std::string_view text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

}  // namespace

bool is_keyword(const PartiqlToken& token) {
  return token.kind == Kind::word && std::any_of(std::begin(kKeywords), std::end(kKeywords),
                                                 [&](auto word) { return equals_ignore_case(token.text, word); });
}

std::string unexpected(const PartiqlToken& token) {
  // The reference implementation's lexer takes these for operators.
  const bool is_word = token.kind == Kind::word;
  if (is_word && (equals_ignore_case(token.text, "IS") || equals_ignore_case(token.text, "LIKE"))) {
    return "Unexpected operator";
  }
  if (is_keyword(token)) return "Unexpected keyword";
  const bool is_operator = token.kind == Kind::symbol &&
                           std::string_view("= <> != < <= > >= * + -").find(token.text) != std::string_view::npos;
  return is_operator ? "Unexpected operator" : "Unexpected term";
}

std::string expected_symbol(std::string_view symbol) {
  static constexpr std::pair<std::string_view, const char*> kNames[] = {{"(", "LEFT_PAREN"},
                                                                        {")", "RIGHT_PAREN"},
                                                                        {"[", "LEFT_BRACKET"},
                                                                        {"]", "RIGHT_BRACKET"},
                                                                        {"{", "LEFT_CURLY"},
                                                                        {"}", "RIGHT_CURLY"},
                                                                        {":", "COLON"},
                                                                        {">>", "RIGHT_DOUBLE_ANGLE_BRACKET"},
                                                                        {"<<", "LEFT_DOUBLE_ANGLE_BRACKET"},
                                                                        {"*", "STAR"}};
  for (const auto& [text, name] : kNames) {
    if (text == symbol) return std::string("Expected ") + name;
  }
  return "Expected " + std::string(symbol);
}

std::string location(std::string_view statement, const PartiqlToken& token) {
  const std::string_view before = statement.substr(0, token.from);
  const size_t line = 1 + static_cast<size_t>(std::count(before.begin(), before.end(), '\n'));
  const size_t line_begin = before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1;
  return "at " + std::to_string(line) + ":" + std::to_string(1 + characters(before.substr(line_begin))) + ":" +
         std::to_string(std::max<size_t>(1, characters(statement.substr(token.from, token.size))));
}

}  // namespace millrace::dynamodb
