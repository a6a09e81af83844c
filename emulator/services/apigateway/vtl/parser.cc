// From a template's text to its tree.

#include <algorithm>
#include <charconv>

#include "emulator/services/apigateway/vtl/tree.h"
#include "emulator/services/apigateway/vtl/words.h"

namespace millrace::apigateway::vtl {

namespace {

constexpr int kNestingMax = 100, kOperatorsMax = 1000;
constexpr size_t kTemplateMax = 300u << 10;  // API Gateway's quota for a mapping template

class Parser {
 public:
  explicit Parser(const std::string& source) : s_(source) {}

  std::variant<Block, Failure> run() {
    if (s_.size() > kTemplateMax) return Failure{"The template is larger than 300 KB."};
    Block out = block(false);
    if (failure_.empty() && at_ < s_.size()) fail("#end without a beginning");
    if (!failure_.empty()) return Failure{failure_};
    return out;
  }

 private:
  /// Up to #end, #else or #elseif where `inner`; what ends it is left unread.
  Block block(bool inner) {
    Block out;
    if (++depth_ > kNestingMax) fail("The template nests too deep");
    std::string text;
    const auto flush = [&] {
      if (text.empty()) return;
      Node node;
      node.text = std::move(text);
      out.push_back(std::move(node));
      text.clear();
    };
    while (at_ < s_.size() && failure_.empty()) {
      if (s_[at_] == '\\' && at_ + 1 < s_.size() && (s_[at_ + 1] == '$' || s_[at_ + 1] == '#')) {
        text += s_[at_ + 1];
        at_ += 2;
      } else if (s_[at_] == '#') {
        if (ends_block()) {
          if (!inner) break;
          flush();
          --depth_;
          return out;
        }
        flush();
        if (!directive(out)) text += s_[at_++];
      } else if (s_[at_] == '$') {
        flush();
        if (!reference_node(out)) text += s_[at_++];
      } else {
        text += s_[at_++];
      }
    }
    flush();
    --depth_;
    if (inner && at_ >= s_.size()) fail("#end is missing");
    return out;
  }

  bool directive_is(std::string_view name) const {
    const std::string_view rest = std::string_view(s_).substr(at_ + 1);
    if (rest.starts_with("{") && rest.substr(1).starts_with(name) && rest.substr(1 + name.size()).starts_with("}"))
      return true;
    return rest.starts_with(name) && (rest.size() == name.size() || !is_name_char(rest[name.size()]));
  }
  bool ends_block() const { return directive_is("end") || directive_is("else") || directive_is("elseif"); }
  void skip_directive(std::string_view name) {
    const bool braced = s_[at_ + 1] == '{';
    at_ += 1 + name.size() + (braced ? 2 : 0);
  }
  /// A directive takes the rest of its line if nothing but blanks is there.
  void skip_line_end() {
    size_t at = at_;
    while (at < s_.size() && (s_[at] == ' ' || s_[at] == '\t' || s_[at] == '\r')) ++at;
    if (at < s_.size() && s_[at] == '\n') at_ = at + 1;
  }

  bool directive(Block& out) {
    const std::string_view rest = std::string_view(s_).substr(at_);
    if (rest.starts_with("##")) {
      const size_t end = s_.find('\n', at_);
      at_ = end == std::string::npos ? s_.size() : end + 1;
      return true;
    }
    if (rest.starts_with("#*")) {
      const size_t end = s_.find("*#", at_ + 2);
      at_ = end == std::string::npos ? s_.size() : end + 2;
      return true;
    }
    if (rest.starts_with("#[[")) {
      const size_t end = s_.find("]]#", at_ + 3);
      Node node;
      node.text = s_.substr(at_ + 3, end == std::string::npos ? end : end - at_ - 3);
      out.push_back(std::move(node));
      at_ = end == std::string::npos ? s_.size() : end + 3;
      return true;
    }
    if (directive_is("set")) return set(out);
    if (directive_is("if")) return conditional(out);
    if (directive_is("foreach")) return loop(out);
    if (directive_is("break") || directive_is("stop")) {
      Node node;
      node.kind = directive_is("break") ? Node::Kind::stop_loop : Node::Kind::stop;
      skip_directive(directive_is("break") ? "break" : "stop");
      skip_line_end();
      out.push_back(std::move(node));
      return true;
    }
    return false;
  }

