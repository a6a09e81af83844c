#include "emulator/services/apigateway/openapi/yaml_json.h"

#include <yaml.h>

#include <charconv>
#include <map>
#include <unordered_map>
#include <utility>
#include <vector>

namespace millrace::apigateway {

namespace {

constexpr int kDepthMax = 100;
constexpr size_t kNodesMax = 500'000;   // a megabyte of aliases could stand for more than the memory holds
constexpr size_t kCostMax = 64u << 20;  // and so could one long text's: bytes of all that is made, copies as well
constexpr size_t kNodeCost = 64;

/// One of libyaml's events, given back at its end.
class Event {
 public:
  Event() = default;
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;
  ~Event() { yaml_event_delete(&event_); }
  bool read(yaml_parser_t& parser) { return yaml_parser_parse(&parser, &event_) == 1; }
  yaml_event_type_t type() const { return event_.type; }
  const yaml_event_t& raw() const { return event_; }

 private:
  yaml_event_t event_ = {};
};

std::string text_at(const yaml_char_t* text) {
  return text ? reinterpret_cast<const char*>(text) : "";
}

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> words) {
  for (std::string_view word : words) {
    if (text == word) return true;
  }
  return false;
}

/// An integer without a needless zero in front (that is a text: an account's id), or a decimal number.
std::optional<Json> number_of(std::string_view text) {
  std::string_view digits = text;
  if (digits.starts_with('-') || digits.starts_with('+')) digits.remove_prefix(1);
  if (digits.empty() || digits.find_first_not_of("0123456789.eE+-") != std::string_view::npos) return std::nullopt;
  if (digits[0] == '0' && digits.size() > 1 && digits[1] != '.') return std::nullopt;
  if (text.starts_with('+')) text.remove_prefix(1);
  int64_t integer = 0;
  if (auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), integer);
      error == std::errc() && end == text.data() + text.size())
    return Json(integer);
  double decimal = 0;
  if (auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), decimal);
      error == std::errc() && end == text.data() + text.size())
    return Json(decimal);
  return std::nullopt;
}

Json plain_scalar(std::string text) {
  if (is_one_of(text, {"", "~", "null", "Null", "NULL"})) return nullptr;
  if (is_one_of(text, {"true", "True", "TRUE"})) return true;
  if (is_one_of(text, {"false", "False", "FALSE"})) return false;
  if (auto number = number_of(text)) return std::move(*number);
  return Json(std::move(text));
}

class YamlReader {
 public:
  explicit YamlReader(std::string_view text) {
    good_ = yaml_parser_initialize(&parser_) == 1;
    yaml_parser_set_input_string(&parser_, reinterpret_cast<const unsigned char*>(text.data()), text.size());
  }
  YamlReader(const YamlReader&) = delete;
  YamlReader& operator=(const YamlReader&) = delete;
  ~YamlReader() { yaml_parser_delete(&parser_); }

  std::optional<Json> document() {
    if (!good_) return std::nullopt;
    while (true) {
      Event event;
      if (!event.read(parser_) || event.type() == YAML_STREAM_END_EVENT) return std::nullopt;
      if (event.type() == YAML_DOCUMENT_START_EVENT) break;
    }
    return value(0);
  }

 private:
  struct Anchored {
    Json value;
    size_t nodes, cost;
  };
  using Members = std::vector<Json::object_t::value_type, Json::object_t::allocator_type>;
  /// Where each name of an object stands: the object itself looks through all of them.
  using Places = std::unordered_map<std::string, size_t>;

  bool spend(size_t cost) { return (cost_ += cost) <= kCostMax; }

  static void put(Json& object, Places& places, const std::string& name, Json value, bool replaces) {
    auto& members = static_cast<Members&>(object.get_ref<Json::object_t&>());
    auto [place, is_new] = places.emplace(name, members.size());
    if (is_new) {
      members.emplace_back(name, std::move(value));
    } else if (replaces) {
      members[place->second].second = std::move(value);
    }
  }

  /// The next node; nullopt where there is none (the end of what holds it) or the text is wrong.
  std::optional<Json> value(int depth) {
    Event event;
    if (depth > kDepthMax || ++nodes_ > kNodesMax || !spend(kNodeCost) || !event.read(parser_)) return std::nullopt;
    const Made before{nodes_, cost_ - kNodeCost};
    const yaml_event_t& raw = event.raw();
    switch (event.type()) {
      case YAML_ALIAS_EVENT: return alias(text_at(raw.data.alias.anchor));
      case YAML_SCALAR_EVENT: {
        std::string text(reinterpret_cast<const char*>(raw.data.scalar.value), raw.data.scalar.length);
        if (!spend(text.size())) return std::nullopt;
        const bool plain = raw.data.scalar.style == YAML_PLAIN_SCALAR_STYLE && !raw.data.scalar.tag;
        return kept(raw.data.scalar.anchor, plain ? plain_scalar(std::move(text)) : Json(std::move(text)), before);
      }
      case YAML_SEQUENCE_START_EVENT: {
        auto list = sequence(depth);
        return list ? kept(raw.data.sequence_start.anchor, std::move(*list), before) : std::nullopt;
      }
      case YAML_MAPPING_START_EVENT: {
        auto object = mapping(depth);
        return object ? kept(raw.data.mapping_start.anchor, std::move(*object), before) : std::nullopt;
      }
      case YAML_SEQUENCE_END_EVENT:
      case YAML_MAPPING_END_EVENT: ended_ = true; return std::nullopt;
      default: return std::nullopt;
    }
  }

