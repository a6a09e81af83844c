#include "emulator/services/apigateway/substitution.h"

namespace millrace::apigateway {

namespace {
bool is_name_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
}
}  // namespace

std::string substituted(const std::string& text, const FindValue& find_value, const std::string& missing) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    if (text[at] != '$') {
      out += text[at++];
      continue;
    }
    size_t from = at + 1;
    const bool braced = from < text.size() && text[from] == '{';
    if (braced) ++from;
    size_t end = from;
    while (end < text.size() && is_name_char(text[end])) ++end;
    while (end > from && text[end - 1] == '.') --end;
    const std::string name = text.substr(from, end - from);
    const bool known =
        name.starts_with("context.") || name.starts_with("stageVariables.") || name.starts_with("method.request.");
    if (!known || (braced && (end >= text.size() || text[end] != '}'))) {
      out += text[at++];
      continue;
    }
    out += find_value(name).value_or(missing);
    at = end + (braced ? 1 : 0);
  }
  return out;
}

}  // namespace millrace::apigateway
