#include "emulator/services/dynamodb/expression/lexer.h"

#include "emulator/base/characters.h"

namespace millrace::dynamodb {
namespace {

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}
bool is_word(char c) {
  return is_letter(c) || is_digit(c) || c == '_';
}

size_t skip(std::string_view text, size_t at, bool (*belongs)(char)) {
  while (at < text.size() && belongs(text[at])) ++at;
  return at;
}

/// Bytes of the UTF-8 character at `at`.
size_t character_size(std::string_view text, size_t at) {
  size_t size = 1;
  while (at + size < text.size() && (static_cast<unsigned char>(text[at + size]) & 0xc0) == 0x80) ++size;
  return size;
}

size_t symbol_size(std::string_view text, size_t at) {
  std::string_view two = text.substr(at, 2);
  if (two == "<>" || two == "<=" || two == ">=") return 2;
  return std::string_view("=<>+-(),.[]").find(text[at]) != std::string_view::npos ? 1 : 0;
}

Token next_token(std::string_view text, size_t at) {
  auto token = [&](TokenKind kind, size_t end) { return Token{kind, at, text.substr(at, end - at)}; };
  if (at == text.size()) return token(TokenKind::end, at);
  char c = text[at];
  if (is_letter(c)) return token(TokenKind::name, skip(text, at, is_word));
  if (is_digit(c)) return token(TokenKind::number, skip(text, at, is_digit));
  if (c == '#' || c == ':') {
    size_t end = skip(text, at + 1, is_word);
    if (end > at + 1) return token(c == '#' ? TokenKind::name_placeholder : TokenKind::value_placeholder, end);
  }
  if (size_t size = symbol_size(text, at)) return token(TokenKind::symbol, at + size);
  return token(TokenKind::unknown, at + character_size(text, at));
}

}  // namespace

std::vector<Token> tokenize(std::string_view expression) {
  std::vector<Token> tokens;
  size_t at = 0;
  do {
    at = skip(expression, at, is_space);
    tokens.push_back(next_token(expression, at));
    at += tokens.back().text.size();
  } while (tokens.back().kind != TokenKind::end);
  return tokens;
}

std::string syntax_error(std::string_view expression, const std::vector<Token>& tokens, size_t at) {
  const Token& token = tokens[at];
  size_t from = at > 0 ? tokens[at - 1].from : token.from;
  const Token& last = token.kind == TokenKind::end            ? tokens[at > 0 ? at - 1 : 0]
                      : tokens[at + 1].kind == TokenKind::end ? token
                                                              : tokens[at + 1];
  std::string shown = token.kind == TokenKind::end ? "<EOF>" : std::string(token.text);
  std::string near(expression.substr(from, last.from + last.text.size() - from));
  return "Syntax error; token: \"" + shown + "\", near: \"" + near + "\"";
}

}  // namespace millrace::dynamodb
