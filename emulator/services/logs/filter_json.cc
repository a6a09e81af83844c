// JSON selectors: `{ $.level = "ERROR" && ($.latency > 100 || $.user IS NULL) }`.

#include <cctype>

#include "emulator/services/logs/filter_pattern.h"
#include "emulator/services/logs/filter_scanner.h"

namespace millrace::logs {

namespace {

constexpr int kDepthMax = 64;

struct Node {
  enum class Kind { both, either, compare, is_null, is_true, is_false, not_exists, exists } kind = Kind::compare;
  std::unique_ptr<Node> left, right;
  std::string selector;
  Comparison comparison = Comparison::equal;
  std::optional<ComparedValue> value;
};
using NodePtr = std::unique_ptr<Node>;

class Parser : FilterScanner {
 public:
  explicit Parser(std::string_view text) : FilterScanner(text) {}

  NodePtr parse() {
    if (!take("{")) return nullptr;
    NodePtr node = either(0);
    if (!node || !take("}")) return nullptr;
    skip();
    return rest_.empty() ? std::move(node) : nullptr;
  }

 private:
  /// Both words, with any blanks between them, or neither.
  bool take_words(std::string_view first, std::string_view second) {
    std::string_view before = rest_;
    if (take(first) && take(second)) return true;
    rest_ = before;
    return false;
  }

  NodePtr joined(Node::Kind kind, NodePtr left, NodePtr right) {
    auto node = std::make_unique<Node>();
    node->kind = kind;
    node->left = std::move(left);
    node->right = std::move(right);
    return node;
  }
  NodePtr either(int depth) {
    if (depth > kDepthMax) return nullptr;
    NodePtr node = both(depth);
    while (node && take("||")) {
      NodePtr right = both(depth);
      node = right ? joined(Node::Kind::either, std::move(node), std::move(right)) : nullptr;
    }
    return node;
  }
  NodePtr both(int depth) {
    NodePtr node = primary(depth);
    while (node && take("&&")) {
      NodePtr right = primary(depth);
      node = right ? joined(Node::Kind::both, std::move(node), std::move(right)) : nullptr;
    }
    return node;
  }
  NodePtr primary(int depth) {
    if (take("(")) {
      NodePtr node = either(depth + 1);
      return node && take(")") ? std::move(node) : nullptr;
    }
    auto node = std::make_unique<Node>();
    if (!selector(node->selector)) return nullptr;
    skip();
    if (take_words("IS", "NULL"))
      node->kind = Node::Kind::is_null;
    else if (take_words("IS", "TRUE"))
      node->kind = Node::Kind::is_true;
    else if (take_words("IS", "FALSE"))
      node->kind = Node::Kind::is_false;
    else if (take_words("NOT", "EXISTS"))
      node->kind = Node::Kind::not_exists;
    else if (take("EXISTS"))
      node->kind = Node::Kind::exists;
    else if (!comparison(*node))
      return nullptr;
    return node;
  }
  bool selector(std::string& out) {
    skip();
    if (!rest_.starts_with("$")) return false;
    size_t end = 1;
    bool in_brackets = false;
    for (; end < rest_.size(); ++end) {
      char c = rest_[end];
      if (c == '[')
        in_brackets = true;
      else if (c == ']')
        in_brackets = false;
      else if (!in_brackets && (std::isspace(static_cast<unsigned char>(c)) || c == '=' || c == '!' || c == '<' ||
                                c == '>' || c == ')' || c == '}'))
        break;
    }
    out = rest_.substr(0, end);
    rest_.remove_prefix(end);
    return out.size() > 1;
  }
  bool comparison(Node& node) {
    auto sign = take_comparison(rest_);
    if (!sign) return false;
    node.comparison = *sign;
    skip();
    if (rest_.starts_with('"')) return quoted_value(node);
    size_t end = rest_.starts_with('%') ? rest_.find('%', 1) : rest_.find_first_of(" \t\n)}&|");
    if (rest_.starts_with('%') && end != std::string_view::npos) ++end;
    if (end == std::string_view::npos || end == 0) return false;
    node.value = ComparedValue::parse(rest_.substr(0, end), false);
    rest_.remove_prefix(end);
    return node.value.has_value();
  }
  bool quoted_value(Node& node) {
    std::string text;
    size_t i = 1;
    for (; i < rest_.size() && rest_[i] != '"'; ++i) {
      if (rest_[i] == '\\' && i + 1 < rest_.size()) ++i;
      text.push_back(rest_[i]);
    }
    if (i >= rest_.size()) return false;
    rest_.remove_prefix(i + 1);
    node.value = ComparedValue::parse(text, true);
    return true;
  }
};

bool holds_comparison(const Node& node, const Json& value) {
  if (value.is_number()) {
    if (node.value->number()) return compare(node.comparison, value.get<double>(), *node.value);
    return compare(node.comparison, to_text(value), *node.value);
  }
  if (value.is_string()) return compare(node.comparison, value.get_ref<const std::string&>(), *node.value);
  if (value.is_array()) {
    // An array matches if any of its elements does.
    for (const Json& element : value) {
      if (holds_comparison(node, element)) return true;
    }
  }
  return false;
}

bool holds(const Node& node, const Json& event) {
  if (node.kind == Node::Kind::both) return holds(*node.left, event) && holds(*node.right, event);
  if (node.kind == Node::Kind::either) return holds(*node.left, event) || holds(*node.right, event);
  const Json* value = select(event, node.selector);
  switch (node.kind) {
    case Node::Kind::not_exists: return !value;
    case Node::Kind::exists: return value;
    case Node::Kind::is_null: return value && value->is_null();
    case Node::Kind::is_true: return value && value->is_boolean() && value->get<bool>();
    case Node::Kind::is_false: return value && value->is_boolean() && !value->get<bool>();
    default: return value && holds_comparison(node, *value);
  }
}

void collect_selectors(const Node& node, std::vector<std::string>& out) {
  if (node.left) collect_selectors(*node.left, out);
  if (node.right) collect_selectors(*node.right, out);
  if (!node.selector.empty()) out.push_back(node.selector);
}

class JsonSelector final : public FilterPattern {
 public:
  explicit JsonSelector(NodePtr node) : node_(std::move(node)) {}
  bool matches(std::string_view message) const override {
    auto event = parse_json(message);
    return event && event->is_object() && holds(*node_, *event);
  }
  std::map<std::string, std::string> extract(std::string_view message) const override {
    std::map<std::string, std::string> out;
    auto event = parse_json(message);
    if (!event) return out;
    std::vector<std::string> selectors;
    collect_selectors(*node_, selectors);
    for (const std::string& selector : selectors) {
      if (const Json* value = select(*event, selector))
        out[selector] = value->is_string() ? value->get<std::string>() : to_text(*value);
    }
    return out;
  }
  std::optional<std::string> value(std::string_view message, const std::string& reference) const override {
    auto event = parse_json(message);
    const Json* found = event ? select(*event, reference) : nullptr;
    if (!found || found->is_null()) return std::nullopt;
    return found->is_string() ? found->get<std::string>() : to_text(*found);
  }

