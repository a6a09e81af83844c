#pragma once
// ASCII characters: what <cctype> says depends on the locale and on char's sign.

namespace millrace {

constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
constexpr bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

}  // namespace millrace
