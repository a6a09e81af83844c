#include "emulator/services/dynamodb/table/ion.h"

#include <algorithm>
#include <optional>

#include "emulator/base/characters.h"
#include "emulator/base/encoding.h"
#include "emulator/base/utf8.h"

namespace millrace::dynamodb {

namespace {

constexpr int kDepthMax = 40;  // an item's 32 levels, the Item around it, and a few for malformed ones
constexpr const char* kStringSet = "$dynamodb_SS";
constexpr const char* kNumberSet = "$dynamodb_NS";
constexpr const char* kBinarySet = "$dynamodb_BS";

bool is_symbol_start(char c) {
  return is_letter(c) || c == '_' || c == '$';
}
bool is_symbol_part(char c) {
  return is_symbol_start(c) || is_digit(c);
}

// -- writing

void append_quoted(std::string& out, std::string_view text, char quote) {
  out.push_back(quote);
  for (char c : text) {
    auto byte = static_cast<unsigned char>(c);
    if (c == quote || c == '\\') {
      out.push_back('\\');
      out.push_back(c);
    } else if (c == '\n') {
      out += "\\n";
    } else if (byte < 0x20 || byte == 0x7F) {
      out += "\\x" + to_hex(std::string_view(&c, 1));
    } else {
      out.push_back(c);
    }
  }
  out.push_back(quote);
}

void append_number(std::string& out, const Number& number) {
  std::string text = number.text();
  out += text;
  if (text.find('.') == std::string::npos) out.push_back('.');  // a decimal, not an int
}

void append_blob(std::string& out, std::string_view bytes) {
  out += "{{" + to_base64(bytes) + "}}";
}

template <class Values, class Append>
void append_list(std::string& out, const char* annotation, const Values& values, const Append& append) {
  if (annotation) out.append(annotation).append("::");
  out.push_back('[');
  bool first = true;
  for (const auto& value : values) {
    if (!first) out.push_back(',');
    first = false;
    append(value);
  }
  out.push_back(']');
}

void append_value(std::string& out, const AttributeValue& value) {
  if (auto* text = value.get_if<std::string>()) return append_quoted(out, *text, '"');
  if (auto* number = value.get_if<Number>()) return append_number(out, *number);
  if (auto* binary = value.get_if<Binary>()) return append_blob(out, binary->bytes);
  if (auto* flag = value.get_if<bool>()) {
    out += *flag ? "true" : "false";
    return;
  }
  if (auto* list = value.get_if<List>())
    return append_list(out, nullptr, *list, [&](const AttributeValue& element) { append_value(out, element); });
  if (auto* map = value.get_if<AttributeMap>()) return append_ion(out, *map);
  if (auto* set = value.get_if<StringSet>())
    return append_list(out, kStringSet, set->members, [&](const auto& text) { append_quoted(out, text, '"'); });
  if (auto* set = value.get_if<NumberSet>())
    return append_list(out, kNumberSet, set->members, [&](const auto& number) { append_number(out, number); });
  if (auto* set = value.get_if<BinarySet>())
    return append_list(out, kBinarySet, set->members, [&](const auto& bytes) { append_blob(out, bytes); });
  out += "null";
}

// -- reading

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  bool at_end() {
    skip_blanks();
    return text_.empty();
  }
  /// A value with its annotations; nullopt: not Ion, or nothing that an attribute can be.
  std::optional<AttributeValue> value(int depth) {
    std::string annotation;
    for (;;) {
      skip_blanks();
      auto rest = text_;
      auto name = symbol();
      skip_blanks();
      if (!name || !take("::")) {
        text_ = rest;
        break;
      }
      annotation = *name;
    }
    if (depth > kDepthMax || text_.empty()) return std::nullopt;
    auto read = plain_value(depth);
    return read && !annotation.empty() ? as_set(annotation, std::move(*read)) : read;
  }
  /// The stream's version marker, which may come again.
  bool version_marker() {
    skip_blanks();
    if (!text_.starts_with("$ion_1_0") || (text_.size() > 8 && is_symbol_part(text_[8]))) return false;
    text_.remove_prefix(8);
    return true;
  }

