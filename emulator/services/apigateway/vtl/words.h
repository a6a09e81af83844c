#pragma once
// Names and operators of the template language.

#include <string_view>

namespace millrace::apigateway::vtl {

inline bool is_name_start(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
inline bool is_name_char(char c) {
  return is_name_start(c) || (c >= '0' && c <= '9') || c == '-';
}

struct Operator {
  const char* op = "";  // "": none
  size_t length = 0;    // as written
};

/// The operator that `rest` begins with if it is one of the level's: 0 binds loosest (||), 5 tightest (*). Words stand for
/// signs.
inline Operator operator_at(std::string_view rest, int level) {
  struct Sign {
    const char* written;
    const char* op;
    int level;
  };
  static constexpr Sign kSigns[] = {
      {"||", "||", 0}, {"or", "||", 0}, {"&&", "&&", 1}, {"and", "&&", 1}, {"==", "==", 2}, {"eq", "==", 2},
      {"!=", "!=", 2}, {"ne", "!=", 2}, {"<=", "<=", 3}, {"le", "<=", 3},  {">=", ">=", 3}, {"ge", ">=", 3},
      {"<", "<", 3},   {"lt", "<", 3},  {">", ">", 3},   {"gt", ">", 3},   {"+", "+", 4},   {"-", "-", 4},
      {"*", "*", 5},   {"/", "/", 5},   {"%", "%", 5}};
  for (const Sign& sign : kSigns) {
    const std::string_view written = sign.written;
    if (sign.level != level || !rest.starts_with(written)) continue;
    if (is_name_start(written[0]) && rest.size() > written.size() && is_name_char(rest[written.size()])) continue;
    return {sign.op, written.size()};
  }
  return {};
}

}  // namespace millrace::apigateway::vtl
