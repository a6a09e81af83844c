#include "emulator/base/attribute/item_codec.h"

#include <string_view>

#include "emulator/base/encoding.h"
#include "emulator/base/json.h"
#include "emulator/base/json_out.h"

// The stored form of an item:
//
//   item   := count attribute*            attributes by name, ascending; sets ascending: equal items, equal bytes
//   attribute := text value               the name and its value
//   value  := type payload                type: one byte, numbered by AttributeType
//   payload := S: text   N: number   B: text   BOOL: 00 | 01   NULL: nothing
//            | L: count value*   M: item   SS: count text*   NS: count number*   BS: count text*
//   text   := count byte*
//   number := Number's stored form (number.cc)
//   count  := unsigned LEB128

namespace millrace {
namespace {

// Items nest at most 32 levels; a stored value that nests deeper than this is damage.
constexpr int kDepthMax = 64;

void append_count(std::string& out, size_t count) {
  while (count >= 0x80) {
    out.push_back(static_cast<char>(count | 0x80));
    count >>= 7;
  }
  out.push_back(static_cast<char>(count));
}

void append_text(std::string& out, std::string_view text) {
  append_count(out, text.size());
  out.append(text);
}

void append_value(std::string& out, const AttributeValue& value);

struct AppendPayload {
  std::string& out;
  void operator()(const std::string& text) const { append_text(out, text); }
  void operator()(const Number& number) const { number.append_stored(out); }
  void operator()(const Binary& binary) const { append_text(out, binary.bytes); }
  void operator()(bool flag) const { out.push_back(flag ? 1 : 0); }
  void operator()(Null) const {}
  void operator()(const List& list) const {
    append_count(out, list.size());
    for (const auto& element : list) append_value(out, element);
  }
  void operator()(const AttributeMap& map) const { append_item(out, map); }
  void operator()(const StringSet& set) const { texts(set.members); }
  void operator()(const BinarySet& set) const { texts(set.members); }
  void operator()(const NumberSet& set) const {
    append_count(out, set.members.size());
    for (const auto& member : set.members) member.append_stored(out);
  }
  void texts(const std::vector<std::string>& members) const {
    append_count(out, members.size());
    for (const auto& member : members) append_text(out, member);
  }
};

void append_value(std::string& out, const AttributeValue& value) {
  out.push_back(static_cast<char>(value.type()));
  std::visit(AppendPayload{out}, value.variant());
}

/// Takes pieces off the front of the bytes; every call is false at the first sign of damage.
struct Reader {
  std::string_view bytes;

  /// Without the library's own checks, on the path of every item: who calls it has checked the bounds.
  void take(size_t size) { bytes = std::string_view(bytes.data() + size, bytes.size() - size); }
  bool byte(unsigned char& out) {
    if (bytes.empty()) return false;
    out = static_cast<unsigned char>(*bytes.data());
    take(1);
    return true;
  }
  bool count(size_t& out) {
    out = 0;
    for (int shift = 0; shift < 35; shift += 7) {
      unsigned char b;
      if (!byte(b)) return false;
      out |= static_cast<size_t>(b & 0x7f) << shift;
      // Whatever is counted takes at least a byte (a NULL in a list has its type byte).
      if (!(b & 0x80)) return out <= bytes.size();
    }
    return false;
  }
  bool text(std::string_view& out) {
    size_t size;
    if (!count(size)) return false;
    out = std::string_view(bytes.data(), size);
    take(size);
    return true;
  }

  bool value(AttributeValue& out, int depth);
  bool map(AttributeMap& out, int depth);
  bool list(AttributeValue& out, int depth);
  bool texts(std::vector<std::string>& out);
  bool numbers(AttributeValue& out);
};

bool Reader::texts(std::vector<std::string>& out) {
  size_t size;
  if (!count(size)) return false;
  out.reserve(size);
  for (size_t i = 0; i < size; ++i) {
    std::string_view member;
    if (!text(member)) return false;
    out.emplace_back(member);
  }
  return true;
}

bool Reader::numbers(AttributeValue& out) {
  size_t size;
  if (!count(size)) return false;
  NumberSet set;
  set.members.reserve(size);
  for (size_t i = 0; i < size; ++i) {
    auto number = Number::take_stored(bytes);
    if (!number) return false;
    set.members.push_back(std::move(*number));
  }
  out = AttributeValue(std::move(set));
  return true;
}

bool Reader::list(AttributeValue& out, int depth) {
  size_t size;
  if (!count(size)) return false;
  List elements(size);
  for (auto& element : elements) {
    if (!value(element, depth + 1)) return false;
  }
  out = AttributeValue(std::move(elements));
  return true;
}

bool Reader::map(AttributeMap& out, int depth) {
  size_t size;
  if (!count(size)) return false;
  out.reserve(size);
  for (size_t i = 0; i < size; ++i) {
    std::string_view name;
    AttributeValue element;
    if (!text(name) || !value(element, depth + 1)) return false;
    out.append_unsorted(std::string(name), std::move(element));
  }
  return true;
}

bool Reader::value(AttributeValue& out, int depth) {
  unsigned char type, flag;
  std::string_view bytes_of;
  if (depth > kDepthMax || !byte(type)) return false;
  switch (static_cast<AttributeType>(type)) {
    case AttributeType::S:
      if (!text(bytes_of)) return false;
      out = AttributeValue(std::string(bytes_of));
      return true;
    case AttributeType::N: {
      auto number = Number::take_stored(bytes);
      if (!number) return false;
      out = AttributeValue(std::move(*number));
      return true;
    }
    case AttributeType::B:
      if (!text(bytes_of)) return false;
      out = AttributeValue(Binary{std::string(bytes_of)});
      return true;
    case AttributeType::BOOL:
      if (!byte(flag)) return false;
      out = AttributeValue(flag != 0);
      return true;
    case AttributeType::NUL: out = AttributeValue(Null{}); return true;
    case AttributeType::L: return list(out, depth);
    case AttributeType::M: {
      AttributeMap members;
      if (!map(members, depth)) return false;
      out = AttributeValue(std::move(members));
      return true;
    }
    case AttributeType::SS: {
      StringSet set;
      if (!texts(set.members)) return false;
      out = AttributeValue(std::move(set));
      return true;
    }
    case AttributeType::NS: return numbers(out);
    case AttributeType::BS: {
      BinarySet set;
      if (!texts(set.members)) return false;
      out = AttributeValue(std::move(set));
      return true;
    }
  }
  return false;
}

/// Prints while it reads.
struct JsonPrinter {
  JsonOut out;
  Reader in;

