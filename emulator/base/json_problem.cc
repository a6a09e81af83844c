#include "emulator/base/json_problem.h"

#include <fmt/format.h>

#include <cctype>
#include <utility>
#include <vector>

#include "emulator/base/characters.h"

namespace millrace {

namespace {

constexpr size_t kDepthMax = 1000;  // Jackson's own bound
constexpr const char* kValidValues = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')";

bool is_name_part(char c) {
  auto byte = static_cast<unsigned char>(c);
  return isalnum(byte) || c == '_' || c == '$' || byte >= 0x80;
}

/// The offset of the first byte at which the text stops being UTF-8; npos if it is.
size_t first_bad_byte(std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    auto c = static_cast<unsigned char>(text[i]);
    size_t length = c < 0x80                ? 1
                    : c >= 0xc2 && c < 0xe0 ? 2
                    : c >= 0xe0 && c < 0xf0 ? 3
                    : c >= 0xf0 && c < 0xf5 ? 4
                                            : 0;
    if (length == 0 || i + length > text.size()) return i;
    for (size_t k = 1; k < length; ++k) {
      if ((static_cast<unsigned char>(text[i + k]) & 0xc0) != 0x80) return i;
    }
    i += length;
  }
  return std::string_view::npos;
}

/// Reads a value part by part and stops at the first problem. No recursion: what is open stands in a list.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  std::optional<std::string> run() {
    if (text_.starts_with("\xef\xbb\xbf")) at_ = 3;
    if (size_t bad = first_bad_byte(text_); bad != std::string_view::npos) {
      // Jackson's column counts the byte after the bad one [rec].
      fail(fmt::format("Invalid UTF-8 start byte 0x{:02x}", static_cast<unsigned char>(text_[bad])), bad + 1);
    } else if (skip_space(); at_end()) {
      fail("No content to map due to end-of-input", at_);
    } else if (value() && rest_of_open() && !(skip_space(), at_end())) {
      // unverified: whether AWS looks at what follows the value; handlers couldn't read it.
      unexpected_value();
    }
    return problem_;
  }

 private:
  struct Open {
    bool object;
    size_t start;
  };

  bool at_end() const { return at_ >= text_.size(); }
  char here() const { return text_[at_]; }
  void skip_space() {
    while (!at_end() && (here() == ' ' || here() == '\t' || here() == '\n' || here() == '\r')) ++at_;
  }
  const char* kind() const { return open_.empty() ? "root" : open_.back().object ? "Object" : "Array"; }

  std::string place(size_t at) const {
    size_t line = 1, column = 1;
    for (size_t i = 0; i < at && i < text_.size(); ++i) {
      column = text_[i] == '\n' ? 1 : column + 1;
      line += text_[i] == '\n';
    }
    if (at > text_.size()) column += at - text_.size();
    return fmt::format(
        "[Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: {}, column: {}]", line,
        column);
  }
  bool fail(const std::string& what, size_t at) {
    problem_ = what + "\n at " + place(at);
    return false;
  }
  bool unexpected(const std::string& expected) {
    return fail(fmt::format("Unexpected character ('{}' (code {})){}", here(),
                            static_cast<int>(static_cast<unsigned char>(here())), expected),
                at_);
  }
  bool ends_between() { return fail(fmt::format("Unexpected end-of-input within/between {} entries", kind()), at_); }

  /// Something that begins no value.
  bool unexpected_value() {
    if (!is_name_part(here())) return unexpected(std::string(": expected a valid value ") + kValidValues);
    size_t begin = at_;
    while (!at_end() && is_name_part(here())) ++at_;
    std::string token(text_.substr(begin, at_ - begin));
    if (token == "NaN" || token == "Infinity")
      return fail("Non-standard token '" + token + "': enable `JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS` to allow",
                  at_);
    return fail("Unrecognized token '" + token + "': was expecting " + kValidValues, at_);
  }

  /// A value, or the beginning of an object or an array with something in it.
  bool value() {
    skip_space();
    if (at_end()) return ends_between();
    char c = here();
    if (c == '{' || c == '[') return begin_of(c == '{');
    if (c == '"') return string("a string value");
    if (c == '-' || is_digit(c)) return number();
    for (std::string_view word : {"true", "false", "null"}) {
      if (text_.substr(at_, word.size()) != word) continue;
      if (at_ + word.size() < text_.size() && is_name_part(text_[at_ + word.size()])) break;
      at_ += word.size();
      return true;
    }
    return unexpected_value();
  }

  bool begin_of(bool object) {
    if (open_.size() >= kDepthMax)
      return fail(fmt::format("Document nesting depth ({}) exceeds the maximum allowed ({}, from "
                              "`StreamReadConstraints.getMaxNestingDepth()`)",
                              kDepthMax + 1, kDepthMax),
                  at_);
    open_.push_back({object, at_++});
    skip_space();
    if (at_end()) return ends_open();
    if (here() == (object ? '}' : ']')) {
      ++at_;
      open_.pop_back();
      return true;
    }
    return object ? name() : deeper();
  }
  /// The next value of what is open; its own beginning was all that was read so far.
  bool deeper() {
    pending_value_ = true;
    return true;
  }
  bool ends_open() {
    return fail(fmt::format("Unexpected end-of-input: expected close marker for {} (start marker at {})", kind(),
                            place(open_.back().start)),
                at_);
  }

  bool name() {
    skip_space();
    if (at_end()) return ends_between();
    if (here() != '"') return unexpected(": was expecting double-quote to start field name");
    if (!string("field name")) return false;
    skip_space();
    if (at_end()) return ends_between();
    if (here() != ':') return unexpected(": was expecting a colon to separate field name and value");
    ++at_;
    return deeper();
  }

  /// Until everything that was opened is closed.
  bool rest_of_open() {
    while (!open_.empty() || pending_value_) {
      if (std::exchange(pending_value_, false)) {
        if (!value()) return false;
        continue;
      }
      skip_space();
      if (at_end()) return ends_open();
      bool object = open_.back().object;
      if (here() == (object ? '}' : ']')) {
        ++at_;
        open_.pop_back();
      } else if (here() == (object ? ']' : '}')) {
        return fail(fmt::format("Unexpected close marker '{}': expected '{}' (for {} starting at {})", here(),
                                object ? '}' : ']', kind(), place(open_.back().start)),
                    at_);
      } else if (here() == ',') {
        ++at_;
        if (object ? !name() : !deeper()) return false;
      } else {
        return unexpected(fmt::format(": was expecting comma to separate {} entries", kind()));
      }
    }
    return true;
  }

  bool string(const char* what) {
    for (++at_; !at_end(); ++at_) {
      auto c = static_cast<unsigned char>(here());
      if (c == '"') {
        ++at_;
        return true;
      }
      if (c < 0x20)
        return fail(fmt::format("Illegal unquoted character ((CTRL-CHAR, code {})): has to be escaped using backslash "
                                "to be included in {}",
                                c, std::string_view(what) == "field name" ? "name" : "string value"),
                    at_);
      if (c == '\\' && !escape()) return false;
    }
    return fail(std::string("Unexpected end-of-input") + (std::string_view(what) == "field name"
                                                              ? " in field name"
                                                              : ": was expecting closing quote for a string value"),
                at_);
  }
  bool escape() {
    if (++at_ >= text_.size()) return fail("Unexpected end-of-input in character escape sequence", at_);
    if (std::string_view("\"\\/bfnrt").find(here()) != std::string_view::npos) return true;
    if (here() != 'u')
      return fail(fmt::format("Unrecognized character escape '{}' (code {})", here(),
                              static_cast<int>(static_cast<unsigned char>(here()))),
                  at_);
    for (int i = 0; i < 4; ++i) {
      if (++at_ >= text_.size()) return fail("Unexpected end-of-input in character escape sequence", at_);
      if (!isxdigit(static_cast<unsigned char>(here())))
        return unexpected(": expected a hex-digit for character escape sequence");
    }
    return true;
  }

  bool digits(const char* expected) {
    if (at_end()) return fail("Unexpected end-of-input in numeric value", at_);
    if (!is_digit(here())) return unexpected(std::string(" in numeric value: ") + expected);
    while (!at_end() && is_digit(here())) ++at_;
    return true;
  }
  bool number() {
    if (here() == '-') ++at_;
    size_t first = at_;
    if (!digits("expected digit (0-9) to follow minus sign, for valid numeric value")) return false;
    if (text_[first] == '0' && at_ - first > 1)
      return fail("Invalid numeric value: Leading zeroes not allowed", first + 1);
    if (!at_end() && here() == '.' && (++at_, !digits("Decimal point not followed by a digit"))) return false;
    if (!at_end() && (here() == 'e' || here() == 'E')) {
      ++at_;
      if (!at_end() && (here() == '+' || here() == '-')) ++at_;
      if (!digits("Exponent indicator not followed by a digit")) return false;
    }
    if (open_.empty() && !at_end() && std::string_view(" \t\r\n").find(here()) == std::string_view::npos)
      return unexpected(": Expected space separating root-level values");
    return true;
  }

  std::string_view text_;
  size_t at_ = 0;
  bool pending_value_ = false;
  std::vector<Open> open_;
  std::optional<std::string> problem_;
};

}  // namespace

std::optional<std::string> json_problem(std::string_view text) {
  return Reader(text).run();
}

}  // namespace millrace
