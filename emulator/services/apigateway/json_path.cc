#include "emulator/services/apigateway/json_path.h"

#include <algorithm>
#include <charconv>

namespace millrace::apigateway {

namespace {

constexpr size_t kFoundMax = 100'000;  // what `..` may find in a document

bool is_name_char(char c) {
  return c != '.' && c != '[' && c != ']' && c != ' ' && c != ')' && c != '(' && c != '=' && c != '<' && c != '>' &&
         c != '!' && c != '&' && c != '|';
}

class Walker {
 public:
  Walker(const Json& document, std::string_view path, size_t& left) : root_(document), path_(path), left_(left) {}

  std::optional<Json> run() {
    if (!take('$')) return std::nullopt;
    std::vector<const Json*> found = {&root_};
    while (at_ < path_.size()) {
      if (!step(found)) return std::nullopt;
      if (found.size() > kFoundMax) return std::nullopt;
    }
    if (!several_ && found.empty()) return std::nullopt;
    for (const Json* one : found) {
      if (!see(*one)) return std::nullopt;
    }
    if (!several_) return *found.front();
    Json out = Json::array();
    for (const Json* one : found) out.push_back(*one);
    return out;
  }

 private:
  using Found = std::vector<const Json*>;

  bool take_one() {
    if (left_ == 0) return false;
    --left_;
    return true;
  }
  /// Counts what a copy of it has.
  bool see(const Json& value) {
    if (!take_one()) return false;
    return !value.is_structured() || std::all_of(value.begin(), value.end(), [&](const Json& one) { return see(one); });
  }

  bool step(Found& found) {
    if (take('.')) {
      if (take('.')) {
        several_ = true;
        Found all;
        for (const Json* one : found) descend(*one, all, 0);
        found = std::move(all);
        if (at_ < path_.size() && path_[at_] == '[') return bracket(found);
      }
      if (take('*')) return all_of(found);
      const std::string name = word();
      if (name == "length()" || name == "size()") return false;
      return !name.empty() && member(found, name);
    }
    return at_ < path_.size() && path_[at_] == '[' && bracket(found);
  }

  bool bracket(Found& found) {
    ++at_;
    blanks();
    if (take('*')) return close() && all_of(found);
    if (take('?')) return filter(found);
    if (at_ < path_.size() && (path_[at_] == '\'' || path_[at_] == '"')) {
      auto name = quoted();
      return name && close() && member(found, *name);
    }
    int64_t index = 0;
    const auto [end, error] = std::from_chars(path_.data() + at_, path_.data() + path_.size(), index);
    if (error != std::errc()) return false;
    at_ = static_cast<size_t>(end - path_.data());
    return close() && element(found, index);
  }

  void descend(const Json& at, Found& out, int depth) {
    if (depth > 256 || out.size() > kFoundMax || !take_one()) return;
    out.push_back(&at);
    if (!at.is_structured()) return;
    for (const Json& child : at) descend(child, out, depth + 1);
  }

  bool all_of(Found& found) {
    several_ = true;
    Found out;
    for (const Json* one : found) {
      if (!one->is_structured()) continue;
      for (const Json& child : *one) {
        if (!take_one()) return false;
        out.push_back(&child);
      }
    }
    found = std::move(out);
    return true;
  }

  bool member(Found& found, const std::string& name) {
    Found out;
    for (const Json* one : found) {
      if (!one->is_object()) continue;
      auto it = one->find(name);
      if (it != one->end()) out.push_back(&*it);
    }
    found = std::move(out);
    return several_ || !found.empty();
  }

  bool element(Found& found, int64_t index) {
    Found out;
    for (const Json* one : found) {
      if (!one->is_array()) continue;
      const int64_t size = static_cast<int64_t>(one->size());
      const int64_t at = index < 0 ? size + index : index;
      if (at >= 0 && at < size) out.push_back(&(*one)[static_cast<size_t>(at)]);
    }
    found = std::move(out);
    return several_ || !found.empty();
  }

  /// `(@.x == 1)`, `(@.x)`; one comparison.
  bool filter(Found& found) {
    several_ = true;
    blanks();
    if (!take('(')) return false;
    blanks();
    if (!take('@')) return false;
    const size_t from = at_;
    size_t end = from;
    while (end < path_.size() && path_[end] != ')' && path_[end] != ' ' && path_[end] != '=' && path_[end] != '!' &&
           path_[end] != '<' && path_[end] != '>')
      ++end;
    const std::string inner = "$" + std::string(path_.substr(from, end - from));
    at_ = end;
    blanks();
    std::string op;
    while (at_ < path_.size() && (path_[at_] == '=' || path_[at_] == '!' || path_[at_] == '<' || path_[at_] == '>'))
      op += path_[at_++];
    blanks();
    Json wanted;
    if (!op.empty() && !literal(wanted)) return false;
    blanks();
    if (!take(')') || !close()) return false;
    Found out;
    for (const Json* one : found) {
      if (!one->is_structured()) continue;
      for (const Json& child : *one) {
        if (!take_one()) return false;
        if (passes(json_path(child, inner, left_), op, wanted)) out.push_back(&child);
      }
    }
    found = std::move(out);
    return true;
  }

  static bool passes(const std::optional<Json>& value, const std::string& op, const Json& wanted) {
    if (!value) return false;
    if (op.empty()) return true;
    if (op == "==") return *value == wanted;
    if (op == "!=") return *value != wanted;
    if (value->type() != wanted.type() && !(value->is_number() && wanted.is_number())) return false;
    if (op == "<") return *value < wanted;
    if (op == "<=") return *value <= wanted;
    if (op == ">") return *value > wanted;
    return op == ">=" && *value >= wanted;
  }

  bool literal(Json& out) {
    if (at_ < path_.size() && (path_[at_] == '\'' || path_[at_] == '"')) {
      auto text = quoted();
      if (text) out = *text;
      return text.has_value();
    }
    const size_t from = at_;
    while (at_ < path_.size() && path_[at_] != ')' && path_[at_] != ' ') ++at_;
    auto parsed = parse_json(path_.substr(from, at_ - from));
    if (parsed) out = *parsed;
    return parsed.has_value();
  }

  std::optional<std::string> quoted() {
    const char quote = path_[at_++];
    std::string out;
    while (at_ < path_.size() && path_[at_] != quote) {
      if (path_[at_] == '\\' && at_ + 1 < path_.size()) ++at_;
      out += path_[at_++];
    }
    if (!take(quote)) return std::nullopt;
    return out;
  }

  std::string word() {
    const size_t from = at_;
    while (at_ < path_.size() && is_name_char(path_[at_])) ++at_;
    return std::string(path_.substr(from, at_ - from));
  }
  void blanks() {
    while (at_ < path_.size() && path_[at_] == ' ') ++at_;
  }
  bool take(char c) {
    if (at_ >= path_.size() || path_[at_] != c) return false;
    ++at_;
    return true;
  }
  bool close() {
    blanks();
    return take(']');
  }

  const Json& root_;
  std::string_view path_;
  size_t& left_;
  size_t at_ = 0;
  bool several_ = false;
};

}  // namespace

std::optional<Json> json_path(const Json& document, std::string_view path) {
  size_t left = kPathNodesMax;
  return json_path(document, path, left);
}

std::optional<Json> json_path(const Json& document, std::string_view path, size_t& left) {
  while (path.ends_with(' ')) path.remove_suffix(1);
  while (path.starts_with(' ')) path.remove_prefix(1);
  return Walker(document, path, left).run();
}

}  // namespace millrace::apigateway
