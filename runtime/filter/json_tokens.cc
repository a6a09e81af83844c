#include "runtime/filter/json_tokens.h"

#include <cstdint>

#include "emulator/base/characters.h"
#include "emulator/base/utf8.h"

namespace millrace::filter {

namespace {

/// Four hex digits at the front of `text`; -1 if they aren't there.
int hex4(std::string_view text) {
  if (text.size() < 4) return -1;
  int code = 0;
  for (char c : text.substr(0, 4)) {
    int digit = is_digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
    if (digit < 0) return -1;
    code = code * 16 + digit;
  }
  return code;
}

}  // namespace

void JsonTokens::skip_space() {
  size_t i = rest_.find_first_not_of(" \t\r\n");
  rest_.remove_prefix(i == std::string_view::npos ? rest_.size() : i);
}

Token JsonTokens::next() {
  if (failed_) return Token::error;
  if (expect_ == Expect::nothing) return Token::end;
  skip_space();
  if (rest_.empty()) return fail();
  char c = rest_.front();
  if (expect_ == Expect::comma_or_end) {
    if (c == '}' || c == ']') return close(c);
    if (c != ',') return fail();
    rest_.remove_prefix(1);
    skip_space();
    if (rest_.empty()) return fail();
    c = rest_.front();
    expect_ = levels_.back() == '{' ? Expect::name : Expect::value;
  }
  if (expect_ == Expect::name_or_end || expect_ == Expect::name) {
    if (c == '}' && expect_ == Expect::name_or_end) return close(c);
    if (c != '"' || !read_string()) return fail();
    skip_space();
    if (rest_.empty() || rest_.front() != ':') return fail();
    rest_.remove_prefix(1);
    expect_ = Expect::value;
    return Token::name;
  }
  if (c == ']' && expect_ == Expect::value_or_end) return close(c);
  return value_token(c);
}

Token JsonTokens::value_token(char c) {
  switch (c) {
    case '{':
    case '[':
      if (levels_.size() >= nesting_max) return fail();
      rest_.remove_prefix(1);
      levels_ += c;
      expect_ = c == '{' ? Expect::name_or_end : Expect::value_or_end;
      return c == '{' ? Token::begin_object : Token::begin_array;
    case '"': return read_string() ? after_value(Token::string) : fail();
    case 't': return read_word("true") ? after_value(Token::true_value) : fail();
    case 'f': return read_word("false") ? after_value(Token::false_value) : fail();
    case 'n': return read_word("null") ? after_value(Token::null_value) : fail();
    default: return read_number() ? after_value(Token::number) : fail();
  }
}

Token JsonTokens::close(char c) {
  bool object = levels_.back() == '{';
  if (object != (c == '}')) return fail();
  rest_.remove_prefix(1);
  levels_.pop_back();
  return after_value(object ? Token::end_object : Token::end_array);
}

Token JsonTokens::after_value(Token token) {
  expect_ = levels_.empty() ? Expect::nothing : Expect::comma_or_end;
  return token;
}

bool JsonTokens::read_string() {
  rest_.remove_prefix(1);
  size_t plain = 0;
  while (plain < rest_.size() && rest_[plain] != '"' && rest_[plain] != '\\' &&
         static_cast<unsigned char>(rest_[plain]) >= 0x20) {
    ++plain;
  }
  if (plain == rest_.size()) return false;
  if (rest_[plain] == '"') {  // the usual case: nothing to decode
    text_ = rest_.substr(0, plain);
    rest_.remove_prefix(plain + 1);
    return true;
  }
  decoded_.assign(rest_.substr(0, plain));
  rest_.remove_prefix(plain);
  while (!rest_.empty()) {
    char c = rest_.front();
    rest_.remove_prefix(1);
    if (c == '"') {
      text_ = decoded_;
      return true;
    }
    if (c == '\\') {
      if (!read_escape()) return false;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      return false;
    } else {
      decoded_ += c;
    }
  }
  return false;
}

bool JsonTokens::read_escape() {
  if (rest_.empty()) return false;
  char c = rest_.front();
  rest_.remove_prefix(1);
  switch (c) {
    case '"':
    case '\\':
    case '/': decoded_ += c; return true;
    case 'b': decoded_ += '\b'; return true;
    case 'f': decoded_ += '\f'; return true;
    case 'n': decoded_ += '\n'; return true;
    case 'r': decoded_ += '\r'; return true;
    case 't': decoded_ += '\t'; return true;
    case 'u': return read_unicode();
    default: return false;
  }
}

bool JsonTokens::read_unicode() {
  int code = hex4(rest_);
  if (code < 0) return false;
  rest_.remove_prefix(4);
  if (code >= 0xD800 && code <= 0xDBFF && rest_.substr(0, 2) == "\\u") {
    int low = hex4(rest_.substr(2));
    if (low >= 0xDC00 && low <= 0xDFFF) {
      rest_.remove_prefix(6);
      append_utf8(decoded_, 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00));
      return true;
    }
  }
  append_utf8(decoded_, static_cast<uint32_t>(code));  // a lone surrogate stays one: it equals only itself
  return true;
}

bool JsonTokens::read_number() {
  size_t i = 0;
  auto at = [&](size_t k) { return k < rest_.size() ? rest_[k] : '\0'; };
  auto digits = [&] {
    size_t start = i;
    while (is_digit(at(i))) ++i;
    return i > start;
  };
  if (at(i) == '-') ++i;
  if (at(i) == '0')
    ++i;
  else if (!digits())
    return false;
  if (at(i) == '.') {
    ++i;
    if (!digits()) return false;
  }
  if (at(i) == 'e' || at(i) == 'E') {
    ++i;
    if (at(i) == '+' || at(i) == '-') ++i;
    if (!digits()) return false;
  }
  if (is_digit(at(i))) return false;  // 01
  text_ = rest_.substr(0, i);
  rest_.remove_prefix(i);
  return true;
}

bool JsonTokens::read_word(std::string_view word) {
  if (rest_.substr(0, word.size()) != word) return false;
  text_ = rest_.substr(0, word.size());
  rest_.remove_prefix(word.size());
  return true;
}

bool JsonTokens::skip(Token first) {
  if (first != Token::begin_object && first != Token::begin_array) return first != Token::error && first != Token::end;
  size_t depth = levels_.size();
  for (;;) {
    Token token = next();
    if (token == Token::error || token == Token::end) return false;
    if (levels_.size() < depth) return true;
  }
}

}  // namespace millrace::filter