 private:
  void skip_blanks() {
    for (;;) {
      size_t at = text_.find_first_not_of(" \t\r\n\v\f");
      text_.remove_prefix(std::min(at, text_.size()));
      if (text_.starts_with("//")) {
        text_.remove_prefix(std::min(text_.find('\n'), text_.size()));
      } else if (text_.starts_with("/*")) {
        size_t end = text_.find("*/");
        text_.remove_prefix(end == std::string_view::npos ? text_.size() : end + 2);
      } else {
        return;
      }
    }
  }
  bool take(std::string_view token) {
    if (!text_.starts_with(token)) return false;
    text_.remove_prefix(token.size());
    return true;
  }

  std::optional<AttributeValue> plain_value(int depth) {
    if (take("{{")) return blob();
    if (take("{")) return structure(depth);
    if (take("[")) return list(depth);
    if (text_.starts_with("'''")) return long_string();
    if (text_[0] == '"') {
      auto text = quoted('"');
      return text ? std::optional<AttributeValue>(std::move(*text)) : std::nullopt;
    }
    if (is_digit(text_[0]) || text_[0] == '-') return number();
    auto word = symbol();
    if (!word) return std::nullopt;
    if (*word == "true" || *word == "false") return AttributeValue(*word == "true");
    if (*word != "null") return AttributeValue(std::move(*word));  // a symbol is text
    if (take(".")) (void)symbol();                                 // a typed null
    return AttributeValue(Null{});
  }

  std::optional<AttributeValue> blob() {
    size_t end = text_.find("}}");
    if (end == std::string_view::npos) return std::nullopt;
    std::string base64;
    for (char c : text_.substr(0, end)) {
      if (!std::isspace(static_cast<unsigned char>(c))) base64.push_back(c);
    }
    text_.remove_prefix(end + 2);
    auto bytes = from_base64(base64);
    if (!bytes) return std::nullopt;
    return AttributeValue(Binary{std::move(*bytes)});
  }

  std::optional<AttributeValue> structure(int depth) {
    AttributeMap map;
    for (;;) {
      skip_blanks();
      if (take("}")) {
        map.sort();
        return AttributeValue(std::move(map));
      }
      if (text_.empty()) return std::nullopt;
      auto name = text_[0] == '"' ? quoted('"') : symbol();
      skip_blanks();
      if (!name || !take(":")) return std::nullopt;
      auto member = value(depth + 1);
      if (!member) return std::nullopt;
      map.append_unsorted(std::move(*name), std::move(*member));
      skip_blanks();
      if (!take(",") && !text_.starts_with("}")) return std::nullopt;
    }
  }

  std::optional<AttributeValue> list(int depth) {
    List out;
    for (;;) {
      skip_blanks();
      if (take("]")) return AttributeValue(std::move(out));
      auto element = value(depth + 1);
      if (!element) return std::nullopt;
      out.push_back(std::move(*element));
      skip_blanks();
      if (!take(",") && !text_.starts_with("]")) return std::nullopt;
    }
  }

  std::optional<AttributeValue> number() {
    size_t end = text_.find_first_not_of("+-0123456789._dDeE");
    std::string digits(text_.substr(0, end));
    text_.remove_prefix(digits.size());
    std::erase(digits, '_');
    // Ion's decimals have d where others have e.
    for (char& c : digits) {
      if (c == 'd' || c == 'D') c = 'e';
    }
    auto parsed = Number::parse(digits);
    if (!parsed) return std::nullopt;
    return AttributeValue(*parsed);
  }

  std::optional<std::string> symbol() {
    if (text_.empty()) return std::nullopt;
    if (text_[0] == '\'') return text_.starts_with("'''") ? std::nullopt : quoted('\'');
    if (!is_symbol_start(text_[0])) return std::nullopt;
    size_t length = 1;
    while (length < text_.size() && is_symbol_part(text_[length])) ++length;
    std::string out(text_.substr(0, length));
    text_.remove_prefix(length);
    return out;
  }

  std::optional<std::string> quoted(char quote) {
    text_.remove_prefix(1);
    std::string out;
    while (!text_.empty()) {
      char c = text_[0];
      text_.remove_prefix(1);
      if (c == quote) return out;
      if (c != '\\')
        out.push_back(c);
      else if (!escape(out))
        return std::nullopt;
    }
    return std::nullopt;
  }