  bool set(Block& out) {
    skip_directive("set");
    Node node;
    node.kind = Node::Kind::set;
    expect('(');
    blanks();
    if (!reference(node.reference)) fail("#set needs a reference");
    expect('=');
    node.value = expression();
    expect(')');
    skip_line_end();
    out.push_back(std::move(node));
    return true;
  }

  ExpressionPtr condition() {
    expect('(');
    ExpressionPtr out = expression();
    expect(')');
    skip_line_end();
    return out;
  }

  bool conditional(Block& out) {
    skip_directive("if");
    Node node;
    node.kind = Node::Kind::branches;
    ExpressionPtr test = condition();
    bool open = true;
    while (open && failure_.empty()) {
      Branch branch;
      branch.condition = std::move(test);
      branch.body = block(true);
      node.branches.push_back(std::move(branch));
      if (!failure_.empty()) break;
      if (directive_is("elseif")) {
        skip_directive("elseif");
        test = condition();
      } else if (directive_is("else")) {
        skip_directive("else");
        skip_line_end();
        test = nullptr;
      } else {
        end_of_block();
        open = false;
      }
    }
    out.push_back(std::move(node));
    return true;
  }

  bool loop(Block& out) {
    skip_directive("foreach");
    Node node;
    node.kind = Node::Kind::loop;
    expect('(');
    blanks();
    if (!reference(node.reference)) fail("#foreach needs a reference");
    blanks();
    if (s_.compare(at_, 2, "in") != 0) fail("#foreach needs 'in'");
    at_ = std::min(at_ + 2, s_.size());
    node.value = expression();
    expect(')');
    skip_line_end();
    node.body = block(true);
    if (failure_.empty() && !directive_is("end")) fail("#else without an #if");
    if (failure_.empty()) end_of_block();
    out.push_back(std::move(node));
    return true;
  }

  void end_of_block() {
    if (at_ < s_.size() && directive_is("end")) skip_directive("end");
    skip_line_end();
  }

  // --- references

  bool reference_node(Block& out) {
    const size_t from = at_;
    Node node;
    node.kind = Node::Kind::reference;
    if (!reference(node.reference)) return false;
    node.text = s_.substr(from, at_ - from);
    out.push_back(std::move(node));
    return true;
  }

  /// `$name.step[0]`, `$!name`, `${name.step}`; false and nothing read where none is.
  bool reference(Reference& out) {
    const size_t from = at_;
    if (at_ >= s_.size() || s_[at_] != '$') return false;
    ++at_;
    if (at_ < s_.size() && s_[at_] == '!') ++at_;
    const bool braced = at_ < s_.size() && s_[at_] == '{';
    if (braced) ++at_;
    if (at_ >= s_.size() || !is_name_start(s_[at_])) {
      at_ = from;
      return false;
    }
    out.name = name();
    while (failure_.empty() && step(out)) {
    }
    if (braced) {
      if (at_ >= s_.size() || s_[at_] != '}') {
        // Not a reference after all: stock text such as "${a b}".
        if (failure_.empty()) at_ = from;
        return false;
      }
      ++at_;
    }
    return true;
  }

  bool step(Reference& out) {
    if (at_ >= s_.size()) return false;
    Step one;
    if (s_[at_] == '.' && at_ + 1 < s_.size() && is_name_start(s_[at_ + 1])) {
      ++at_;
      one.name = name();
      if (at_ < s_.size() && s_[at_] == '(') {
        ++at_;
        one.is_call = true;
        one.arguments = arguments(')');
      }
    } else if (s_[at_] == '[') {
      const size_t from = at_;
      ++at_;
      one.index = expression();
      blanks();
      if (at_ >= s_.size() || s_[at_] != ']') {
        // "$x[" of plain text.
        at_ = from;
        failure_.clear();
        return false;
      }
      ++at_;
    } else {
      return false;
    }
    out.steps.push_back(std::move(one));
    return true;
  }

