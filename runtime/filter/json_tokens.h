#pragma once
// A strict JSON reader that hands out one token at a time and keeps numbers as they were written, because
// filter patterns compare numbers that a double can't hold by their text. Nothing is built, so a document
// costs no allocation beyond strings with escapes.

#include <string>
#include <string_view>

namespace millrace::filter {

enum class Token {
  begin_object,
  end_object,
  begin_array,
  end_array,
  name,
  string,
  number,
  true_value,
  false_value,
  null_value,
  end,    // of the text, where a value or name could not follow
  error,  // not JSON, or nested more than nesting_max deep
};

class JsonTokens {
 public:
  /// Deeper documents are refused: the readers on top recurse.
  static constexpr int nesting_max = 256;

  explicit JsonTokens(std::string_view text) : rest_(text) {}

  /// The next token. After the document's end, `end`; after an error, `error` for good.
  Token next();
  /// The decoded name or string, or the number's characters; valid until the next call of next().
  std::string_view text() const { return text_; }
  /// How many characters are left.
  size_t unread() const { return rest_.size(); }
  /// Skips the rest of the value whose first token was `first`. False on an error.
  bool skip(Token first);

 private:
  enum class Expect : char { value, value_or_end, name_or_end, name, comma_or_end, nothing };

  Token fail() {
    failed_ = true;
    return Token::error;
  }
  Token value_token(char c);
  Token close(char c);
  Token after_value(Token token);
  bool read_string();
  bool read_escape();
  bool read_unicode();
  bool read_number();
  bool read_word(std::string_view word);
  void skip_space();

  std::string_view rest_;
  std::string_view text_;
  std::string decoded_;
  std::string levels_;  // '{' or '[' per open container
  Expect expect_ = Expect::value;
  bool failed_ = false;
};

}  // namespace millrace::filter
