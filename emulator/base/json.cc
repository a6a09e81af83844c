#include "emulator/base/json.h"

#include <simdjson.h>

#include <charconv>
#include <unordered_map>
#include <vector>

#include "emulator/base/json_out.h"

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

/// Builds the document as the library's own parser does, in linear time: that one looks for each new member among all
/// that its object has.
class DocumentBuilder {
 public:
  Json take() { return std::move(root_); }

  bool null() { return add(nullptr); }
  bool boolean(bool value) { return add(value); }
  bool number_integer(int64_t value) { return add(value); }
  bool number_unsigned(uint64_t value) { return add(value); }
  bool number_float(double value, const std::string&) { return add(value); }
  bool string(std::string& value) { return add(std::move(value)); }
  bool binary(Json::binary_t&) { return false; }
  bool start_object(size_t) { return open(Json::object()); }
  bool start_array(size_t) { return open(Json::array()); }
  bool end_object() { return close(); }
  bool end_array() { return close(); }
  bool parse_error(size_t, const std::string&, const Json::exception&) { return false; }

  /// The value of a name that comes twice is the last one, in the first one's place.
  bool key(std::string& name) {
    Open& top = open_.back();
    auto& members = static_cast<Members&>(top.value->get_ref<Json::object_t&>());
    size_t at = members.size();
    if (at < kFewMembers) {
      for (at = 0; at < members.size() && members[at].first != name; ++at) {
      }
    } else {
      if (top.places.empty()) {
        for (size_t i = 0; i < members.size(); ++i) top.places.emplace(members[i].first, i);
      }
      at = top.places.emplace(name, at).first->second;
    }
    if (at == members.size()) members.emplace_back(std::move(name), nullptr);
    slot_ = &members[at].second;
    return true;
  }

 private:
  using Members = std::vector<Json::object_t::value_type, Json::object_t::allocator_type>;
  static constexpr size_t kFewMembers = 24;  // beyond it they are found by their hash
  struct Open {
    Json* value;
    std::unordered_map<std::string, size_t> places = {};
  };

  Json* put(Json value) {
    if (open_.empty()) {
      root_ = std::move(value);
      return &root_;
    }
    Json& parent = *open_.back().value;
    if (!parent.is_array()) {
      *slot_ = std::move(value);
      return slot_;
    }
    parent.push_back(std::move(value));
    return &parent.back();
  }
  template <class Value>
  bool add(Value&& value) {
    put(Json(std::forward<Value>(value)));
    return true;
  }
  bool open(Json empty) {
    open_.push_back({put(std::move(empty))});
    return true;
  }
  bool close() {
    open_.pop_back();
    return true;
  }

  Json root_;
  std::vector<Open> open_;
  Json* slot_ = nullptr;  // of the member whose value comes next
};

/// Hands a document that simdjson has read to the builder. False: it nests too deep.
bool hand_over(simdjson::dom::element value, DocumentBuilder& to, int nesting) {
  std::string text;
  switch (value.type()) {
    case simdjson::dom::element_type::OBJECT:
      if (nesting >= kNestingMax) return false;
      to.start_object(0);
      for (const auto& [name, member] : simdjson::dom::object(value)) {
        text = name;
        to.key(text);
        if (!hand_over(member, to, nesting + 1)) return false;
      }
      return to.end_object();
    case simdjson::dom::element_type::ARRAY:
      if (nesting >= kNestingMax) return false;
      to.start_array(0);
      for (simdjson::dom::element one : simdjson::dom::array(value)) {
        if (!hand_over(one, to, nesting + 1)) return false;
      }
      return to.end_array();
    case simdjson::dom::element_type::STRING: text = std::string_view(value); return to.string(text);
    case simdjson::dom::element_type::INT64: {
      const int64_t number = value;
      return number < 0 ? to.number_integer(number) : to.number_unsigned(static_cast<uint64_t>(number));
    }
    case simdjson::dom::element_type::UINT64: return to.number_unsigned(uint64_t(value));
    case simdjson::dom::element_type::DOUBLE: return to.number_float(double(value), {});
    case simdjson::dom::element_type::BOOL: return to.boolean(bool(value));
    case simdjson::dom::element_type::NULL_VALUE: return to.null();
  }
  return false;
}

/// The document by simdjson, in a third of the library's instructions. nullopt: the library shall judge; what isn't JSON,
/// numbers beyond 64 bits, and \u escapes, where this version of simdjson lets halves of surrogate pairs through.
std::optional<Json> read_quickly(std::string_view text) {
  constexpr size_t kKeptMax = 64 << 10;  // a thread keeps the parser's memory for documents up to this
  if (text.find("\\u") != std::string_view::npos) return std::nullopt;
  thread_local simdjson::dom::parser kept;
  simdjson::dom::parser big;
  simdjson::dom::element root;
  if ((text.size() > kKeptMax ? big : kept).parse(text.data(), text.size()).get(root)) return std::nullopt;
  DocumentBuilder builder;
  if (!hand_over(root, builder, 0)) return std::nullopt;
  return builder.take();
}

void print_number(JsonOut& out, const Json& number) {
  char digits[24];
  const auto end = number.is_number_unsigned() ? std::to_chars(digits, std::end(digits), number.get<uint64_t>()).ptr
                                               : std::to_chars(digits, std::end(digits), number.get<int64_t>()).ptr;
  out.plain({digits, static_cast<size_t>(end - digits)});
}

void print_string(JsonOut& out, std::string_view text) {
  if (simdjson::validate_utf8(text.data(), text.size())) {
    out.string(text);
  } else {
    out.plain(Json(text).dump(-1, ' ', false, Json::error_handler_t::replace));
  }
}

void print(JsonOut& out, const Json& value) {
  char before = '{';
  switch (value.type()) {
    case Json::value_t::object:
      for (const auto& [name, member] : value.get_ref<const Json::object_t&>()) {
        print_string(out.put(std::exchange(before, ',')), name);
        print(out.put(':'), member);
      }
      if (before == '{') out.put('{');
      out.put('}');
      break;
    case Json::value_t::array:
      before = '[';
      for (const Json& one : value) print(out.put(std::exchange(before, ',')), one);
      if (before == '[') out.put('[');
      out.put(']');
      break;
    case Json::value_t::string: print_string(out, value.get_ref<const std::string&>()); break;
    case Json::value_t::boolean: out.plain(value.get<bool>() ? "true" : "false"); break;
    case Json::value_t::number_integer:
    case Json::value_t::number_unsigned: print_number(out, value); break;
    default: out.plain(value.dump());  // null, and floating-point numbers in the library's form
  }
}

}  // namespace

std::optional<Json> parse_json(std::string_view text) {
  if (auto document = read_quickly(text)) return document;
  if (!nesting_is_bounded(text)) return std::nullopt;
  DocumentBuilder builder;
  if (!Json::sax_parse(text.begin(), text.end(), &builder)) return std::nullopt;
  return builder.take();
}

void append_json_string(std::string& out, std::string_view text) {
  JsonOut(out, text.size() + 2).string(text);
}

std::string to_text(const Json& value) {
  constexpr size_t kMostAreSmaller = 192;
  std::string out;
  {
    JsonOut printed(out, kMostAreSmaller);
    print(printed, value);
  }
  return out;
}

}  // namespace millrace