  /// What had been made before a node.
  struct Made {
    size_t nodes, cost;
  };

  std::optional<Json> kept(const yaml_char_t* anchor, Json value, const Made& before) {
    if (!anchor) return value;
    const size_t cost = cost_ - before.cost;
    if (!spend(cost)) return std::nullopt;
    anchors_[text_at(anchor)] = {value, nodes_ - before.nodes + 1, cost};
    return value;
  }

  std::optional<Json> alias(const std::string& name) {
    auto found = anchors_.find(name);
    if (found == anchors_.end()) return std::nullopt;
    nodes_ += found->second.nodes;
    return nodes_ > kNodesMax || !spend(found->second.cost) ? std::nullopt : std::optional(found->second.value);
  }

  /// True once: the end that value() has just met.
  bool take_end() { return std::exchange(ended_, false); }

  std::optional<Json> sequence(int depth) {
    Json out = Json::array();
    while (true) {
      auto item = value(depth + 1);
      if (!item) return take_end() ? std::optional(std::move(out)) : std::nullopt;
      out.push_back(std::move(*item));
    }
  }

  /// A key is its text, whatever its type.
  std::optional<std::string> key() {
    Event event;
    if (!event.read(parser_)) return std::nullopt;
    if (event.type() == YAML_MAPPING_END_EVENT) ended_ = true;
    if (event.type() != YAML_SCALAR_EVENT) return std::nullopt;
    const auto& scalar = event.raw().data.scalar;
    return std::string(reinterpret_cast<const char*>(scalar.value), scalar.length);
  }

  std::optional<Json> mapping(int depth) {
    Json out = Json::object();
    Places places;
    std::vector<Json> merged;
    while (true) {
      auto name = key();
      if (!name) {
        if (!take_end()) return std::nullopt;
        break;
      }
      auto member = spend(name->size()) ? value(depth + 1) : std::nullopt;
      if (!member) return std::nullopt;
      if (*name == "<<") {
        merged.push_back(std::move(*member));
      } else {
        put(out, places, *name, std::move(*member), true);
      }
    }
    for (const Json& one : merged) merge(out, places, one);
    return out;
  }

  /// What a merge key brings yields to what is written out.
  static void merge(Json& into, Places& places, const Json& from) {
    if (from.is_array()) {
      for (const Json& one : from) {
        if (one.is_object()) merge(into, places, one);
      }
    }
    if (!from.is_object()) return;
    for (const auto& [name, value] : from.items()) put(into, places, name, value, false);
  }

  yaml_parser_t parser_ = {};
  bool good_ = false, ended_ = false;
  size_t nodes_ = 0, cost_ = 0;
  std::map<std::string, Anchored> anchors_;
};

/// A text in double quotes. JSON's is YAML's, but for characters that YAML wants escaped and JSON doesn't: DEL, the C1
/// controls, the byte order mark and the two that are none.
std::string quoted(const std::string& text) {
  static constexpr std::pair<std::string_view, std::string_view> kEscaped[] = {
      {"\x7f", "\\u007f"}, {"\xef\xbb\xbf", "\\ufeff"}, {"\xef\xbf\xbe", "\\ufffe"}, {"\xef\xbf\xbf", "\\uffff"}};
  const std::string json = to_text(Json(text));
  std::string out;
  for (size_t at = 0; at < json.size();) {
    const std::string_view rest = std::string_view(json).substr(at);
    size_t taken = 0;
    for (const auto& [bytes, escape] : kEscaped) {
      if (!rest.starts_with(bytes)) continue;
      out += escape;
      taken = bytes.size();
    }
    if (taken == 0 && rest.size() > 1 && rest[0] == '\xc2' && static_cast<unsigned char>(rest[1]) < 0xa0) {
      static constexpr std::string_view kDigits = "0123456789abcdef";
      const auto byte = static_cast<unsigned char>(rest[1]);
      out += std::string("\\u00") + kDigits[byte >> 4] + kDigits[byte & 15];
      taken = 2;
    }
    if (taken == 0) {
      out += rest[0];
      taken = 1;
    }
    at += taken;
  }
  return out;
}

constexpr size_t kShortKeyMax = 900;  // libyaml takes 1,024 bytes before a colon

void write_yaml(const Json& value, size_t indent, std::string& out) {
  const std::string blanks(indent, ' ');
  if (value.is_object() && !value.empty()) {
    for (const auto& [name, member] : value.items()) {
      const bool nested = member.is_structured() && !member.empty();
      const std::string key = quoted(name);
      out += key.size() > kShortKeyMax ? blanks + "? " + key + "\n" + blanks + ":" : blanks + key + ":";
      out += nested ? "\n" : " ";
      write_yaml(member, indent + 2, out);
    }
  } else if (value.is_array() && !value.empty()) {
    for (const Json& item : value) {
      const bool nested = item.is_structured() && !item.empty();
      out += blanks + "-" + (nested ? "\n" : " ");
      write_yaml(item, indent + 2, out);
    }
  } else {
    out += (value.is_string() ? quoted(value.get<std::string>()) : to_text(value)) + "\n";
  }
}

}  // namespace

std::optional<Json> yaml_to_json(std::string_view text) {
  return YamlReader(text).document();
}

std::string json_to_yaml(const Json& value) {
  std::string out = "---\n";
  write_yaml(value, 0, out);
  return out;
}

}  // namespace millrace::apigateway
