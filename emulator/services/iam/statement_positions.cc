#include "emulator/services/iam/statement_positions.h"

namespace millrace::iam {
namespace {

/// Walks the text once, keeping line, column and depth; texts are skipped whole.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  std::vector<StatementPosition> run() {
    std::vector<StatementPosition> found;
    StatementPosition open;
    int statement_depth = 0;  // of the objects wanted: 2 for a single statement, 3 in a list
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '"') {
        const std::string_view word = skip_text();
        // At depth 1 a text is a member's name or a plain value.
        if (depth_ == 1 && word == "Statement") statement_depth = next_is_list() ? 3 : 2;
        continue;
      }
      if (c == '{' || c == '[') {
        ++depth_;
        if (c == '{' && depth_ == statement_depth) open = {line_, column_ + 1, 0, 0};
      } else if (c == '}' || c == ']') {
        if (c == '}' && depth_ == statement_depth) {
          open.end_line = line_;
          open.end_column = column_ + 1;
          found.push_back(open);
        }
        --depth_;
        if (depth_ == 1) statement_depth = 0;
      }
      advance();
    }
    return found;
  }

 private:
  void advance() {
    if (text_[at_] == '\n') {
      ++line_;
      column_ = 0;
    }
    ++column_;
    ++at_;
  }

  std::string_view skip_text() {
    advance();
    const size_t start = at_;
    while (at_ < text_.size() && text_[at_] != '"') {
      if (text_[at_] == '\\') advance();
      if (at_ < text_.size()) advance();
    }
    const std::string_view word = text_.substr(start, at_ - start);
    if (at_ < text_.size()) advance();
    return word;
  }

  bool next_is_list() const {
    const size_t next = text_.find_first_not_of(" \t\r\n:", at_);
    return next != std::string_view::npos && text_[next] == '[';
  }

  std::string_view text_;
  size_t at_ = 0;
  int line_ = 1, column_ = 1, depth_ = 0;
};

}  // namespace

std::vector<StatementPosition> statement_positions(std::string_view document) {
  return Scanner(document).run();
}

}  // namespace millrace::iam
