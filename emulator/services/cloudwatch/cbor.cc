#include "emulator/services/cloudwatch/cbor.h"

#include <cstring>

namespace millrace::cloudwatch {

namespace {

constexpr unsigned char kUnsigned = 0x00, kNegative = 0x20, kText = 0x60, kArray = 0x80, kMap = 0xa0, kTag = 0xc0;
constexpr char kFalse = '\xf4', kTrue = '\xf5', kNull = '\xf6', kDouble = '\xfb';

void append_head(std::string& out, unsigned char major, uint64_t value) {
  auto bytes = [&](int n) {
    for (int i = n - 1; i >= 0; --i) out += static_cast<char>(value >> (8 * i));
  };
  if (value < 24) {
    out += static_cast<char>(major | value);
  } else if (value <= 0xff) {
    out += static_cast<char>(major | 24);
    bytes(1);
  } else if (value <= 0xffff) {
    out += static_cast<char>(major | 25);
    bytes(2);
  } else if (value <= 0xffffffff) {
    out += static_cast<char>(major | 26);
    bytes(4);
  } else {
    out += static_cast<char>(major | 27);
    bytes(8);
  }
}

void append_text(std::string& out, const std::string& text) {
  append_head(out, kText, text.size());
  out += text;
}

void append_double(std::string& out, double value) {
  uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof bits);
  out += kDouble;
  for (int i = 7; i >= 0; --i) out += static_cast<char>(bits >> (8 * i));
}

void append(std::string& out, const Json& value, bool as_time, const std::function<bool(const std::string&)>& is_time) {
  if (as_time && value.is_number()) {
    append_head(out, kTag, 1);
    return append_double(out, value.get<double>());
  }
  if (value.is_object()) {
    append_head(out, kMap, value.size());
    for (const auto& [name, member] : value.items()) {
      append_text(out, name);
      append(out, member, is_time(name), is_time);
    }
  } else if (value.is_array()) {
    append_head(out, kArray, value.size());
    for (const Json& element : value) append(out, element, as_time, is_time);
  } else if (value.is_string()) {
    append_text(out, value.get_ref<const std::string&>());
  } else if (value.is_boolean()) {
    out += value.get<bool>() ? kTrue : kFalse;
  } else if (value.is_number_float()) {
    append_double(out, value.get<double>());
  } else if (value.is_number_unsigned() || (value.is_number_integer() && value.get<int64_t>() >= 0)) {
    append_head(out, kUnsigned, value.get<uint64_t>());
  } else if (value.is_number_integer()) {
    append_head(out, kNegative, static_cast<uint64_t>(-1 - value.get<int64_t>()));
  } else {
    out += kNull;
  }
}

}  // namespace

std::string to_cbor(const Json& value, const std::function<bool(const std::string& member)>& is_time) {
  std::string out;
  append(out, value, false, is_time);
  return out;
}

std::optional<Json> from_cbor(const std::string& bytes) {
  constexpr size_t kNestingMax = 64;
  // A nested container costs a byte at least; deeper than any input is refused before the reader recurses.
  size_t depth = 0;
  for (char c : bytes) {
    const auto major = static_cast<unsigned char>(c) & 0xe0;
    depth = major == kArray || major == kMap ? depth + 1 : 0;
    if (depth > kNestingMax) return std::nullopt;
  }
  Json out = Json::from_cbor(bytes, true, false, nlohmann::detail::cbor_tag_handler_t::ignore);
  if (out.is_discarded()) return std::nullopt;
  return out;
}

}  // namespace millrace::cloudwatch
