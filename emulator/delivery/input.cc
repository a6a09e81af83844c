#include "emulator/delivery/input.h"

#include <algorithm>
#include <charconv>

namespace millrace::delivery {

namespace {

// No target takes more than a quarter of it; a template of 8 KiB can name a large value thousands of times.
constexpr size_t kFilledMax = 1u << 20;

/// The next step of a path: a member's name or an element's index; moves `rest` behind it. False where there is none.
struct Step {
  std::string member;
  std::optional<size_t> index;
};

bool next_step(std::string_view& rest, Step& step) {
  step = {};
  if (rest.starts_with('.')) {
    rest.remove_prefix(1);
    const size_t end = std::min(rest.find_first_of(".["), rest.size());
    step.member = rest.substr(0, end);
    rest.remove_prefix(end);
    return !step.member.empty();
  }
  if (!rest.starts_with('[')) return false;
  const size_t end = rest.find(']');
  if (end == std::string_view::npos) return false;
  std::string_view inside = rest.substr(1, end - 1);
  rest.remove_prefix(end + 1);
  if (inside.size() >= 2 && (inside.front() == '\'' || inside.front() == '"') && inside.back() == inside.front()) {
    step.member = inside.substr(1, inside.size() - 2);
    return true;
  }
  size_t index = 0;
  auto [stop, error] = std::from_chars(inside.data(), inside.data() + inside.size(), index);
  if (error != std::errc() || stop != inside.data() + inside.size()) return false;
  step.index = index;
  return true;
}

/// The placeholder that begins at `text[at]`, which is `<`; empty: there is none.
std::string_view placeholder_at(std::string_view text, size_t at) {
  const size_t end = text.find('>', at);
  if (end == std::string_view::npos) return {};
  std::string_view name = text.substr(at + 1, end - at - 1);
  if (name.starts_with('$') && is_path(name)) return name;
  const bool plain = std::all_of(name.begin(), name.end(),
                                 [](unsigned char c) { return std::isalnum(c) || c == '_' || c == '-' || c == '.'; });
  return plain ? name : std::string_view();
}

bool are_quoted_lines(const std::string& text) {
  std::string_view rest = text;
  while (!rest.empty()) {
    std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    while (!line.empty() && (line.back() == ' ' || line.back() == '\r')) line.remove_suffix(1);
    while (!line.empty() && line.front() == ' ') line.remove_prefix(1);
    if (!line.empty() && (line.size() < 2 || line.front() != '"' || line.back() != '"')) return false;
  }
  return true;
}

}  // namespace

bool is_path(std::string_view text) {
  if (!text.starts_with('$')) return false;
  text.remove_prefix(1);
  Step step;
  while (!text.empty()) {
    if (!next_step(text, step)) return false;
  }
  return true;
}

const Json* node_at(const Json& document, std::string_view path) {
  if (!path.starts_with('$')) return nullptr;
  path.remove_prefix(1);
  const Json* node = &document;
  Step step;
  while (!path.empty()) {
    if (!next_step(path, step)) return nullptr;
    if (step.index) {
      if (!node->is_array() || *step.index >= node->size()) return nullptr;
      node = &(*node)[*step.index];
    } else {
      auto member = node->is_object() ? node->find(step.member) : node->end();
      if (member == node->end()) return nullptr;
      node = &*member;
    }
  }
  return node;
}

std::string bare_text(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  std::string text = to_text(value);
  text.erase(std::remove(text.begin(), text.end(), '"'), text.end());
  return text;
}

std::vector<std::string> placeholders(std::string_view text) {
  std::vector<std::string> out;
  for (size_t at = text.find('<'); at != std::string_view::npos; at = text.find('<', at + 1)) {
    if (std::string_view name = placeholder_at(text, at); !name.empty()) out.emplace_back(name);
  }
  return out;
}

std::optional<std::string> fill_in(std::string_view text,
                                   const std::function<std::optional<Json>(const std::string& name)>& value_of) {
  const size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return std::nullopt;
  const bool is_string_template = text[first] == '"';
  std::string out;
  bool quoted = false;
  for (size_t at = 0; at < text.size(); ++at) {
    if (out.size() > kFilledMax) return std::nullopt;
    const char c = text[at];
    std::string_view name = c == '<' ? placeholder_at(text, at) : std::string_view();
    if (name.empty()) {
      if (c == '"' && (at == 0 || text[at - 1] != '\\')) quoted = !quoted;
      out += c;
      continue;
    }
    const std::optional<Json> value = value_of(std::string(name));
    const size_t after = at + name.size() + 2;
    if (!quoted) {
      out += value ? to_text(*value) : "\"\"";
    } else {
      // An object alone between quotes isn't delivered, though it could be written there [rec].
      const bool alone = at > 0 && text[at - 1] == '"' && after < text.size() && text[after] == '"';
      if (alone && value && value->is_structured() && !is_string_template) return std::nullopt;
      if (value) out += bare_text(*value);
    }
    at = after - 1;
  }
  const bool valid = is_string_template ? are_quoted_lines(out) : parse_json(out).has_value();
  if (!valid) return std::nullopt;
  return out;
}

}  // namespace millrace::delivery
