#include "emulator/trace/told.h"

#include <fmt/format.h>

#include <algorithm>

namespace millrace::trace {

namespace {

/// The time of the day; the date too would stand on every line.
std::string clock_text(Millis at_ms) {
  return at_ms == 0 ? "            " : iso_millis(at_ms).substr(11, 12);
}

/// Without control characters: they could rewrite what stands on a terminal.
std::string tame(std::string_view text) {
  std::string out;
  for (char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\t' || (byte >= 0x20 && byte != 0x7f))
      out += c;
    else
      out += fmt::format("\\x{:02x}", byte);
  }
  return out;
}

/// A reason may be an error's whole document, of several lines.
void add_text(std::string& out, const std::string& margin, std::string_view text) {
  while (!text.empty()) {
    const size_t end = text.find('\n');
    out += "              " + margin + tame(text.substr(0, end)) + "\n";
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
}

/// What Lambda answers with an error, as a traceback is read; anything else as it is.
std::string readable(const std::string& reason) {
  if (!reason.starts_with('{')) return reason;
  auto document = parse_json(reason);
  const Json* message = document ? find(*document, "errorMessage") : nullptr;
  if (!message || !message->is_string()) return reason;
  const std::string type = text_of(*document, "errorType");
  std::string out = (type.empty() ? "" : type + ": ") + message->get<std::string>();
  for (const Json& line : document->value("stackTrace", Json::array()))
    if (line.is_string()) out += "\n" + line.get<std::string>();
  while (out.ends_with('\n')) out.pop_back();
  return out;
}

std::string head_of(const Node& node) {
  std::string out = node.failed ? "! " : "";
  out += node.kind + " " + tame(node.text);
  if (node.took_us >= 0) out += fmt::format(", {:.1f} ms", static_cast<double>(node.took_us) / 1000.0);
  return out;
}

void add_lines(std::string& out, const Node& node, const std::string& branch, const std::string& margin) {
  out += clock_text(node.at_ms) + "  " + branch + head_of(node) + "\n";
  const std::string inner = margin + (node.children.empty() ? "    " : "│   ");
  add_text(out, inner, readable(node.reason));
  for (const std::string& line : node.lines) add_text(out, inner, "| " + line);
  for (size_t i = 0; i < node.children.size(); ++i) {
    const bool last = i + 1 == node.children.size();
    add_lines(out, node.children[i], margin + (last ? "└─ " : "├─ "), margin + (last ? "   " : "│  "));
  }
}

void collect(const Node& node, size_t depth, uint64_t after, std::vector<std::pair<const Node*, size_t>>& out) {
  if (node.number > after && !node.text.ends_with(" (see above)")) out.emplace_back(&node, depth);
  for (const Node& child : node.children) collect(child, depth + 1, after, out);
}

/// Does it say what became of something, or only lead there?
bool tells(const Node& node, bool is_root) {
  if (node.failed) return true;
  if (node.kind == "access" || node.kind == "batch") return false;
  return node.kind != "request" || (is_root && !node.children.empty());
}

void add_brief(std::string& out, const Node& node, size_t depth) {
  const bool told = tells(node, depth == 0);
  if (told) {
    std::string text = node.text, why = readable(node.reason);
    // Who asked, and under which id, is for trace.
    for (const char* from : {", by ", ", sequence number "}) text = text.substr(0, text.find(from));
    why = why.substr(0, why.find('\n'));
    out += clock_text(node.at_ms) + "  " + std::string(2 * depth, ' ') + (node.failed ? "! " : "");
    out += (node.kind == "request" || node.kind == "verdict" || node.kind == "attempt" ? "" : node.kind + " ") +
           tame(text);
    if (!why.empty()) out += ": " + tame(why);
    out += "\n";
  }
  for (const Node& child : node.children) add_brief(out, child, depth + (told ? 1 : 0));
}

}  // namespace

std::string in_brief(const std::vector<Node>& trees) {
  std::string out;
  for (const Node& tree : trees)
    if (!tree.children.empty() || tree.failed) add_brief(out, tree, 0);
  return out;
}

std::string in_lines(const std::vector<Node>& trees) {
  std::string out;
  for (const Node& tree : trees) {
    if (!out.empty()) out += "\n";
    add_lines(out, tree, "", "");
  }
  return out;
}

Json in_json(const std::vector<Node>& trees) {
  Json out = Json::array();
  for (const Node& node : trees) {
    Json one{{"kind", node.kind}, {"text", node.text}, {"children", in_json(node.children)}};
    if (node.at_ms) one["at"] = iso_millis(node.at_ms);
    if (node.number) one["number"] = node.number;
    if (!node.key.empty()) one["key"] = node.key;
    if (!node.subject.empty()) one["subject"] = node.subject;
    if (!node.reason.empty()) one["reason"] = node.reason;
    if (!node.lines.empty()) one["log"] = node.lines;
    if (node.failed) one["failed"] = true;
    if (node.took_us >= 0) one["ms"] = static_cast<double>(node.took_us) / 1000.0;
    out.push_back(std::move(one));
  }
  return out;
}

std::string in_order(const std::vector<Node>& trees, uint64_t after) {
  std::vector<std::pair<const Node*, size_t>> nodes;
  for (const Node& tree : trees) collect(tree, 0, after, nodes);
  std::stable_sort(nodes.begin(), nodes.end(),
                   [](const auto& a, const auto& b) { return a.first->number < b.first->number; });
  std::string out;
  for (const auto& [node, depth] : nodes) {
    const std::string margin(2 * depth, ' ');
    out += clock_text(node->at_ms) + "  " + margin + head_of(*node) + "\n";
    add_text(out, margin + "    ", readable(node->reason));
    for (const std::string& line : node->lines) add_text(out, margin + "    ", "| " + line);
  }
  return out;
}

uint64_t newest(const std::vector<Node>& trees) {
  uint64_t out = 0;
  for (const Node& node : trees) out = std::max({out, node.number, newest(node.children)});
  return out;
}

}  // namespace millrace::trace
