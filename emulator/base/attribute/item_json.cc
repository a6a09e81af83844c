#include "emulator/base/attribute/item_json.h"

#include <algorithm>
#include <charconv>

#include "emulator/base/encoding.h"

namespace millrace {
namespace {

namespace dom = simdjson::dom;

constexpr size_t kNameBytesMax = 65'535;

constexpr char kValuePrefix[] = "One or more parameter values were invalid: ";
constexpr char kStructure[] = "Start of structure or map found where not expected";

AttributeError serialization(std::string text) {
  return {true, std::move(text)};
}
AttributeError invalid(std::string text) {
  return {false, std::move(text)};
}

/// What AWS's parser calls a JSON scalar, e.g. "NUMBER_VALUE".
const char* token_name(dom::element element) {
  switch (element.type()) {
    case dom::element_type::STRING: return "STRING_VALUE";
    case dom::element_type::BOOL: return element.get_bool().value_unsafe() ? "TRUE_VALUE" : "FALSE_VALUE";
    case dom::element_type::DOUBLE: return "DECIMAL_VALUE";
    default: return "NUMBER_VALUE";
  }
}

/// Reads attribute values. AWS reads the whole request before it looks at any value, so a value of a wrong JSON
/// type anywhere comes before an invalid value; of each kind the first one is kept.
class AttributeReader {
 public:
  explicit AttributeReader(ValueLayer layer) : layer_(layer) {}

  AttributeValue value(dom::element element, int depth);
  AttributeMap map(dom::element element, int depth);
  std::optional<AttributeError> error() && { return wrong_type_ ? std::move(wrong_type_) : std::move(invalid_); }

 private:
  void wrong_type(std::string text) {
    if (!wrong_type_) wrong_type_ = serialization(std::move(text));
  }
  void reject(std::string text) {
    if (!invalid_) invalid_ = invalid(std::move(text));
  }
  AttributeValue typed(std::string_view type, dom::element element, int depth);
  std::string_view text(dom::element element);
  std::string bytes(dom::element element);
  bool boolean(dom::element element);
  Number number(dom::element element);
  AttributeValue list(dom::element element, int depth);
  std::optional<dom::array> array(dom::element element);
  AttributeValue string_set(dom::element element);
  AttributeValue number_set(dom::element element);
  AttributeValue binary_set(dom::element element);

  void check_names(dom::object members, int depth);
  bool is_current() const { return layer_ == ValueLayer::current; }

