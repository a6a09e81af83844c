#include "emulator/base/json.h"

template class nlohmann::basic_json<nlohmann::ordered_map>;

namespace millrace {

const Json* find(const Json& object, std::string_view member) {
  if (!object.is_object()) return nullptr;
  auto it = object.find(std::string(member));
  if (it == object.end() || it->is_null()) return nullptr;
  return &*it;
}

std::string text_of(const Json& object, std::string_view member, std::string_view fallback) {
  const Json* value = find(object, member);
  return value && value->is_string() ? value->get<std::string>() : std::string(fallback);
}

int64_t int_of(const Json& object, std::string_view member, int64_t fallback) {
  const Json* value = find(object, member);
  return value && value->is_number() ? value->get<int64_t>() : fallback;
}

bool bool_of(const Json& object, std::string_view member, bool fallback) {
  const Json* value = find(object, member);
  return value && value->is_boolean() ? value->get<bool>() : fallback;
}

std::optional<std::string> optional_text(const Json& object, std::string_view member) {
  const Json* value = find(object, member);
  if (!value || !value->is_string()) return std::nullopt;
  return value->get<std::string>();
}

std::optional<int64_t> optional_int(const Json& object, std::string_view member) {
  const Json* value = find(object, member);
  if (!value || !value->is_number()) return std::nullopt;
  return value->get<int64_t>();
}

namespace {
constexpr int kNestingMax = 256;

/// True if brackets outside strings nest no deeper than the limit. A quick pass before the parser, whose values
/// are destroyed recursively.
bool nesting_is_bounded(std::string_view text) {
  int depth = 0;
  bool in_string = false;
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (in_string) {
      if (c == '\\')
        ++i;
      else if (c == '"')
        in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      if (++depth > kNestingMax) return false;
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return true;
}
}  // namespace

std::optional<Json> parse_json(std::string_view text) {
  if (!nesting_is_bounded(text)) return std::nullopt;
  Json value = Json::parse(text.begin(), text.end(), nullptr, /*allow_exceptions=*/false);
  if (value.is_discarded()) return std::nullopt;
  return value;
}

void append_json_string(std::string& out, std::string_view text) {
  static constexpr char kHex[] = "0123456789abcdef";
  out.push_back('"');
  size_t plain_from = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    auto c = static_cast<unsigned char>(text[i]);
    if (c >= 0x20 && c != '"' && c != '\\') continue;
    out.append(text.substr(plain_from, i - plain_from));
    plain_from = i + 1;
    switch (c) {
      case '"': out.append("\\\""); break;
      case '\\': out.append("\\\\"); break;
      case '\n': out.append("\\n"); break;
      case '\r': out.append("\\r"); break;
      case '\t': out.append("\\t"); break;
      case '\b': out.append("\\b"); break;
      case '\f': out.append("\\f"); break;
      default:
        out.append("\\u00");
        out.push_back(kHex[c >> 4]);
        out.push_back(kHex[c & 15]);
    }
  }
  out.append(text.substr(plain_from));
  out.push_back('"');
}

std::string to_text(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace millrace
