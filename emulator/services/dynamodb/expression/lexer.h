#pragma once
// Cuts an expression's text into tokens. Every byte belongs to a token or is white space; what fits nowhere is a
// token of its own, so that the parser can name it in its error.

#include <string>
#include <string_view>
#include <vector>

namespace millrace::dynamodb {

enum class TokenKind {
  name,               // attribute or function name, keyword
  name_placeholder,   // #n
  value_placeholder,  // :v
  number,             // digits
  symbol,             // = <> < <= > >= + - ( ) , . [ ]
  unknown,
  end,
};

struct Token {
  TokenKind kind = TokenKind::end;
  size_t from = 0;        // where it begins in the expression
  std::string_view text;  // empty at the end
};

/// The tokens, the last one being `end`. They point into `expression`.
std::vector<Token> tokenize(std::string_view expression);

/// `Syntax error; token: "b", near: "a b c"`: the token with its neighbours, as written.
std::string syntax_error(std::string_view expression, const std::vector<Token>& tokens, size_t at);

}  // namespace millrace::dynamodb