  const ValueLayer layer_;
  std::optional<AttributeError> wrong_type_, invalid_;
};

std::string_view AttributeReader::text(dom::element element) {
  switch (element.type()) {
    case dom::element_type::STRING: return element.get_string().value_unsafe();
    case dom::element_type::ARRAY: wrong_type("Unrecognized collection type class java.lang.String"); break;
    case dom::element_type::OBJECT: wrong_type(kStructure); break;
    case dom::element_type::NULL_VALUE: break;
    default: wrong_type(std::string(token_name(element)) + " cannot be converted to String");
  }
  return {};
}

std::string AttributeReader::bytes(dom::element element) {
  if (!element.is_string()) {
    if (element.is_array()) {
      wrong_type("Unrecognized collection type class java.nio.ByteBuffer");
    } else if (element.is_object()) {
      wrong_type(kStructure);
    } else {
      wrong_type("only base-64-encoded strings are convertible to bytes");
    }
    return {};
  }
  std::string_view encoded = element.get_string().value_unsafe();
  if (encoded.size() % 4 != 0) {
    wrong_type("Base64 encoded length is expected a multiple of 4 bytes but found: " + std::to_string(encoded.size()));
    return {};
  }
  auto decoded = from_base64(encoded);
  if (!decoded) {
    size_t stray = encoded.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
    if (stray == std::string_view::npos) stray = 0;
    wrong_type("Invalid Base64 character: '" + std::string(1, encoded[stray]) + "'");
    return {};
  }
  // The bits behind the last byte must be zero.
  if (encoded.ends_with('=') && to_base64(*decoded) != encoded) {
    wrong_type("Invalid last non-pad Base64 character dectected");
  }
  return std::move(*decoded);
}

bool AttributeReader::boolean(dom::element element) {
  switch (element.type()) {
    case dom::element_type::BOOL: return element.get_bool().value_unsafe();
    case dom::element_type::STRING: {
      std::string word = to_lower(element.get_string().value_unsafe());
      if (word == "true" || word == "1" || word == "yes") return true;
      if (word == "false" || word == "0" || word == "no") return false;
      break;
    }
    case dom::element_type::ARRAY: wrong_type("Unrecognized collection type class java.lang.Boolean"); return false;
    case dom::element_type::OBJECT: wrong_type(kStructure); return false;
    default: break;
  }
  wrong_type("Unexpected token received from parser");
  return false;
}

Number AttributeReader::number(dom::element element) {
  std::string_view literal = text(element);
  if (!element.is_string()) return {};
  NumberError why;
  auto parsed = Number::parse(literal, &why);
  if (!parsed) {
    reject(number_error_text(why, literal, layer_));
    return {};
  }
  return std::move(*parsed);
}

std::optional<dom::array> AttributeReader::array(dom::element element) {
  dom::array result;
  if (element.get_array().get(result) == simdjson::SUCCESS) return result;
  if (element.is_object()) {
    wrong_type(kStructure);
  } else {
    wrong_type("Unexpected field type");
  }
  return std::nullopt;
}

AttributeValue AttributeReader::list(dom::element element, int depth) {
  List elements;
  auto source = array(element);
  if (!source) return elements;
  for (dom::element child : *source) {
    // AWS drops nothing: a null in a list is an empty attribute value.
    elements.push_back(value(child, depth + 1));
  }
  return elements;
}

/// Sorts the members; false if two are equal.
template <class T>
bool sort_distinct(std::vector<T>& members) {
  std::sort(members.begin(), members.end());
  return std::adjacent_find(members.begin(), members.end()) == members.end();
}

/// "[a, b]": the members as they came.
std::string listing(dom::array source) {
  std::string out;
  for (dom::element child : source) out.append(out.empty() ? "[" : ", ").append(child.get_string().value_unsafe());
  return out + "]";
}

/// `["a", "b"]`, as JSON.
template <class Members>
std::string json_listing(const Members& members, const char* separator) {
  std::string out;
  for (const auto& member : members) append_json_string(out.append(out.empty() ? "[" : separator), member);
  return out + "]";
}

std::vector<std::string_view> texts(dom::array source) {
  std::vector<std::string_view> out;
  for (dom::element child : source) out.push_back(child.get_string().value_unsafe());
  return out;
}

AttributeValue AttributeReader::string_set(dom::element element) {
  StringSet set;
  auto source = array(element);
  if (!source) return set;
  for (dom::element child : *source) set.members.emplace_back(text(child));
  if (wrong_type_) return set;
  if (set.members.empty()) reject(std::string(kValuePrefix) + "An string set  may not be empty");
  if (!sort_distinct(set.members)) {
    const std::string members = is_current() ? json_listing(set.members, ", ") : listing(*source);
    reject(kValuePrefix + std::string("Input collection ") + members + " contains duplicates.");
  }
  return set;
}

AttributeValue AttributeReader::number_set(dom::element element) {
  NumberSet set;
  auto source = array(element);
  if (!source) return set;
  for (dom::element child : *source) set.members.push_back(number(child));
  if (wrong_type_) return set;
  if (set.members.empty()) reject(std::string(kValuePrefix) + "An number set  may not be empty");
  if (!sort_distinct(set.members)) {
    reject(std::string("Input collection contains duplicates") + (is_current() ? "." : ""));
  }
  return set;
}

AttributeValue AttributeReader::binary_set(dom::element element) {
  BinarySet set;
  auto source = array(element);
  if (!source) return set;
  for (dom::element child : *source) set.members.push_back(bytes(child));
  if (wrong_type_) return set;
  if (set.members.empty()) reject(std::string(kValuePrefix) + "Binary sets should not be empty");
  if (!sort_distinct(set.members)) {
    const std::string members = is_current() ? json_listing(texts(*source), ",") : listing(*source);
    reject(kValuePrefix + std::string("Input collection ") + members + "of type BS contains duplicates.");
  }
  return set;
}

AttributeValue AttributeReader::typed(std::string_view type, dom::element element, int depth) {
  if (type == "S") return std::string(text(element));
  if (type == "N") return number(element);
  if (type == "B") return Binary{bytes(element)};
  if (type == "BOOL") return AttributeValue(boolean(element));
  if (type == "NULL") {
    if (!boolean(element)) reject(std::string(kValuePrefix) + "Null attribute value types must have the value of true");
    return Null{};
  }
  if (type == "L") return list(element, depth);
  if (type == "M") return map(element, depth + 1);
  if (type == "SS") return string_set(element);
  if (type == "NS") return number_set(element);
  return binary_set(element);
}

bool is_type_name(std::string_view name) {
  for (const char* known : {"S", "N", "B", "M", "L", "BOOL", "NULL", "SS", "NS", "BS"}) {
    if (name == known) return true;
  }
  return false;
}

AttributeValue AttributeReader::value(dom::element element, int depth) {
  if (static_cast<size_t>(depth) >= kNestingLevelsMax) {
    reject(kTooDeep);
    return {};
  }
  dom::object members;
  if (element.get_object().get(members) != simdjson::SUCCESS) {
    if (element.is_array()) {
      wrong_type("Unrecognized collection type class com.amazonaws.dynamodb.v20120810.AttributeValue");
    } else if (!element.is_null()) {
      wrong_type("Unexpected value type in payload");
    } else {
      reject("Supplied AttributeValue is empty, must contain exactly one of the supported datatypes");
    }
    return {};
  }
  AttributeValue result;
  int types = 0;
  // The errors of a value with two types are about that, not about what is in them.
  auto invalid_before = invalid_;
  for (auto [type, child] : members) {
    if (child.is_null() || !is_type_name(type)) continue;  // null is absent; unknown members are ignored
    result = typed(type, child, depth);
    ++types;
  }
  if (types == 0) reject("Supplied AttributeValue is empty, must contain exactly one of the supported datatypes");
  if (types > 1) {
    invalid_ = invalid_before;
    reject(
        "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes");
  }
  return result;
}

/// Before the values.
void AttributeReader::check_names(dom::object members, int depth) {
  for (auto [name, child] : members) {
    // unverified: that members of maps may have an empty name
    if (depth > 0 && name.empty()) continue;
    if (auto wrong = attribute_name_error(name, layer_)) reject(std::move(*wrong));
  }
}

AttributeMap AttributeReader::map(dom::element element, int depth) {
  AttributeMap result;
  dom::object members;
  if (element.get_object().get(members) != simdjson::SUCCESS) {
    if (element.is_array()) {
      wrong_type(
          "Unrecognized collection type java.util.Map<java.lang.String, "
          "com.amazonaws.dynamodb.v20120810.AttributeValue>");
    } else {
      wrong_type("Unexpected field type");
    }
    return result;
  }
  result.reserve(members.size());
  check_names(members, depth);
  for (auto [name, child] : members) {
    result.append_unsorted(std::string(name), value(child, depth));
  }
  result.sort();
  return result;
}

struct AppendJson {
  std::string& out;
  void operator()(const std::string& text) const { append_json_string(out, text); }
  void operator()(const Number& number) const {
    out.push_back('"');
    number.append_text(out);
    out.push_back('"');
  }
  void operator()(const Binary& binary) const { base64(binary.bytes); }
  void operator()(bool flag) const { out.append(flag ? "true" : "false"); }
  void operator()(Null) const { out.append("true"); }
  void operator()(const List& list) const {
    each(list, [&](const AttributeValue& element) { append_json(out, element); });
  }
  void operator()(const AttributeMap& map) const { append_json(out, map); }
  void operator()(const StringSet& set) const { each(set.members, *this); }
  void operator()(const NumberSet& set) const { each(set.members, *this); }
  void operator()(const BinarySet& set) const {
    each(set.members, [&](const std::string& member) { base64(member); });
  }
  void each(const auto& members, const auto& print_one) const {
    out.push_back('[');
    bool first = true;
    for (const auto& member : members) {
      if (!first) out.push_back(',');
      first = false;
      print_one(member);
    }
    out.push_back(']');
  }
  void base64(std::string_view bytes) const {
    out.push_back('"');
    append_base64(out, bytes);
    out.push_back('"');
  }
};

}  // namespace

size_t nesting_levels(const AttributeValue& value) {
  size_t deepest = 0;
  if (auto* list = value.get_if<List>()) {
    for (const auto& element : *list) deepest = std::max(deepest, nesting_levels(element));
  } else if (auto* map = value.get_if<AttributeMap>()) {
    for (const auto& [name, element] : *map) deepest = std::max(deepest, nesting_levels(element));
  }
  return deepest + 1;
}

std::optional<std::string> attribute_name_error(std::string_view name, ValueLayer layer) {
  // unverified: the exact words of all but the older layer's empty name
  if (name.empty()) return (layer == ValueLayer::current ? std::string(kValuePrefix) : "") + "Empty attribute name";
  if (name.size() <= kNameBytesMax) return std::nullopt;
  return std::string(kValuePrefix) + "Attribute name is too large, must be less than 65536 bytes";
}

namespace {

/// The older layer reads numbers as Java's BigDecimal: an exponent must fit into 32 bits, and with the largest one the
/// check of the magnitude overflows.
NumberError older_error(NumberError why, std::string_view literal) {
  const size_t mark = literal.find_first_of("eE");
  if (why == NumberError::too_precise || mark == std::string_view::npos) return why;
  std::string_view digits = literal.substr(mark + 1);
  if (digits.starts_with('+')) digits.remove_prefix(1);
  int32_t exponent = 0;
  if (std::from_chars(digits.data(), digits.data() + digits.size(), exponent).ec != std::errc()) {
    return NumberError::malformed;
  }
  return exponent == INT32_MAX ? NumberError::underflow : why;
}

}  // namespace

std::string number_error_text(NumberError why, std::string_view literal, ValueLayer layer) {
  const bool is_current = layer == ValueLayer::current;
  switch (is_current ? why : older_error(why, literal)) {
    case NumberError::malformed: {
      std::string out = "The parameter cannot be converted to a numeric value";
      if (!literal.empty() || is_current) out.append(": ").append(literal);
      return out;
    }
    case NumberError::overflow:
      return "Number overflow. Attempting to store a number with magnitude larger than supported range";
    case NumberError::underflow:
      return "Number underflow. Attempting to store a number with magnitude smaller than supported range";
    case NumberError::too_precise: return "Attempting to store more than 38 significant digits in a Number";
  }
  return {};
}

std::variant<AttributeValue, AttributeError> read_attribute(dom::element element, ValueLayer layer) {
  AttributeReader reader(layer);
  AttributeValue value = reader.value(element, 0);
  if (auto error = std::move(reader).error()) return std::move(*error);
  return value;
}

std::variant<AttributeMap, AttributeError> read_attributes(dom::element element, ValueLayer layer) {
  AttributeReader reader(layer);
  AttributeMap map = reader.map(element, 0);
  if (auto error = std::move(reader).error()) return std::move(*error);
  return map;
}

void append_json(std::string& out, const AttributeValue& value) {
  out.append("{\"").append(type_name(value.type())).append("\":");
  std::visit(AppendJson{out}, value.variant());
  out.push_back('}');
}

void append_json(std::string& out, const AttributeMap& map) {
  out.push_back('{');
  bool first = true;
  for (const auto& [name, value] : map) {
    if (!first) out.push_back(',');
    first = false;
    append_json_string(out, name);
    out.push_back(':');
    append_json(out, value);
  }
  out.push_back('}');
}

std::variant<AttributeMap, AttributeError> read_attributes(const Json& object) {
  dom::parser parser;
  dom::element element;
  std::string text = to_text(object);
  if (parser.parse(text).get(element) != simdjson::SUCCESS) return serialization({});
  return read_attributes(element);
}

std::variant<AttributeValue, AttributeError> read_attribute(const Json& object) {
  dom::parser parser;
  dom::element element;
  std::string text = to_text(object);
  if (parser.parse(text).get(element) != simdjson::SUCCESS) return serialization({});
  return read_attribute(element);
}

Json to_json(const AttributeMap& map) {
  std::string text;
  append_json(text, map);
  return Json::parse(text);
}

Json to_json(const AttributeValue& value) {
  std::string text;
  append_json(text, value);
  return Json::parse(text);
}

}  // namespace millrace
