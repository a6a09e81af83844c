#include "runtime/filter/explain.h"

#include <iostream>
#include <string>

#include "emulator/base/json.h"
#include "runtime/filter/filter_pattern.h"

namespace millrace::filter {

namespace {

/// The member as text: a string's content, or the JSON of anything else.
std::optional<std::string> text_member(const Json& line, const char* name) {
  auto it = line.find(name);
  if (it == line.end()) return std::nullopt;
  return it->is_string() ? it->get<std::string>() : to_text(*it);
}

const char* answer(const std::string& text) {
  auto line = parse_json(text);
  if (!line || !line->is_object()) return "invalid";
  auto pattern_text = text_member(*line, "pattern");
  auto pattern = pattern_text ? FilterPattern::compile(*pattern_text) : std::nullopt;
  if (!pattern) return "invalid";
  auto event = text_member(*line, "event");
  return event && pattern->matches_json(*event) ? "true" : "false";
}

}  // namespace

int explain_filter_lines(std::istream& in, std::ostream& out) {
  std::string line;
  while (std::getline(in, line)) out << answer(line) << '\n';
  out.flush();
  return 0;
}

}  // namespace millrace::filter