  std::string name() {
    const size_t from = at_;
    while (at_ < s_.size() && is_name_char(s_[at_])) ++at_;
    return s_.substr(from, at_ - from);
  }

  std::vector<ExpressionPtr> arguments(char end) {
    std::vector<ExpressionPtr> out;
    blanks();
    if (take(end)) return out;
    while (failure_.empty()) {
      out.push_back(expression());
      blanks();
      if (take(end)) return out;
      expect(',');
    }
    return out;
  }

  // --- expressions

  ExpressionPtr binary(std::string op, ExpressionPtr left, ExpressionPtr right) {
    auto out = std::make_unique<Expression>();
    out->kind = Expression::Kind::binary;
    out->op = std::move(op);
    out->left = std::move(left);
    out->right = std::move(right);
    return out;
  }

  /// The operator at hand if it is one of this level's; "" otherwise.
  std::string operator_of(int level) {
    blanks();
    const Operator found = operator_at(std::string_view(s_).substr(at_), level);
    at_ += found.length;
    return found.op;
  }

  ExpressionPtr expression(int level = 0) {
    constexpr int kLevels = 6;
    if (++depth_ > kNestingMax * kLevels) fail("The template nests too deep");
    if (!failure_.empty()) return --depth_, std::make_unique<Expression>();
    ExpressionPtr left = level + 1 < kLevels ? expression(level + 1) : unary();
    for (int operators = 0; failure_.empty(); ++operators) {
      if (operators > kOperatorsMax) fail("An expression has too many operators");  // each nests its left side
      std::string op = operator_of(level);
      if (op.empty()) break;
      ExpressionPtr right = level + 1 < kLevels ? expression(level + 1) : unary();
      left = binary(std::move(op), std::move(left), std::move(right));
    }
    --depth_;
    return left;
  }

  ExpressionPtr unary() {
    blanks();
    const std::string_view rest = std::string_view(s_).substr(at_);
    const bool word = rest.starts_with("not") && rest.size() > 3 && !is_name_char(rest[3]);
    auto out = std::make_unique<Expression>();
    if (word || rest.starts_with("!")) {
      at_ += word ? 3 : 1;
      out->kind = Expression::Kind::unary_not;
      if (++depth_ > kNestingMax) fail("The template nests too deep");
      if (failure_.empty()) out->left = unary();
      --depth_;
      return out;
    }
    if (rest.starts_with("-") && rest.size() > 1 && rest[1] == '$') {
      ++at_;
      out->kind = Expression::Kind::negate;
      out->left = primary();
      return out;
    }
    return primary();
  }

  ExpressionPtr primary() {
    blanks();
    if (at_ >= s_.size()) {
      fail("The template ends inside an expression");
      return std::make_unique<Expression>();
    }
    const char c = s_[at_];
    if (c == '(') {
      ++at_;
      ExpressionPtr out = expression();
      expect(')');
      return out;
    }
    auto out = std::make_unique<Expression>();
    if (c == '\'') {
      out->literal = of(quoted('\''));
    } else if (c == '"') {
      interpolated(*out);
    } else if (c == '[') {
      list_or_range(*out);
    } else if (c == '{') {
      map(*out);
    } else if (c == '$') {
      out->kind = Expression::Kind::reference;
      if (!reference(out->reference)) fail("A reference is malformed");
    } else if (c == '-' || (c >= '0' && c <= '9')) {
      number(*out);
    } else {
      word(*out);
    }
    return out;
  }

