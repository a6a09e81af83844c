// The rules of composite alarms: ALARM("a") AND (OK(b) OR NOT INSUFFICIENT_DATA(c)), AT_LEAST(2, ALARM, (a, b, c)), TRUE, FALSE.

#include <cmath>

#include "emulator/services/cloudwatch/alarms.h"

namespace millrace::cloudwatch {

namespace {

constexpr int kNestingMax = 50;

class RuleReader {
 public:
  RuleReader(const std::string& text, const std::function<std::string(const std::string&)>& state_of)
      : text_(text), state_of_(state_of) {}

  Result<bool> all() {
    TRY(bool value, either());
    skip();
    if (at_ != text_.size()) return bad();
    return value;
  }

 private:
  AwsError bad() const {
    return {errors::validation, "AlarmRule must not contain invalid expression: " + text_};  // unverified: the words
  }
  void skip() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_]))) ++at_;
  }
  bool take(std::string_view word) {
    skip();
    if (text_.compare(at_, word.size(), word) != 0) return false;
    const size_t after = at_ + word.size();
    const bool letters = std::isalpha(static_cast<unsigned char>(word[0]));
    if (letters && after < text_.size() &&
        (std::isalnum(static_cast<unsigned char>(text_[after])) || text_[after] == '_'))
      return false;
    at_ = after;
    return true;
  }
  Result<bool> either() {
    if (++depth_ > kNestingMax) return bad();
    TRY(bool value, both());
    while (take("OR")) {
      TRY(bool right, both());
      value = value || right;
    }
    --depth_;
    return value;
  }
  Result<bool> both() {
    TRY(bool value, one());
    while (take("AND")) {
      TRY(bool right, one());
      value = value && right;
    }
    return value;
  }
  Result<bool> one() {
    if (take("NOT")) {
      if (++depth_ > kNestingMax) return bad();
      TRY(bool value, one());
      --depth_;
      return !value;
    }
    if (take("(")) {
      TRY(bool value, either());
      if (!take(")")) return bad();
      return value;
    }
    if (take("TRUE")) return true;
    if (take("FALSE")) return false;
    if (take("AT_LEAST")) return at_least();
    for (const char* state : kStates) {
      if (take(state)) return is_in(state);
    }
    return bad();
  }
  static constexpr const char* kStates[] = {"ALARM", "OK", "INSUFFICIENT_DATA"};

  /// `(2, ALARM, (a, b, c))`, `("50%", NOT OK, (a, b))`: so many of them, or so large a part, are in the state.
  Result<bool> at_least() {
    if (!take("(")) return bad();
    skip();
    const bool quoted = take("\"");
    char* end = nullptr;
    const double number = std::strtod(text_.c_str() + at_, &end);
    if (end == text_.c_str() + at_ || number < 0) return bad();
    at_ = static_cast<size_t>(end - text_.c_str());
    const bool percent = take("%");
    if (quoted && !take("\"")) return bad();
    if (!take(",")) return bad();
    const bool is_not = take("NOT");
    std::string state;
    for (const char* one : kStates) {
      if (state.empty() && take(one)) state = one;
    }
    if (state.empty() || !take(",") || !take("(")) return bad();
    size_t all = 0, those = 0;
    do {
      TRY(std::string name, alarm_name(','));
      ++all;
      those += (state_of_(name) == state) != is_not ? 1 : 0;
    } while (take(","));
    if (!take(")") || !take(")")) return bad();
    const double wanted = percent ? std::ceil(number / 100 * static_cast<double>(all)) : number;
    return static_cast<double>(those) >= wanted;
  }

  Result<bool> is_in(const char* state) {
    if (!take("(")) return bad();
    TRY(std::string name, alarm_name(')'));
    if (!take(")")) return bad();
    return state_of_(name) == state;
  }

  /// A name, bare (up to `end` or a closing parenthesis) or in quotation marks, or the name in an ARN.
  Result<std::string> alarm_name(char end) {
    skip();
    std::string name;
    const bool is_bare = at_ >= text_.size() || (text_[at_] != '"' && text_[at_] != '\'');
    const char mark = is_bare ? ')' : text_[at_++];
    while (at_ < text_.size() && text_[at_] != mark && !(is_bare && text_[at_] == end)) name += text_[at_++];
    if (at_ >= text_.size()) return bad();
    if (!is_bare) ++at_;
    while (is_bare && !name.empty() && name.back() == ' ') name.pop_back();
    if (name.empty()) return bad();
    if (const size_t arn = name.find(":alarm:"); name.starts_with("arn:") && arn != std::string::npos)
      name = name.substr(arn + 7);
    return name;
  }

  const std::string& text_;
  const std::function<std::string(const std::string&)>& state_of_;
  size_t at_ = 0;
  int depth_ = 0;
};

}  // namespace

Result<bool> holds(const std::string& rule, const std::function<std::string(const std::string& alarm)>& state_of) {
  return RuleReader(rule, state_of).all();
}

std::set<std::string> children_of(const std::string& rule) {
  std::set<std::string> out;
  auto ignored = holds(rule, [&](const std::string& child) {
    out.insert(child);
    return std::string();
  });
  (void)ignored;  // what can't be read names what it named so far
  return out;
}

}  // namespace millrace::cloudwatch
