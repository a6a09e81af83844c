#pragma once
// What the parsers of filter patterns share: tokens off the front of a text.

#include <cctype>
#include <string_view>

namespace millrace::logs {

class FilterScanner {
 protected:
  explicit FilterScanner(std::string_view text) : rest_(text) {}
  void skip() {
    while (!rest_.empty() && std::isspace(static_cast<unsigned char>(rest_.front()))) rest_.remove_prefix(1);
  }
  /// True if the token stands next, behind blanks; it is taken off then.
  bool take(std::string_view token) {
    skip();
    if (!rest_.starts_with(token)) return false;
    rest_.remove_prefix(token.size());
    return true;
  }

  std::string_view rest_;
};

}  // namespace millrace::logs
