#pragma once
// Reads a query's text piece by piece. Which pieces may come is the parser's to know (a slash divides or begins a regular
// expression), so there is no separate list of tokens.

#include <optional>
#include <string>
#include <string_view>

namespace millrace::logs::insights {

class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  /// Skips blanks and `# comments`.
  void skip();
  bool at_end();
  size_t position() const { return at_; }
  void rewind(size_t position) { at_ = position; }
  std::string_view between(size_t from, size_t to) const { return text_.substr(from, to - from); }

  /// Takes the symbol if it comes next.
  bool take(std::string_view symbol);
  /// Takes the word, whatever its case, if it comes next as a whole.
  bool take_word(std::string_view word);
  bool next_is(std::string_view symbol);
  /// The next name: words of letters, digits, `_ @ .`, parts in backticks, `[0]` after a name as ".0"; nullopt if there
  /// is none.
  std::optional<std::string> take_name();
  std::optional<double> take_number();
  /// Text in single or double quotes, with backslash escapes.
  std::optional<std::string> take_string();
  /// Text between slashes; `\/` stands for a slash.
  std::optional<std::string> take_regex();

 private:
  bool take_index(std::string& name);

  std::string_view text_;
  size_t at_ = 0;
};

}  // namespace millrace::logs::insights