  bool number() {
    char* at = out.room(Number::kTextMax + 2);
    *at++ = '"';
    at = Number::print_stored(at, in.bytes);
    if (!at) return false;
    *at++ = '"';
    out.wrote(at);
    return true;
  }
  bool string() {
    std::string_view text;
    if (!in.text(text)) return false;
    out.string(text);
    return true;
  }
  bool binary() {
    std::string_view bytes;
    if (!in.text(bytes)) return false;
    std::string text;
    append_base64(text, bytes);
    out.put('"').plain(text).put('"');
    return true;
  }
  bool each(auto print_one) {
    size_t size;
    if (!in.count(size)) return false;
    out.put('[');
    for (size_t i = 0; i < size; ++i) {
      if (i) out.put(',');
      if (!print_one()) return false;
    }
    out.put(']');
    return true;
  }
  bool boolean() {
    unsigned char flag;
    if (!in.byte(flag)) return false;
    out.plain(flag ? "true" : "false");
    return true;
  }
  bool map(int depth) {
    size_t size;
    if (!in.count(size)) return false;
    out.put('{');
    for (size_t i = 0; i < size; ++i) {
      if (i) out.put(',');
      if (!string()) return false;
      out.put(':');
      if (!value(depth + 1)) return false;
    }
    out.put('}');
    return true;
  }
  bool payload(AttributeType type, int depth) {
    switch (type) {
      case AttributeType::S: return string();
      case AttributeType::N: return number();
      case AttributeType::B: return binary();
      case AttributeType::BOOL: return boolean();
      case AttributeType::NUL: out.plain("true"); return true;
      case AttributeType::L: return each([&] { return value(depth + 1); });
      case AttributeType::M: return map(depth);
      case AttributeType::SS: return each([&] { return string(); });
      case AttributeType::NS: return each([&] { return number(); });
      case AttributeType::BS: return each([&] { return binary(); });
    }
    return false;
  }
  bool value(int depth) {
    unsigned char code;
    if (depth > kDepthMax || !in.byte(code)) return false;
    auto type = static_cast<AttributeType>(code);
    out.put('{').put('"').plain(type_name(type)).put('"').put(':');
    if (!payload(type, depth)) return false;
    out.put('}');
    return true;
  }
};

/// Adds up while it reads.
struct Sizer {
  Reader in;
  size_t total = 0;

  bool text() {
    std::string_view bytes;
    if (!in.text(bytes)) return false;
    total += bytes.size();
    return true;
  }
  bool number() {
    auto size = Number::skip_stored(in.bytes);
    total += size.value_or(0);
    return size.has_value();
  }
  bool each(auto one) {
    size_t count;
    if (!in.count(count)) return false;
    while (count-- > 0) {
      if (!one()) return false;
    }
    return true;
  }
  bool map(int depth) {
    return each([&] { return text() && value(depth + 1); });
  }
  bool container(int depth, bool is_map) {
    Reader ahead = in;
    size_t count;
    if (!ahead.count(count)) return false;
    total += kContainerBytes + kElementBytes * count;
    return is_map ? map(depth) : each([&] { return value(depth + 1); });
  }
  bool value(int depth) {
    unsigned char type, flag;
    if (depth > kDepthMax || !in.byte(type)) return false;
    switch (static_cast<AttributeType>(type)) {
      case AttributeType::S:
      case AttributeType::B: return text();
      case AttributeType::N: return number();
      case AttributeType::BOOL: ++total; return in.byte(flag);
      case AttributeType::NUL: ++total; return true;
      case AttributeType::L: return container(depth, false);
      case AttributeType::M: return container(depth, true);
      case AttributeType::SS:
      case AttributeType::BS: return each([&] { return text(); });
      case AttributeType::NS: return each([&] { return number(); });
    }
    return false;
  }
};

}  // namespace

std::optional<size_t> stored_size_bytes(std::string_view stored) {
  Sizer sizer{Reader{stored}};
  if (!sizer.map(0) || !sizer.in.bytes.empty()) return std::nullopt;
  return sizer.total;
}

void append_item(std::string& out, const AttributeMap& item) {
  append_count(out, item.size());
  for (const auto& [name, value] : item) {
    append_text(out, name);
    append_value(out, value);
  }
}

std::string encode_item(const AttributeMap& item) {
  std::string out;
  append_item(out, item);
  return out;
}

std::optional<AttributeMap> decode_item(std::string_view bytes) {
  Reader reader{bytes};
  AttributeMap item;
  if (!reader.map(item, 0) || !reader.bytes.empty()) return std::nullopt;
  return item;
}

bool append_item_json(std::string& out, std::string_view stored) {
  // Most items print in twice their stored size; the text grows where one doesn't.
  JsonPrinter printer{JsonOut(out, 2 * stored.size() + 64), Reader{stored}};
  return printer.map(0) && printer.in.bytes.empty();
}

}  // namespace millrace