  std::string quoted(char quote) {
    std::string out;
    ++at_;
    while (at_ < s_.size()) {
      if (s_[at_] == quote) {
        if (at_ + 1 >= s_.size() || s_[at_ + 1] != quote) break;
        ++at_;  // doubled: itself
      }
      out += s_[at_++];
    }
    if (!take(quote)) fail("A text isn't closed");
    return out;
  }

  void interpolated(Expression& out) {
    const std::string inner = quoted('"');
    if (inner.find('$') == std::string::npos && inner.find('#') == std::string::npos) {
      out.literal = of(inner);
      return;
    }
    out.kind = Expression::Kind::interpolated;
    if (depth_ > kNestingMax) return fail("The template nests too deep");
    Parser parser(inner);
    parser.depth_ = depth_ + 1;
    auto parsed = parser.run();
    if (auto* failure = std::get_if<Failure>(&parsed)) return fail(failure->reason);
    out.text = std::move(std::get<Block>(parsed));
  }

  void list_or_range(Expression& out) {
    ++at_;
    out.kind = Expression::Kind::list;
    blanks();
    if (take(']')) return;
    while (failure_.empty()) {
      ExpressionPtr one = expression();
      blanks();
      if (s_.compare(at_, 2, "..") == 0) {
        at_ += 2;
        out.kind = Expression::Kind::range;
        out.left = std::move(one);
        out.right = expression();
        expect(']');
        return;
      }
      out.entries.emplace_back(nullptr, std::move(one));
      if (take(']')) return;
      expect(',');
    }
  }

  void map(Expression& out) {
    ++at_;
    out.kind = Expression::Kind::map;
    blanks();
    if (take('}')) return;
    while (failure_.empty()) {
      ExpressionPtr key = expression();
      expect(':');
      ExpressionPtr value = expression();
      out.entries.emplace_back(std::move(key), std::move(value));
      blanks();
      if (take('}')) return;
      expect(',');
    }
  }

  void number(Expression& out) {
    const size_t from = at_;
    if (s_[at_] == '-') ++at_;
    while (at_ < s_.size() && s_[at_] >= '0' && s_[at_] <= '9') ++at_;
    bool real = false;
    if (at_ + 1 < s_.size() && s_[at_] == '.' && s_[at_ + 1] >= '0' && s_[at_ + 1] <= '9') {
      real = true;
      ++at_;
      while (at_ < s_.size() && s_[at_] >= '0' && s_[at_] <= '9') ++at_;
    }
    const std::string text = s_.substr(from, at_ - from);
    if (real) {
      double value = 0;
      std::from_chars(text.data(), text.data() + text.size(), value);
      out.literal = {value};
      return;
    }
    int64_t value = 0;
    if (std::from_chars(text.data(), text.data() + text.size(), value).ec != std::errc()) fail("A number is malformed");
    out.literal = of(value);
  }

  void word(Expression& out) {
    const std::string text = name();
    if (text == "true" || text == "false") {
      out.literal = of(text == "true");
    } else if (text != "null") {
      fail("Unexpected '" + (text.empty() ? std::string(1, s_[at_]) : text) + "' in an expression");
    }
  }

  void blanks() {
    while (at_ < s_.size() && (s_[at_] == ' ' || s_[at_] == '\t' || s_[at_] == '\r' || s_[at_] == '\n')) ++at_;
  }
  bool take(char c) {
    if (at_ >= s_.size() || s_[at_] != c) return false;
    ++at_;
    return true;
  }
  void expect(char c) {
    blanks();
    if (!take(c)) fail(std::string("'") + c + "' is missing");
  }
  void fail(std::string reason) {
    if (failure_.empty()) failure_ = std::move(reason) + " at character " + std::to_string(at_) + ".";
    if (failure_.size() > 512) failure_.resize(512);
  }

  const std::string& s_;
  size_t at_ = 0;
  int depth_ = 0;
  std::string failure_;
};

}  // namespace

std::variant<Block, Failure> parse(const std::string& source) {
  return Parser(source).run();
}

}  // namespace millrace::apigateway::vtl
