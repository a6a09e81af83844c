#include "emulator/services/dynamodb/partiql/partiql_lexer.h"

#include <algorithm>

#include "emulator/base/characters.h"

namespace millrace::dynamodb {
namespace {

using Kind = PartiqlToken::Kind;

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}
bool is_word(char c) {
  return is_letter(c) || is_digit(c) || c == '_' || c == '$';
}

/// The first character that is neither blank nor part of a comment: `-- to the end of the line`, `/* ... */`; npos if
/// one of the latter never ends.
size_t skip_blank(std::string_view text, size_t at) {
  for (;;) {
    while (at < text.size() && is_space(text[at])) ++at;
    const std::string_view two = text.substr(std::min(at, text.size()), 2);
    if (two != "--" && two != "/*") return at;
    const std::string_view end = two == "--" ? "\n" : "*/";
    const size_t found = text.find(end, at + 2);
    if (found == std::string_view::npos) return two == "--" ? text.size() : found;
    at = found + end.size();
  }
}

/// Text between two quotes, a doubled quote standing for one; false if it never ends.
bool take_quoted(std::string_view text, size_t& at, std::string& out) {
  const char quote = text[at++];
  while (at < text.size()) {
    char c = text[at++];
    if (c != quote) {
      out.push_back(c);
    } else if (at < text.size() && text[at] == quote) {
      out.push_back(quote);
      ++at;
    } else {
      return true;
    }
  }
  return false;
}

/// 12, 1.5, .5, 1e-3
size_t number_end(std::string_view text, size_t at) {
  auto digits = [&] {
    while (at < text.size() && is_digit(text[at])) ++at;
  };
  digits();
  if (at < text.size() && text[at] == '.') {
    ++at;
    digits();
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    size_t mark = at++;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    if (at == text.size() || !is_digit(text[at])) return mark;
    digits();
  }
  return at;
}

size_t symbol_size(std::string_view text, size_t at) {
  for (std::string_view two : {"<>", "!=", "<=", ">=", "<<", ">>"}) {
    if (text.substr(at, 2) == two) return 2;
  }
  return std::string_view("=<>(),.[]{}:+-*;").find(text[at]) != std::string_view::npos ? 1 : 0;
}

}  // namespace

std::optional<std::vector<PartiqlToken>> tokenize_partiql(std::string_view text) {
  std::vector<PartiqlToken> tokens;
  size_t at = 0;
  for (;;) {
    at = skip_blank(text, at);
    if (at == std::string_view::npos) return std::nullopt;
    PartiqlToken token;
    token.from = at;
    if (at == text.size()) {
      tokens.push_back(token);
      return tokens;
    }
    const char c = text[at];
    const bool number = is_digit(c) || (c == '.' && at + 1 < text.size() && is_digit(text[at + 1]) &&
                                        (tokens.empty() || tokens.back().kind == Kind::symbol));
    if (c == '\'' || c == '"') {
      token.kind = c == '"' ? Kind::quoted_word : Kind::string;
      if (!take_quoted(text, at, token.text)) return std::nullopt;
    } else if (number) {
      token.kind = Kind::number;
      size_t end = number_end(text, at);
      token.text = text.substr(at, end - at);
      at = end;
    } else if (is_word(c)) {
      token.kind = Kind::word;
      while (at < text.size() && is_word(text[at])) token.text.push_back(text[at++]);
    } else if (c == '?') {
      token.kind = Kind::parameter;
      token.text = "?";
      ++at;
    } else if (size_t size = symbol_size(text, at)) {
      token.kind = Kind::symbol;
      token.text = text.substr(at, size);
      at += size;
    } else {
      return std::nullopt;
    }
    token.size = at - token.from;
    tokens.push_back(std::move(token));
  }
}

}  // namespace millrace::dynamodb
