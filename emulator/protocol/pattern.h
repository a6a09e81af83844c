#pragma once
// A shape's regular expression. std::regex: RE2 doesn't know the lookaheads that some of AWS's patterns have.

#include <mutex>
#include <regex>
#include <string>
#include <string_view>

namespace millrace::protocol {

/// Compiled when it is first asked for: all of them together would be a third of a start.
class Pattern {
 public:
  explicit Pattern(std::string regex) : text(std::move(regex)) {}

  bool matches(std::string_view value) {
    std::call_once(once_, [this] { compiled_.assign(text, std::regex::ECMAScript | std::regex::optimize); });
    return std::regex_match(value.begin(), value.end(), compiled_);
  }

  const std::string text;

 private:
  std::once_flag once_;
  std::regex compiled_;
};

}  // namespace millrace::protocol
