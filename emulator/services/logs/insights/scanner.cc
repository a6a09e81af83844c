#include "emulator/services/logs/insights/scanner.h"

#include <cctype>
#include <charconv>

#include "emulator/base/encoding.h"

namespace millrace::logs::insights {

namespace {
bool begins_name(char c) {
  return std::isalpha(static_cast<unsigned char>(c)) || c == '_' || c == '@';
}
bool continues_name(char c) {
  return begins_name(c) || std::isdigit(static_cast<unsigned char>(c)) || c == '.';
}
}  // namespace

void Scanner::skip() {
  while (at_ < text_.size()) {
    if (std::isspace(static_cast<unsigned char>(text_[at_])))
      ++at_;
    else if (text_[at_] == '#')
      at_ = std::min(text_.find('\n', at_), text_.size());
    else
      return;
  }
}

bool Scanner::at_end() {
  skip();
  return at_ == text_.size();
}

bool Scanner::next_is(std::string_view symbol) {
  skip();
  return text_.substr(at_).starts_with(symbol);
}

bool Scanner::take(std::string_view symbol) {
  if (!next_is(symbol)) return false;
  at_ += symbol.size();
  return true;
}

bool Scanner::take_word(std::string_view word) {
  skip();
  size_t end = at_ + word.size();
  if (end > text_.size() || !equals_ignore_case(text_.substr(at_, word.size()), word)) return false;
  if (end < text_.size() && continues_name(text_[end])) return false;
  at_ = end;
  return true;
}

std::optional<std::string> Scanner::take_name() {
  skip();
  size_t begin = at_;
  std::string name;
  for (bool more = true; more && at_ < text_.size();) {
    char c = text_[at_];
    if (name.empty() ? begins_name(c) : continues_name(c)) {
      name.push_back(c);
      ++at_;
    } else if (c == '`' && (name.empty() || name.back() == '.')) {
      size_t end = text_.find('`', at_ + 1);
      if (end == std::string_view::npos) break;
      name.append(text_, at_ + 1, end - at_ - 1);
      at_ = end + 1;
    } else {
      more = !name.empty() && take_index(name);
    }
  }
  if (at_ == begin || name.empty()) return std::nullopt;
  return name;
}

bool Scanner::take_index(std::string& name) {
  size_t end = text_.find_first_not_of("0123456789", at_ + 1);
  if (text_[at_] != '[' || end == at_ + 1 || end == std::string_view::npos || text_[end] != ']') return false;
  name.append(".").append(text_, at_ + 1, end - at_ - 1);
  at_ = end + 1;
  return true;
}

std::optional<double> Scanner::take_number() {
  skip();
  if (at_ == text_.size() || !(std::isdigit(static_cast<unsigned char>(text_[at_])) || text_[at_] == '.'))
    return std::nullopt;
  double value = 0;
  auto [end, error] = std::from_chars(text_.data() + at_, text_.data() + text_.size(), value);
  if (error != std::errc()) return std::nullopt;
  at_ = static_cast<size_t>(end - text_.data());
  return value;
}

std::optional<std::string> Scanner::take_string() {
  skip();
  if (at_ == text_.size() || (text_[at_] != '"' && text_[at_] != '\'')) return std::nullopt;
  char quote = text_[at_];
  std::string out;
  for (size_t i = at_ + 1; i < text_.size(); ++i) {
    if (text_[i] == quote) {
      at_ = i + 1;
      return out;
    }
    if (text_[i] == '\\' && i + 1 < text_.size()) {
      ++i;
      char c = text_[i];
      out.push_back(c == 'n' ? '\n' : c == 't' ? '\t' : c == 'r' ? '\r' : c);
    } else {
      out.push_back(text_[i]);
    }
  }
  return std::nullopt;
}

std::optional<std::string> Scanner::take_regex() {
  skip();
  if (at_ == text_.size() || text_[at_] != '/') return std::nullopt;
  std::string out;
  for (size_t i = at_ + 1; i < text_.size(); ++i) {
    if (text_[i] == '/') {
      at_ = i + 1;
      return out;
    }
    if (text_[i] == '\\' && i + 1 < text_.size()) {
      if (text_[i + 1] != '/') out.push_back('\\');
      ++i;
    }
    out.push_back(text_[i]);
  }
  return std::nullopt;
}

}  // namespace millrace::logs::insights