  std::optional<AttributeValue> long_string() {
    std::string out;
    while (take("'''")) {
      while (!text_.starts_with("'''")) {
        if (text_.empty()) return std::nullopt;
        char c = text_[0];
        text_.remove_prefix(1);
        if (c != '\\')
          out.push_back(c);
        else if (!escape(out))
          return std::nullopt;
      }
      text_.remove_prefix(3);
      skip_blanks();
    }
    return AttributeValue(std::move(out));
  }

  bool escape(std::string& out) {
    if (text_.empty()) return false;
    char c = text_[0];
    text_.remove_prefix(1);
    static constexpr std::string_view kNames = "abtnfrv0", kValues = std::string_view("\a\b\t\n\f\r\v\0", 8);
    if (size_t at = kNames.find(c); at != std::string_view::npos) {
      out.push_back(kValues[at]);
      return true;
    }
    size_t digits = c == 'x' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : 0;
    if (!digits) {
      if (c != '\n') out.push_back(c);  // a line's end is left out, anything else stands for itself
      return true;
    }
    if (text_.size() < digits) return false;
    uint32_t code = 0;
    for (char digit : text_.substr(0, digits)) {
      if (!std::isxdigit(static_cast<unsigned char>(digit))) return false;
      code = code * 16 + static_cast<uint32_t>(is_digit(digit) ? digit - '0' : (digit | 0x20) - 'a' + 10);
    }
    text_.remove_prefix(digits);
    append_utf8(out, code);
    return true;
  }

  /// The members of a list as texts, numbers or bytes; nullopt if one is something else.
  template <class T, class Member>
  static std::optional<std::vector<Member>> members(const List& list, Member (*of)(const T&)) {
    std::vector<Member> out;
    for (const AttributeValue& element : list) {
      const T* member = element.get_if<T>();
      if (!member) return std::nullopt;
      out.push_back(of(*member));
    }
    std::sort(out.begin(), out.end());
    if (out.empty() || std::adjacent_find(out.begin(), out.end()) != out.end()) return std::nullopt;
    return out;
  }

  static std::optional<AttributeValue> as_set(const std::string& annotation, AttributeValue value) {
    if (annotation != kStringSet && annotation != kNumberSet && annotation != kBinarySet) return value;
    const List* list = value.get_if<List>();
    if (!list) return std::nullopt;
    if (annotation == kStringSet) {
      auto texts = members<std::string, std::string>(*list, [](const std::string& text) { return text; });
      return texts ? std::optional<AttributeValue>(StringSet{std::move(*texts)}) : std::nullopt;
    }
    if (annotation == kNumberSet) {
      auto numbers = members<Number, Number>(*list, [](const Number& number) { return number; });
      return numbers ? std::optional<AttributeValue>(NumberSet{std::move(*numbers)}) : std::nullopt;
    }
    auto bytes = members<Binary, std::string>(*list, [](const Binary& binary) { return binary.bytes; });
    return bytes ? std::optional<AttributeValue>(BinarySet{std::move(*bytes)}) : std::nullopt;
  }

  std::string_view text_;
};

}  // namespace

void append_ion_name(std::string& out, std::string_view name) {
  bool plain = !name.empty() && is_symbol_start(name[0]) && name[0] != '$' &&
               std::all_of(name.begin(), name.end(), is_symbol_part) && name != "null" && name != "true" &&
               name != "false" && name != "nan";
  if (plain)
    out += name;
  else
    append_quoted(out, name, '\'');
}

void append_ion(std::string& out, const AttributeMap& item) {
  out.push_back('{');
  bool first = true;
  for (const auto& [name, value] : item) {
    if (!first) out.push_back(',');
    first = false;
    append_ion_name(out, name);
    out.push_back(':');
    append_value(out, value);
  }
  out.push_back('}');
}

bool read_ion(std::string_view text, const std::function<void(AttributeMap)>& item,
              const std::function<void()>& error) {
  Reader reader(text);
  while (!reader.at_end()) {
    if (reader.version_marker()) continue;
    auto value = reader.value(0);
    if (!value) {
      error();
      return false;
    }
    AttributeMap* document = value->get_if<AttributeMap>();
    AttributeValue* found = document ? document->find("Item") : nullptr;
    AttributeMap* attributes = found ? found->get_if<AttributeMap>() : nullptr;
    if (attributes)
      item(std::move(*attributes));
    else
      error();
  }
  return true;
}

}  // namespace millrace::dynamodb
