// The rules of composite alarms: ALARM("a") AND (OK(b) OR NOT INSUFFICIENT_DATA(c)), TRUE, FALSE.

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
    for (const char* state : {"ALARM", "OK", "INSUFFICIENT_DATA"}) {
      if (take(state)) return is_in(state);
    }
    return bad();
  }
  Result<bool> is_in(const char* state) {
    if (!take("(")) return bad();
    skip();
    std::string name;
    const char mark = at_ < text_.size() && (text_[at_] == '"' || text_[at_] == '\'') ? text_[at_++] : ')';
    while (at_ < text_.size() && text_[at_] != mark) name += text_[at_++];
    if (at_ >= text_.size()) return bad();
    if (mark != ')') ++at_;
    if (!take(")") || name.empty()) return bad();
    if (mark == ')') {
      while (!name.empty() && name.back() == ' ') name.pop_back();
    }
    if (const size_t arn = name.find(":alarm:"); name.starts_with("arn:") && arn != std::string::npos)
      name = name.substr(arn + 7);
    return state_of_(name) == state;
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

}  // namespace millrace::cloudwatch