 private:
  NodePtr node_;
};

}  // namespace

const Json* select(const Json& event, std::string_view selector) {
  if (!selector.starts_with('$')) return nullptr;
  selector.remove_prefix(1);
  const Json* at = &event;
  while (!selector.empty() && at) {
    if (selector.front() == '.') selector.remove_prefix(1);
    if (selector.empty()) break;
    if (selector.front() == '[') {
      size_t end = selector.find(']');
      if (end == std::string_view::npos) return nullptr;
      std::string_view inside = selector.substr(1, end - 1);
      selector.remove_prefix(end + 1);
      if (inside == "*") continue;  // the array itself; comparisons try each element
      if (inside.size() >= 2 && (inside.front() == '\'' || inside.front() == '"')) {
        auto it = at->is_object() ? at->find(std::string(inside.substr(1, inside.size() - 2))) : at->end();
        at = at->is_object() && it != at->end() ? &*it : nullptr;
      } else {
        bool digits =
            !inside.empty() && inside.size() < 10 && inside.find_first_not_of("0123456789") == std::string_view::npos;
        size_t index = digits ? std::stoul(std::string(inside)) : SIZE_MAX;
        at = at->is_array() && index < at->size() ? &(*at)[index] : nullptr;
      }
      continue;
    }
    size_t end = std::min(selector.find_first_of(".["), selector.size());
    auto it = at->is_object() ? at->find(std::string(selector.substr(0, end))) : at->end();
    at = at->is_object() && it != at->end() ? &*it : nullptr;
    selector.remove_prefix(end);
  }
  return at;
}

std::shared_ptr<const FilterPattern> compile_json_selector(std::string_view text) {
  NodePtr node = Parser(text).parse();
  return node ? std::make_shared<JsonSelector>(std::move(node)) : nullptr;
}

}  // namespace millrace::logs
